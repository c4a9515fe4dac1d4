"""The end of a walk in the order of creation, for a page that is ordered by another time of the runs.

Most runs start and end soon after their creation, so the newest by one of these times are among the newest by
creation. Only runs that have not ended may change later, and these have indexes of their own.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, islice
from typing import Any, Final

from domain.ids import created_from_id, first_id_at
from domain.times import format_time
from operations.reads.plans.search import Search
from operations.reads.plans.spans import SKEW
from operations.reads.where.terms import Term

# A page that is full is believed if the walk has come so far beyond the time of its last row.
WITHIN: Final = timedelta(minutes=30)
# How many runs more are looked at, if no more are left, so that a small tenant misses none.
SPARE: Final = 250
# The times that never lie before the creation, but for the difference of clocks.
_AFTER_CREATION: Final = ("updated", "start_time", "end_time", "state_timestamp", "heartbeat")
_TIMES: Final = (*_AFTER_CREATION, "scheduled_start_time", "state_start_time")


def horizon_of(search: Search) -> "Horizon | None":
    """Return the horizon of a page that is ordered by a time of runs; None if all runs must be looked at."""
    term = search.order[0] if search.order else None
    if term is None or search.enough is None or search.complete or term.path[-1:] != term.path:
        return None
    return Horizon(term, is_only=len(search.order) == 1) if term.path[0] in _TIMES else None


class Horizon:
    """The time of creation beyond which no run is looked at, because the page is full of others."""

    def __init__(self, term: Term, *, is_only: bool) -> None:
        self._term, self._is_only = term, is_only
        self._edge: str | None = None
        self._is_sure = False
        self._is_proof = not term.descending and not term.nulls_first and term.path[0] in _AFTER_CREATION

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
            self._edge, self._is_sure = None, self._term.nulls_first and self._is_only
            return
        self._is_sure = self._is_proof
        reach = SKEW if self._is_sure else WITHIN
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

    def _is_beyond(self, identifier: str) -> bool:
        if self._edge is None:
            return self._is_sure
        return identifier < self._edge if self.descending else identifier > self._edge

    def _words(self, identifier: str) -> str:
        column, side = self._term.path[0], "before" if self.descending else "after"
        minutes, null = WITHIN // timedelta(minutes=1), "null or " if self._term.nulls_first else ""
        return (
            f"flow_run: runs that were created {side} {format_time(created_from_id(identifier))} and have "
            f"ended, whose {column} is {null}more than {minutes} minutes from their creation."
        )
