"""Interval clocks: equal steps from a start.

Within a day from the start a step is a span of time. From then on it is a step of the local clock, so that
09:00 stays 09:00. So a step into a missing hour is moved behind it, and of a repeated hour the second counts.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from domain.schedules.clocks.given import LATEST_YEAR, Given
from domain.schedules.clocks.zones import Event, Moment, is_missing, local, second_or_moved

SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=36_500)
_START: Final = Moment(datetime(2019, 1, 1), UTC)  # noqa: DTZ001  (the zone stands beside it)
_DAY: Final = timedelta(days=1)
# No clock change moves the hands further, except some in the past that left out a day.
_LONGEST_CHANGE: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class IntervalTiming:
    """Equal steps from a start."""

    PART: ClassVar = "interval"

    interval: timedelta
    start: Moment

    @classmethod
    def read(cls, clock: Given, start: Moment | None) -> "IntervalTiming":
        """Return the timing of a serialized clock. Raises InvalidSchedule."""
        return cls(clock.part("interval").span(SHORTEST, LONGEST), start or _START)

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once."""
        last = after
        for instant in self._ordered(self._first_step(after)):
            if instant > last:
                last = instant
                yield Event(instant, self.start.zone)

    def _first_step(self, after: datetime) -> int:
        passed = local(after, self.start.zone) - self._wall - _LONGEST_CHANGE
        return max(0, passed // self.interval)

    @property
    def _wall(self) -> datetime:
        return local(self.start.instant, self.start.zone)

    def _ordered(self, step: int) -> Iterator[datetime]:
        """Yield the instants of the steps, in order.

        Around a gap, later steps may come earlier: the steps into the gap are held until a step passes them.
        """
        held: list[datetime] = []
        wall, zone = self._wall, self.start.zone
        while True:
            passed = step * self.interval
            if wall.year + passed.days // 365 >= LATEST_YEAR:
                return
            if passed < _DAY:
                heapq.heappush(held, self.start.instant + passed)
            elif is_missing(wall + passed, zone):
                heapq.heappush(held, second_or_moved(wall + passed, zone))
            else:
                instant = second_or_moved(wall + passed, zone)
                while held and held[0] <= instant:
                    yield heapq.heappop(held)
                yield instant
            step += 1
