"""The upkeep of a schedule: which of its occurrences need runs now, and when it has to be looked at again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.schedules.calendar import Look
from domain.schedules.rules.ruled import RuledSchedule, ruled_occurrences
from domain.schedules.rules.rules import LONGEST_WINDOW
from domain.schedules.runs.records import Made, ScheduleRecord
from domain.schedules.runs.skipped import LATEST
from domain.schedules.runs.taking import ScheduleSettings, Step, Taking
from domain.schedules.schedules import MOST_CLOCKS

# How many events one look examines: filters may let hardly any pass, and other schedules wait.
_MOST_EVENTS: Final = 2_000
_MICROSECOND: Final = timedelta(microseconds=1)


def next_step(record: ScheduleRecord, kept: RuledSchedule, now: datetime, settings: ScheduleSettings) -> Step:
    """Return the next step in the upkeep of a schedule. Raises InvalidSchedule.

    Occurrences that were not decided for longer than LONGEST_WINDOW are passed over.
    """
    until = max(record.until or record.changed, now - LONGEST_WINDOW)
    taking = Taking(record, kept, now, settings)
    look = Look(left=_MOST_EVENTS)
    for ruled in ruled_occurrences(kept, until, look):
        occurrence = ruled.occurrence
        if record.since is not None and ruled.unmoved <= record.since:
            continue
        needed = taking.take(occurrence, ruled.skip)
        if needed is not None:
            # Another clock may have an event at the same instant that is not decided either.
            return taking.step(max(until, occurrence.event - _MICROSECOND), needed)
    until = max(until, look.reached or until)
    if not look.is_spent and not taking.take_missed():
        return taking.step(until, now)
    return taking.step(until, now if look.is_spent else None)


def still_kept(made: Sequence[Made], now: datetime, *, is_cut: bool) -> tuple[Made, ...]:
    """Return the runs that a record keeps: those that are not long due.

    They tell a repeated time, and which runs are removed when the schedule ends. Between the steps of one
    look, the last ones are kept also if they are long due, because the next step begins at their instant.
    """
    last = len(made) - MOST_CLOCKS if is_cut else len(made)
    return tuple(run for place, run in enumerate(made) if place >= last or run.time > now - 2 * LATEST)
