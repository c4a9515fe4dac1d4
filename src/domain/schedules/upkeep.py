"""The upkeep of a schedule: which of its occurrences need runs now, and when it has to be looked at again."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.schedules.calendar import Look, Occurrence, occurrences
from domain.schedules.clocks import Gifts
from domain.schedules.records import Made, ScheduleRecord
from domain.schedules.schedules import Schedule

# So many runs are kept ready, if they are due within the horizon.
AHEAD: Final = 10
# An occurrence that is due for longer makes no run, as in Core. Younger ones make runs that are due at once,
# so that a late tick leaves no gap.
LATEST: Final = timedelta(minutes=5)
# How many events one look examines: filters may let hardly any pass, and other schedules wait.
_MOST_EVENTS: Final = 2_000
# As the largest runs of one transaction stay below its 4 MB.
MOST_RUNS: Final = 5
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """How far ahead runs are made.

    horizon  beyond it only the next run is made
    lead     all runs are made that are due within this time, because the next tick comes later
    """

    horizon: timedelta
    lead: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """The occurrences that need runs now, and how far the schedule is decided with them.

    `next_look` is None if the schedule has no further occurrences.
    """

    wanted: tuple[Occurrence, ...]
    until: datetime
    next_look: datetime | None


def next_step(record: ScheduleRecord, schedule: Schedule, now: datetime, settings: ScheduleSettings) -> Step:
    """Return the next step in the upkeep of a schedule. Raises InvalidSchedule."""
    until = max(record.until or record.changed, now - LATEST)
    known = {(made.time, made.gifts) for made in record.made}
    ahead = sorted(made.time for made in record.made if made.time > now)
    look, wanted = Look(left=_MOST_EVENTS), list[Occurrence]()
    for occurrence in occurrences(schedule, until, look):
        name = occurrence.time, gifts_digest(occurrence.gifts)
        if name in known or occurrence.time <= now - LATEST:
            continue
        needed = now if len(wanted) == MOST_RUNS else needed_at(occurrence.time, ahead, now, settings)
        if needed > now or len(wanted) == MOST_RUNS:
            # Another clock may have an event at the same instant that is not decided either.
            return Step(tuple(wanted), max(until, occurrence.event - _MICROSECOND), needed)
        wanted.append(occurrence)
        known.add(name)
        ahead = sorted([*ahead, occurrence.time]) if occurrence.time > now else ahead
    until = max(until, look.reached or until)
    return Step(tuple(wanted), until, now if look.is_spent else None)


def needed_at(time: datetime, ahead: list[datetime], now: datetime, settings: ScheduleSettings) -> datetime:
    """Return from when on a run that is due at `time` is needed, given the times of the runs ahead."""
    if not ahead:
        return now
    fewer = ahead[-AHEAD] if len(ahead) >= AHEAD else now
    return min(time - settings.lead, max(fewer, time - settings.horizon), ahead[-1])


def gifts_digest(gifts: Gifts) -> str:
    """Return a text that is equal for clocks that give the same to their runs."""
    return digest([gifts.parameter_defaults, gifts.labels, gifts.run_config])[:12]


def digest(value: object) -> str:
    """Return a text that tells a JSON value from others."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def kept(record: ScheduleRecord, new: Iterable[Made], now: datetime) -> tuple[Made, ...]:
    """Return the runs that a record keeps: those made now, and those that are not long due.

    They tell a repeated time, and which runs are removed when the schedule ends.
    """
    recent = (made for made in record.made if made.time > now - 2 * LATEST)
    return tuple(sorted([*recent, *new], key=lambda made: (made.time, made.gifts)))
