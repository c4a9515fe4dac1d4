"""Occurrences of schedules that did not run, each with the reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.ids import stable_id
from domain.times import format_time


class SkipReason(Enum):
    """The reason why an occurrence did not run.

    overlap   another run of the schedule was not over
    late      it was due for longer than the schedule, or the deployment, allows
    paused    the schedule was paused
    missed    no tick came in time
    excluded  the schedule leaves its day out
    limit     the schedule had as many runs as it may have
    """

    OVERLAP = "overlap"
    LATE = "late"
    PAUSED = "paused"
    MISSED = "missed"
    EXCLUDED = "excluded"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedOccurrence:
    """An occurrence that did not run.

    time         when it was due
    decided      when it was skipped
    message      the reason in words
    gifts        the digest of its clock's gifts, if no run was made of it: see `gifts_digest`
    event        the time of the clock's event, before adjustments and the spread, if it is another one
    flow_run_id  the run that was made of it and ended as Cancelled; None if none was made
    """

    flow_group_id: str
    time: datetime
    reason: SkipReason
    message: str
    decided: datetime
    gifts: str = ""
    event: datetime | None = None
    flow_run_id: str | None = None

    @property
    def id(self) -> str:
        """The id, which follows from the group, the time, and the run or the digest of the gifts."""
        name = f"occurrence/{format_time(self.time)}/{self.flow_run_id or self.gifts}"
        return stable_id(self.flow_group_id, name)
