"""Occurrences of schedules: each makes one run, however often and however late it is delivered.

A delivered occurrence is remembered until REMEMBERED after its time, and refused from LATEST_DELIVERY after
its time. The gap between the two is what makes a second run impossible: when the memory ends, nobody has been
let in for a month, whatever clocks, retries and DynamoDB's clearing away do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import BadUserInput
from domain.times import format_time

REMEMBERED: Final = timedelta(days=60)
# Longer than EventBridge retries (a day), Lambda retries (six hours) and the queue keeps (14 days), together.
LATEST_DELIVERY: Final = timedelta(days=30)
# EventBridge never delivers early; this leaves room for events that are written by hand.
EARLIEST_DELIVERY: Final = timedelta(days=7)

MAX_SCHEDULE_LENGTH: Final = 1600


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which one schedule asks for one run.

    schedule   its name or ARN; whatever delivers an occurrence again gives the same
    time       when it was due (aware); not when it came
    """

    schedule: str
    time: datetime

    @property
    def key(self) -> str:
        """What tells this occurrence from the schedule's others."""
        return format_time(self.time)

    @property
    def forgotten(self) -> datetime:
        """The instant from which on the run of this occurrence need not be remembered."""
        return self.time + REMEMBERED


def check_occurrence(occurrence: Occurrence, now: datetime) -> None:
    """Refuse an occurrence that cannot be told from one delivered before. Raises BadUserInput."""
    if not 1 <= len(occurrence.schedule) <= MAX_SCHEDULE_LENGTH:
        raise BadUserInput(
            f"schedule must have 1 to {MAX_SCHEDULE_LENGTH} characters, not {len(occurrence.schedule)}."
        )
    if occurrence.time <= now - LATEST_DELIVERY:
        raise BadUserInput(
            f"scheduledTime {occurrence.key} is more than {LATEST_DELIVERY.days} days ago; whether this "
            "occurrence has made a run is no longer known. Create the run by createFlowRun if it is missing."
        )
    if occurrence.time > now + EARLIEST_DELIVERY:
        raise BadUserInput(
            f"scheduledTime {occurrence.key} is more than {EARLIEST_DELIVERY.days} days ahead. To plan a "
            "run, use createFlowRun with scheduledStartTime, or a schedule that is due then."
        )
