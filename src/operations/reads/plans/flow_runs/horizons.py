"""The end of a walk in the order of creation, for a page that is ordered by another time of the runs.

Most runs start and end soon after their creation, so the newest by one of these times are among the newest by
creation. Only runs that have not ended may change later, and these have indexes of their own. Those that
ended late have one, too, by the time of their last state: none of their other times is later than that.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from domain.flow_runs.far_times import SOON
from domain.ids import created_from_id, first_id_at
from domain.times import format_time
from operations.reads.plans.search import Search
from operations.reads.plans.spans import SKEW
from operations.reads.where.constraints import demands_value
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
# The times that each run has.
_NEVER_NULL: Final = ("updated", "state_timestamp", "scheduled_start_time")
# The times that an ended run has no more, or not later than its last state. Another name changes `updated`.
_BY_THE_END: Final = ("start_time", "end_time", "state_timestamp", "heartbeat")


# The times of which the first and the last one are found without all runs.
ENDS: Final = frozenset({"created", "start_time", "end_time", "state_timestamp"})

# Returns the runs that ended late, at some time or later; None if there are too many.
FindLate = Callable[[datetime], Sequence[str] | None]


def horizon_of(search: Search, find_late: FindLate | None) -> "Horizon | None":
    """Return the horizon of a page that is ordered by a time of runs; None if all runs must be looked at.

    `find_late` is None if no index has all runs that ended late.
    """
    term = search.order[0] if search.order else None
    if term is None or search.enough is None or term.path[-1:] != term.path:
        return None
    column = term.path[0]
    if column not in _TIMES:
        return None
    has_late = term.descending and column in _BY_THE_END
    return Horizon(
        term,
        is_only=len(search.order) == 1,
        is_complete=search.complete,
        has_nulls=term.nulls_first and column not in _NEVER_NULL and not demands_value(search.where, column),
        find_late=find_late if has_late else None,
    )


class Horizon:
    """The time of creation beyond which no run is looked at, because the page is full of others.

    `has_nulls` is True if runs without the time come first on the page. If `is_complete` is True, runs beyond
    the horizon are looked at unless none can belong on the page.
    """

    def __init__(
        self, term: Term, *, is_only: bool, is_complete: bool, has_nulls: bool, find_late: FindLate | None
    ) -> None:
        self._term, self._is_only, self._has_nulls = term, is_only, has_nulls
        self._find_late, self._is_complete = find_late, is_complete
        self._last: datetime | None = None
        self._edge: str | None = None
        self._is_sure = False
        self._is_proof = not term.descending and not term.nulls_first and term.path[0] in _AFTER_CREATION

    @property
    def column(self) -> str:
        """The column by which the page is ordered."""
        return self._term.path[0]

    @property
    def last(self) -> datetime | None:
        """The time of the last row of a full page; None before it is full, or if that row has none."""
        return self._last

    @property
    def tells_of_waiting(self) -> bool:
        """True if the times for which runs wait tell which of them may belong on the page."""
        return self.is_by_start or (self.descending and not self._has_nulls)

    @property
    def is_of_begun_runs(self) -> bool:
        """True if a run has the time by which the page is ordered only after it was taken."""
        return self._term.path[0] in ("start_time", "end_time", "heartbeat")

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
        self._is_sure = self._is_proof
        reach = SKEW if self._is_proof else WITHIN + SKEW
        self._edge = first_id_at(last - reach if self.descending else last + reach)

    def is_passed_by(self, time: datetime) -> bool:
        """Return True if a time is so far behind the page that no run with about this time belongs on it."""
        if self._last is None:
            return False
        return time < self._last - WITHIN if self.descending else time > self._last + WITHIN

    def until(self, ids: Iterator[str], left_out: list[str]) -> Iterator[str]:
        """Yield ids, which come in the order of the walk, up to the horizon.

        If runs beyond it might belong on the page, `left_out` is told.
        """
        for identifier in ids:
            if not self._is_beyond(identifier):
                yield identifier
                continue
            if self._is_sure or self._last is None:
                return
            late = None if self._find_late is None else self._find_late(self._last)
            yield from late or ()
            if late is None or self._has_nulls:
                yield from self._beyond(identifier, ids, left_out, has_late=late is not None)
            return

    def _beyond(
        self, identifier: str, ids: Iterator[str], left_out: list[str], *, has_late: bool
    ) -> Iterator[str]:
        spare = list(islice(ids, SPARE))
        if self._is_complete or len(spare) < SPARE:
            yield from chain([identifier], spare, ids)
        else:
            left_out.append(self._words(identifier, has_late=has_late))

    def _is_beyond(self, identifier: str) -> bool:
        if self._edge is None:
            return self._is_sure
        return identifier < self._edge if self.descending else identifier > self._edge

    def _words(self, identifier: str, *, has_late: bool) -> str:
        side = "before" if self.descending else "after"
        away = f"more than {_MINUTES} minutes from their creation"
        which = "null" if has_late else f"null or {away}" if self._term.nulls_first else away
        return (
            f"flow_run: runs that were created {side} {format_time(created_from_id(identifier))} and have "
            f"ended, whose {self._term.path[0]} is {which}."
        )
