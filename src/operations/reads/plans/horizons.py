"""The end of a walk in the order of creation, for a page that is ordered by another time of the runs.

Most runs start and end soon after their creation, so the newest by one of these times are among the newest by
creation. Only runs that have not ended may change later, and these have indexes of their own. Those that
ended late have one, too, by the time of their last state: none of their other times is later than that.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from domain.flow_runs.far_times import SOON
from domain.ids import created_from_id, first_id_at
from domain.times import format_time
from operations.reads.plans.search import Search
from operations.reads.plans.spans import SKEW
from operations.reads.where.constraints import demands
from operations.reads.where.terms import Term

# A page that is full is believed if the walk has come so far beyond the time of its last row.
WITHIN: Final = SOON
_MINUTES: Final = WITHIN // timedelta(minutes=1)
# How many runs more are looked at, if no more are left, so that a small tenant misses none.
SPARE: Final = 250
# How many runs that ended late are looked at.
MAX_LATE: Final = 500
# The times that never lie before the creation, but for the difference of clocks.
_AFTER_CREATION: Final = ("updated", "start_time", "end_time", "state_timestamp", "heartbeat")
_TIMES: Final = (*_AFTER_CREATION, "scheduled_start_time", "state_start_time")
# The times that an ended run has no more, or not later than its last state. Another name changes `updated`.
_BY_THE_END: Final = ("start_time", "end_time", "state_timestamp", "heartbeat")


def horizon_of(search: Search, *, lists_late: bool = False) -> "Horizon | None":
    """Return the horizon of a page that is ordered by a time of runs; None if all runs must be looked at.

    `lists_late` is True if the index of the runs that ended late has all of those that may be on the page.
    """
    term = search.order[0] if search.order else None
    if term is None or search.enough is None or search.complete or term.path[-1:] != term.path:
        return None
    column = term.path[0]
    if column not in _TIMES:
        return None
    lists_late = lists_late and term.descending and column in _BY_THE_END
    return Horizon(
        term,
        is_only=len(search.order) == 1,
        lists_late=lists_late,
        has_nulls=term.nulls_first and not _has_value(search, column),
    )


def _has_value(search: Search, column: str) -> bool:
    """Return True if the column of every row on the page has a value."""
    return any(
        name == column and (comparison.get("_is_null") is False or _is_compared(comparison))
        for name, comparison in demands(search.where)
    )


def _is_compared(comparison: dict[str, Any]) -> bool:
    return any(operator in comparison for operator in ("_gt", "_gte", "_lt", "_lte"))


class Horizon:
    """The time of creation beyond which no run is looked at, because the page is full of others.

    `has_nulls` is True if runs without the time come first on the page.
    """

    def __init__(self, term: Term, *, is_only: bool, lists_late: bool, has_nulls: bool) -> None:
        self._term, self._is_only, self._has_nulls = term, is_only, has_nulls
        self._last: datetime | None = None
        self._edge: str | None = None
        self._is_sure = False
        self._is_proof = not term.descending and not term.nulls_first and term.path[0] in _AFTER_CREATION
        self.lists_late = lists_late

    @property
    def descending(self) -> bool:
        """True if the walk goes from the newest run to the oldest."""
        return self._term.descending

    @property
    def is_by_start(self) -> bool:
        """True if the page is ordered by the time for which runs wait."""
        return self._term.path[0] in ("scheduled_start_time", "state_start_time")

    @property
    def needs_unfinished(self) -> bool:
        """False if a run that has not ended can only be where the walk comes to it in time."""
        return not self._is_proof

    def fill(self, last: Any) -> None:
        """Note the time of the last row of a full page, or None."""
        if last is None:
            # No run can come before one without the time, if these come first.
            self._last = self._edge = None
            self._is_sure = self._term.nulls_first and self._is_only
            return
        self._last = last
        self._is_sure = self._is_proof or (self.lists_late and not self._has_nulls)
        reach = SKEW if self._is_proof else WITHIN + SKEW
        self._edge = first_id_at(last - reach if self.descending else last + reach)

    def until(self, ids: Iterator[str], left_out: list[str]) -> Iterator[str]:
        """Yield ids, which come in the order of the walk, up to the horizon.

        If runs beyond it might belong on the page, `left_out` is told.
        """
        for identifier in ids:
            if self._is_beyond(identifier):
                if self._is_sure:
                    return
                spare = list(islice(ids, SPARE))
                if len(spare) < SPARE:
                    yield from chain([identifier], spare)
                else:
                    left_out.append(self._words(identifier))
                return
            yield identifier

    def ended_late(self, ends: Iterator[tuple[datetime, str]], left_out: list[str]) -> Iterator[str]:
        """Yield the ids of runs that ended late, which come with the times of their ends, the last one first.

        The last row of a full page ends them. `left_out` is told if there are many that may belong before it.
        """
        for number, (end, identifier) in enumerate(ends):
            if self._is_sure and self._last is None:
                return
            if self._last is not None and end < self._last - SKEW:
                return
            if number == MAX_LATE:
                left_out.append(
                    f"flow_run: runs that ended before {format_time(end)}, and more than "
                    f"{_MINUTES} minutes after their creation."
                )
                return
            yield identifier

    def _is_beyond(self, identifier: str) -> bool:
        if self._edge is None:
            return self._is_sure
        return identifier < self._edge if self.descending else identifier > self._edge

    def _words(self, identifier: str) -> str:
        side = "before" if self.descending else "after"
        away = f"more than {_MINUTES} minutes from their creation"
        which = "null" if self.lists_late else f"null or {away}" if self._term.nulls_first else away
        return (
            f"flow_run: runs that were created {side} {format_time(created_from_id(identifier))} and have "
            f"ended, whose {self._term.path[0]} is {which}."
        )
