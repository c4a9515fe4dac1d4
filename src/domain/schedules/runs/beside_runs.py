"""The notes of a schedule on a run, written in the transaction that sets the run's state."""

from dataclasses import dataclass
from datetime import datetime

from domain.schedules.rules.skips import SkippedOccurrence
from domain.schedules.runs.turns import Turn


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a run that counts for the failures in a row of the schedule of its group."""

    group_id: str
    has_failed: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The writes that go with a state, each None if there is none.

    turn     the new turn of the flow group: its revision is one above that of the turn that was read
    skipped  the occurrence that the run was made of, which is closed with the state
    ended    the end of the run, to be counted
    """

    turn: Turn | None = None
    skipped: SkippedOccurrence | None = None
    ended: Ended | None = None
