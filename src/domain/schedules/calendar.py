"""The calendar: which occurrences a schedule has after an instant."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from domain.schedules.clocks.clocks import Clock, Gifts
from domain.schedules.clocks.zones import Event, local
from domain.schedules.schedules import Schedule

# How many events one look at a calendar examines, as in Core: filters may let hardly any pass.
MOST_EVENTS: Final = 10_000


@dataclass(slots=True)
class Look:
    """One look at a calendar: how many events it may still examine, and the last one that it examined.

    `is_spent` says that the bound has ended the look, so that later occurrences may be left.
    """

    left: int = MOST_EVENTS
    reached: datetime | None = None
    is_spent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A time at which a schedule asks for a run.

    time   when the run is due, in UTC: that of the clock's event after the adjustments
    event  the time of the clock's event; the occurrences of a calendar come in this order
    zone   the zone of the event
    clock  the place of the clock among those of the schedule
    gifts  what the clock gives to the run
    """

    time: datetime
    event: datetime
    zone: tzinfo
    clock: int
    gifts: Gifts

    @property
    def wall(self) -> datetime:
        """The local time at which the run is due."""
        return local(self.time, self.zone)


def occurrences(schedule: Schedule, after: datetime, look: Look | None = None) -> Iterator[Occurrence]:
    """Yield the occurrences whose events come after an instant, in order, until the look is spent.

    If events of several clocks are at one instant and give the same to a run, that of the first clock counts.
    Adjustments may move several events to one time; each is an occurrence. Raises InvalidSchedule.
    """
    look = look or Look()
    streams = [_events(number, clock, after) for number, clock in enumerate(schedule.looked_at())]
    gifts_now: list[Gifts] = []
    for event, number in heapq.merge(*streams, key=_instant):
        if look.left <= 0:
            look.is_spent = True
            return
        look.left -= 1
        if event.instant != look.reached:
            gifts_now.clear()
        look.reached = event.instant
        gifts = schedule.clocks[number].gifts
        if gifts in gifts_now:
            continue
        gifts_now.append(gifts)
        if schedule.accepts(event):
            due = schedule.adjusted(event)
            yield Occurrence(time=due.instant, event=event.instant, zone=due.zone, clock=number, gifts=gifts)


def _events(number: int, clock: Clock, after: datetime) -> Iterator[tuple[Event, int]]:
    """Yield the events of one clock, each with the clock's number."""
    return ((event, number) for event in clock.events(after))


def _instant(entry: tuple[Event, int]) -> datetime:
    return entry[0].instant
