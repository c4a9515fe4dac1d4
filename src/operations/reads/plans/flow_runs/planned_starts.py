"""Waiting runs by the time they were planned for, where too many wait to look at all.

The queue is in the order of the times for which runs wait. These are the times they were planned for, unless
they were planned anew or wait again.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from operations.context import Context
from operations.reads.plans.flow_runs.horizons import WITHIN
from operations.reads.plans.flow_runs.waiting_plans import starts_between
from operations.reads.plans.search import Search
from operations.reads.where.constraints import bounds

# Up to so many waiting runs are all looked at.
FEW: Final = 250
_COLUMN: Final = "scheduled_start_time"


def is_by_plan(context: Context, search: Search) -> bool:
    """Return True if a list of waiting runs asks for planned times, and too many runs wait to look at all."""
    if search.complete or not context.store.is_current:
        return False
    by_order = bool(search.order) and search.order[0].path == (_COLUMN,)
    if not by_order and (search.order or bounds(search.where, _COLUMN) == (None, None)):
        return False
    lists = context.store.run_lists
    return lists.count(lists.waiting(), FEW) > FEW


class PlannedStarts:
    """A walk through the queue by the times for which runs wait, as far as a page by planned times needs."""

    def __init__(self, search: Search) -> None:
        self._descending = bool(search.order) and search.order[0].descending
        self._is_ordered = bool(search.order)
        self._bounds = bounds(search.where, _COLUMN)
        self._last: datetime | None = None

    def fill(self, last: Any) -> None:
        """Note the planned time of the last row of a full page."""
        self._last = last if self._is_ordered else None

    def ids(self, context: Context, rows: int) -> Iterator[str]:
        """Yield the ids of runs that wait for a time within half an hour of those that are wanted."""
        earliest, latest = self._bounds
        times = earliest and earliest - WITHIN, latest and latest + WITHIN
        context.left_out.append(planned_anew(_COLUMN))
        for start, run_id in starts_between(context, times, descending=self._descending, rows=rows):
            if self._last is not None and is_beyond(start, self._last, descending=self._descending):
                return
            yield run_id


def is_beyond(start: datetime, last: datetime, *, descending: bool) -> bool:
    """Return True if a run that waits for this start was planned for a time behind the last one of a page."""
    return start < last - WITHIN if descending else start > last + WITHIN


def planned_anew(column: str) -> str:
    """Return the words for the runs that a walk through the queue may leave out."""
    return (
        f"flow_run: waiting runs that were planned anew, if their {column} is more than "
        f"{WITHIN.seconds // 60} minutes from the time for which they wait."
    )
