"""The occurrences of a schedule in the order in which they are due.

The calendar has them in the order of the clocks' events, as Core has. Adjustments move events, some of them
past others, and several to one time. Whoever keeps a place in a schedule needs the order of the times.
"""

import heapq
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from domain.schedules.calendar import Look, Occurrence, occurrences
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.functions import shift_of
from domain.schedules.schedules import Schedule

# How many events a look at adjusted ones examines at least: those of a weekend come before its Monday's.
_FEWEST_EVENTS: Final = 10_000
_MICROSECOND: Final = timedelta(microseconds=1)


def in_time_order(schedule: Schedule, after: datetime, look: Look) -> Iterator[Occurrence]:
    """Yield the occurrences that are due after an instant, in this order, until the look is spent.

    The `event` of each is the time at which it is due. Those that are moved to one time, and that get the
    same from their clocks, are one. Raises InvalidSchedule, also if adjustments move so many events that no
    look sees beyond them.
    """
    if not schedule.adjustments:
        yield from occurrences(schedule, after, look)
        return
    shifts = [shift_of(adjustment) for adjustment in schedule.adjustments]
    least, most = (sum(spans, timedelta(0)) for spans in zip(*shifts, strict=True))
    inner = Look(left=max(look.left, _FEWEST_EVENTS) if least != most else look.left)
    held: list[tuple[datetime, int, int, Occurrence]] = []
    last: list[Occurrence] = []
    latest = after
    for number, occurrence in enumerate(occurrences(schedule, after - most, inner)):
        # Later events are moved to this one's place and the least shift, or to a later time.
        yield from _due_before(held, occurrence.event + least, last)
        latest = max(latest, occurrence.time)
        if occurrence.time > after:
            moved = replace(occurrence, event=occurrence.time)
            heapq.heappush(held, (occurrence.time, occurrence.clock, number, moved))
    if not inner.is_spent:
        yield from _due_before(held, None, last)
        look.reached = max(latest, inner.reached or latest)
        return
    settled = (inner.reached or after) + least
    if settled - _MICROSECOND <= after:
        raise InvalidSchedule(
            "schedule.adjustments", f"more than {_FEWEST_EVENTS:,} events are within their reach."
        )
    yield from _due_before(held, settled, last)
    look.reached, look.is_spent = settled - _MICROSECOND, True


def _due_before(
    held: list[tuple[datetime, int, int, Occurrence]], end: datetime | None, last: list[Occurrence]
) -> Iterator[Occurrence]:
    """Yield the held occurrences that are due before the end; without an end, all of them."""
    while held and (end is None or held[0][0] < end):
        occurrence = heapq.heappop(held)[-1]
        if last and last[0].time != occurrence.time:
            last.clear()
        if all(occurrence.gifts != other.gifts for other in last):
            last.append(occurrence)
            yield occurrence
