"""The rows of a list while they are found: no more of them are kept than the list shows."""

from collections.abc import Sequence

from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.task_runs import TaskRun
from domain.work import Work
from operations.reads.entities.description import Entity
from operations.reads.plans.search import BATCH, Distinct, Plan
from operations.reads.rows import Listing, Row
from operations.reads.where import ordering


class FoundRows:
    """The rows of a list that were found so far.

    If the candidates of its plan come in the order of the list, it says when the page is full. If they come
    in another order, the rows beyond the page are dropped now and then.
    """

    def __init__(
        self,
        entity: Entity,
        listing: Listing,
        candidates: Plan[object],
        distinct: Distinct | None,
        work: Work,
    ) -> None:
        """Begin without rows; `distinct` is told the values that were found of the columns of distinct_on."""
        self.listing, self.rows = listing, list[Row]()
        self._entity, self._candidates, self._distinct, self._work = entity, candidates, distinct, work
        self._enough = listing.arguments.enough

    @property
    def is_unwanted(self) -> bool:
        """True if the list shows no rows, whatever is found."""
        return self._enough == 0

    def add(self, found: Sequence[Row]) -> None:
        """Keep rows that were found, and tell the plan of them."""
        if self._distinct is not None:
            getters = [self._entity.columns[name].get for name in self._distinct.columns]
            self._distinct.found.update(tuple(get(row.value) for get in getters) for row in found)
        self.rows += found
        enough, progress = self._enough, self._candidates.progress
        if progress is not None:
            progress.found(len(self.rows))
        # A large page is cut seldom, because it is sorted each time.
        if enough is not None and len(self.rows) >= (enough if enough <= BATCH else 2 * enough):
            self._cut(enough)

    def _cut(self, enough: int) -> None:
        if self._candidates.in_order:
            return
        kept = ordering.sort(self._entity, self.rows, self.listing.order, self._work)
        self.rows, dropped = kept[:enough], kept[enough:]
        self._work.memory.give_back(memory_of(dropped))
        progress, order = self._candidates.progress, self.listing.order
        if progress is not None and order:
            progress.fill(ordering.value(self._entity, self.rows[-1], order[0], self._work))

    def is_full(self) -> bool:
        """Return True if the candidates come in order and no row to come belongs on the page.

        Rows to come may belong on it by the further terms of the order.
        """
        order, enough, terms = self.listing.order, self._enough, self._candidates.terms
        if not self._candidates.in_order or enough is None or len(self.rows) < enough:
            return False
        return len(order) <= terms or not ordering.same(
            self._entity, self.rows[enough - 1], self.rows[-1], order[:terms], self._work
        )


def memory_of(rows: Sequence[Row]) -> int:
    """Return the memory that the overflow items of runs among rows take."""
    runs = (row.value for row in rows)
    return sum(run.share.size for run in runs if isinstance(run, FlowRun | TaskRun) and run.share)
