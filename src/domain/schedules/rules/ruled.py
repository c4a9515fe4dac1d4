"""The occurrences of a schedule under its rules: moved by its spread, some of them left out."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from domain.schedules.calendar import Look, Occurrence
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.rules.skips import SkipReason
from domain.schedules.schedules import Schedule
from domain.schedules.time_order import in_time_order

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledSchedule:
    """A schedule with its rules and its pause.

    `name` tells it from others, so that each has its own place in the spread. If it `ends`, what
    is due and has no run gets a note: a run would go with the schedule at once.
    """

    name: str
    schedule: Schedule
    rules: ScheduleRules = field(default_factory=ScheduleRules)
    pause: Pause | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Ruled:
    """An occurrence after the spread, its time before the spread, and the reason if it does not run."""

    occurrence: Occurrence
    unmoved: datetime
    skip: SkipReason | None


def ruled_occurrences(ruled: RuledSchedule, after: datetime, look: Look) -> Iterator[Ruled]:
    """Yield the occurrences that are due after an instant, the spread left out, until the look is spent.

    The date by which an occurrence is excluded is that of its local time before it is moved. Raises
    InvalidSchedule.
    """
    offset = spread_of(ruled.name, ruled.rules.spread)
    for occurrence in in_time_order(ruled.schedule, after, look):
        moved = replace(occurrence, time=occurrence.time + offset) if offset else occurrence
        yield Ruled(moved, occurrence.time, _skip(occurrence, moved.time, ruled))


def spread_of(name: str, bound: timedelta) -> timedelta:
    """Return by how many whole seconds a schedule of this name is moved: always the same, `bound` at most."""
    seconds = bound // _SECOND
    if not seconds:
        return timedelta(0)
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return number % (seconds + 1) * _SECOND


def _skip(occurrence: Occurrence, time: datetime, ruled: RuledSchedule) -> SkipReason | None:
    rules, pause = ruled.rules, ruled.pause
    if rules.excluded_dates and occurrence.wall.date() in rules.excluded_dates:
        return SkipReason.EXCLUDED
    if pause is not None and pause.since <= time and pause.holds(time):
        return SkipReason.PAUSED
    return None
