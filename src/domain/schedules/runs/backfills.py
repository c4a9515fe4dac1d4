"""Backfills: runs for the occurrences that a schedule had, or would have had, within a range of the past."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from domain.schedules.clocks.given import InvalidSchedule

# Each step reads the whole plan, so a plan has no more occurrences.
MOST_OCCURRENCES: Final = 10_000
MOST_AT_ONCE: Final = 100


class Direction(Enum):
    """The order in which a backfill takes its occurrences."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"


class Repeat(Enum):
    """The occurrences that get runs: those without a run, also those whose newest run failed, or all."""

    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


class BackfillStatus(Enum):
    """The status of a backfill: it makes runs, it was stopped, or all of its runs are over."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRequest:
    """The range of a backfill, both ends included, and how it goes through it."""

    flow_group_id: str
    first: datetime
    last: datetime
    at_once: int = 1
    direction: Direction = Direction.OLDEST_FIRST
    repeat: Repeat = Repeat.MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The progress of a backfill.

    revision  counts its writes, so that only one of two writers that read the same succeeds
    total     the number of planned occurrences
    position  how many of them were taken, in the order of the plan
    made      how many runs it made; another backfill may have made the rest
    live      the runs that were not over when somebody looked last
    fault     why it was stopped by itself; None if it was not
    """

    id: str
    request: BackfillRequest
    status: BackfillStatus
    created: datetime
    total: int
    revision: int = 0
    position: int = 0
    made: int = 0
    live: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def is_over(self) -> bool:
        """True if all runs were made, and all are over."""
        return self.position >= self.total and not self.live


def check_request(request: BackfillRequest, now: datetime) -> None:
    """Raise InvalidSchedule with the field of a request that makes no sense."""
    if request.last < request.first:
        raise InvalidSchedule("last", "must not be before first.")
    if request.last > now:
        raise InvalidSchedule("last", "must not be in the future: the schedule itself makes what is to come.")
    if not 1 <= request.at_once <= MOST_AT_ONCE:
        raise InvalidSchedule("at_once", f"must be from 1 to {MOST_AT_ONCE}, not {request.at_once:,}.")
