"""Occurrences of schedules: each creates one flow run, however often and however late it is delivered.

An occurrence is refused from LATEST_DELIVERY after its time, and remembered until REMEMBERED after its time.
The gap of a month between the two makes a second run impossible, whatever clocks, retries and the expiry of
items in DynamoDB do.
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

# A run that is made so long after its time is noted, because a look at the runs that were made around a time
# does not find it.
ASKED_LATE: Final = timedelta(minutes=30)
# The beginning of the key by which clients know the run of an occurrence of a flow's own schedule, as in
# Prefect Server. Behind it stands the time.
AUTOMATIC_KEY: Final = "auto-scheduled:"
MAX_SCHEDULE_LENGTH: Final = 1600


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A time at which a schedule asks for a flow run, or an event for which there is to be one.

    schedule   the schedule's name or ARN, or what the event is about: the same in each delivery
    time       the time at which the run was due, with a time zone; not the time of the delivery
    mark       what tells an event from others about the same thing; None if its time does
    """

    schedule: str
    time: datetime
    mark: str | None = None

    @property
    def key(self) -> str:
        """Return the text that tells the occurrence from the other ones of its schedule."""
        return format_time(self.time) if self.mark is None else self.mark

    @property
    def forgotten(self) -> datetime:
        """Return the instant from which the flow run of the occurrence need not be remembered."""
        return self.time + REMEMBERED


def check_occurrence(occurrence: Occurrence, now: datetime) -> None:
    """Raise BadUserInput if an occurrence is too old or too new to be told from a delivered one."""
    if not 1 <= len(occurrence.schedule) <= MAX_SCHEDULE_LENGTH:
        raise BadUserInput(
            f"schedule must have 1 to {MAX_SCHEDULE_LENGTH} characters, not {len(occurrence.schedule)}."
        )
    due = format_time(occurrence.time)
    if occurrence.time <= now - LATEST_DELIVERY:
        raise BadUserInput(
            f"scheduledTime {due} is more than {LATEST_DELIVERY.days} days ago; whether this "
            "occurrence has made a run is no longer known. Create the run by createFlowRun if it is missing."
        )
    if occurrence.time > now + EARLIEST_DELIVERY:
        raise BadUserInput(
            f"scheduledTime {due} is more than {EARLIEST_DELIVERY.days} days ahead. To plan a "
            "run, use createFlowRun with scheduledStartTime, or a schedule that is due then."
        )
