"""Walks through runs in the order of an index, page by page, until a list is answered or has seen enough."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from math import ceil
from typing import Any, Final, Protocol

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.ids import created_from_id
from domain.times import format_time
from operations.context import Context
from operations.reads.plans.search import BATCH, Search

# How many runs are read at least when a page is nearly full, and how many more than it seems to need.
_FEW: Final = 12
_MARGIN: Final = 1.3


class Filled(Protocol):
    """What ends a walk when the page is full."""

    def fill(self, last: Any) -> None:
        """Note the value of the last row of a full page by which the list is ordered."""


class Walk:
    """A walk through flow runs, and what it knows of the list that looks at them.

    It looks at `most` runs. Beyond these it ends with an error, because nothing is left out without a word.
    If `may_end` is True and the list has found runs, it ends with a word instead. If its search has a reach,
    it notes there how far it came. `horizon` may end it earlier.
    """

    def __init__(
        self, context: Context, most: int, *, horizon: Filled | None = None, may_end: bool = False
    ) -> None:
        self._context, self._most, self._horizon, self._may_end = context, most, horizon, may_end
        self._runs = self._found = 0
        self._reached: datetime | None = None

    def batches(
        self, search: Search, ids: Iterator[str], first: int, *, by_creation: bool
    ) -> Iterator[list[FlowRun]]:
        """Read runs by their ids in batches. Raises BadUserInput beyond the bound.

        The first batch has `first` runs. `by_creation` is True if the ids come in the order of creation.
        """
        unique, size, last = _unrepeated(ids), min(first, self._most), ""
        while batch := list(islice(unique, size)):
            if self._runs == self._most:
                if search.reach is not None:
                    search.reach.end_at(last)
                else:
                    self._end()
                return
            yield self._context.store.flow_runs.get(batch, search.parts, consistent=search.consistent)
            self._runs += len(batch)
            last = batch[-1]
            self._reached = created_from_id(batch[-1]) if by_creation else None
            size = min(self._next(search.enough), BATCH, self._most - self._runs) or 1

    def _next(self, enough: int | None) -> int:
        """Return the size of the next batch: as many again as were read so far, or fewer if these may do.

        Runs that fill a page are about as often among those to come as among those so far.
        """
        if enough is None or not 0 < self._found < enough:
            return self._runs
        missing = (enough - self._found) * self._runs / self._found
        return min(self._runs, max(_FEW, ceil(_MARGIN * missing)))

    def found(self, rows: int) -> None:
        """Note how many rows of the list were found so far."""
        self._found = rows

    def fill(self, last: object) -> None:
        """Note that the page is full for now, and the value of its last row by which the list is ordered."""
        if self._horizon is not None:
            self._horizon.fill(last)

    def facts(self) -> dict[str, Any]:
        """Return how many runs were looked at, and the time of creation up to which all were."""
        reached = {} if self._reached is None else {"created": format_time(self._reached)}
        return {"looked_at": {"rows": self._runs, **reached}}

    def _end(self) -> None:
        if self._may_end and self._found and self._reached is not None:
            self._context.left_out.append(
                f"flow_run: runs that were created before {format_time(self._reached)}, because the list "
                f"looks at {self._most:,} runs at most."
            )
            return
        raise BadUserInput(
            f"flow_run: this query would have to look at more than {self._most:,} runs. Narrow it with "
            "id, flow_id, flow, state or a range of created, or take a limit with order_by created. "
            "The extensions of this error tell how many it has looked at, and the time that it has reached.",
            self.facts(),
        )


def _unrepeated(ids: Iterator[str]) -> Iterator[str]:
    """Yield each id once: two versions of a flow share the minutes around a registration."""
    seen: set[str] = set()
    for run_id in ids:
        if run_id not in seen:
            seen.add(run_id)
            yield run_id
