"""Counting the runs of a period, for its total: run by run, or from the totals of shorter times."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from domain.flow_runs.run_totals import (
    ByKey,
    Figures,
    Marks,
    Period,
    Total,
    TotalOf,
    UnreadableTotal,
    gaps,
    key_of,
)
from domain.ids import first_id_at, last_id_before
from operations.context import Context
from operations.flow_runs.cancelling import HasTime

# A total with more runs than that is given up if the time of a pass does not suffice for it.
_LARGE: Final = 20_000
# So many runs are read side by side.
_AT_A_TIME: Final = 1_600


class OutOfTime(Exception):
    """The time of the pass is over before a total was counted."""


class TooLarge(Exception):
    """A total has so many runs that a pass is too short to count them."""


class RunCounter:
    """Counts runs for one pass. `read` is how many it has read so far."""

    def __init__(self, context: Context, marks: Marks, now: datetime, has_time: HasTime) -> None:
        self._context, self._marks, self._now, self._has_time = context, marks, now, has_time
        self._totals = context.store.run_totals
        self.read = 0

    def total(self, period: Period, begins: datetime) -> Total:
        """Return the total of a period before which no run was created since `begins`.

        Raises OutOfTime, TooLarge.
        """
        figures: ByKey = {}
        parts = list(self._parts(period, figures))
        for start, end in gaps(period.start, period.end, parts):
            self._read_runs(start, end, figures)
        begins = min([begins, *(part.begins for part in parts[:1])])
        runs = added(figures).runs
        return Total(period, begins, self._now, runs, lambda: figures)

    def _parts(self, period: Period, figures: ByKey) -> Iterator[Total]:
        """Add up the shorter totals within a period, and yield them."""
        below = period.level.below
        if below is None:
            return
        for part in self._totals.stored(TotalOf.GROUPS, below, period.start, period.end, consistent=True):
            if self._marks.allow(part):
                try:
                    found = part.figures()
                except UnreadableTotal:
                    continue
                for name, value in found.items():
                    figures.setdefault(name, Figures()).add(value)
                yield part

    def _read_runs(self, start: datetime, end: datetime, figures: ByKey) -> None:
        """Count the runs that were created between two times. Raises OutOfTime, TooLarge."""
        ids, before = self.ids(start, end), self.read
        while batch := list(islice(ids, _AT_A_TIME)):
            if self.read >= before + _LARGE and not self._has_time():
                raise TooLarge
            self.check_time()
            self.read += len(batch)
            for group_id, state in self._totals.kinds(batch):
                figures.setdefault(key_of(group_id), Figures()).count(state)

    def ids(self, start: datetime, end: datetime) -> Iterator[str]:
        """Return the ids of the runs that were created between two times, in their order."""
        lists = self._context.store.run_lists
        return lists.ids(lists.of_tenant(first_id_at(start), last_id_before(end)), descending=False)

    def check_time(self) -> None:
        """Raise OutOfTime if the time of the pass is over."""
        if not self._has_time():
            raise OutOfTime


def added(figures: ByKey) -> Figures:
    """Return the sum of all figures."""
    total = Figures()
    for value in figures.values():
        total.add(value)
    return total
