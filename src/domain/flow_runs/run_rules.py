"""The rules by which a flow run begins: those that its schedule had when the run was made."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Overlap(Enum):
    """What becomes of a run that is to begin while another run of its schedule is not over.

    allow         it begins
    skip          it is skipped
    buffer_one    it waits, if no other run of the schedule waits for that already; else it is skipped
    buffer_all    it waits
    cancel_other  it waits, and the other one is cancelled
    """

    ALLOW = "allow"
    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """The rules of one run.

    late_after       it is skipped if it has not begun so long after it was due; None is never
    counts_failures  its end counts for or against the failures in a row of its schedule
    """

    overlap: Overlap = Overlap.ALLOW
    late_after: timedelta | None = None
    counts_failures: bool = False
