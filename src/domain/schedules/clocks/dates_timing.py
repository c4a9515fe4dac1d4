"""Dates clocks: a list of moments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from domain.schedules.clocks.given import Given
from domain.schedules.clocks.zones import Event

_MOST_DATES: Final = 10_000


@dataclass(frozen=True, slots=True)
class DatesTiming:
    """Moments, in their order."""

    PART: ClassVar = "dates"

    moments: tuple[Event, ...]

    @classmethod
    def read(cls, clock: Given) -> "DatesTiming":
        """Return the timing of a serialized clock. Raises InvalidSchedule."""
        dates = clock.part("dates")
        moments = [entry.moment() for entry in dates.parts(_MOST_DATES)]
        if not moments:
            raise dates.fault("must have at least one date.")
        return cls.of([Event(moment.instant, moment.zone) for moment in moments])

    @classmethod
    def of(cls, events: list[Event]) -> "DatesTiming":
        """Return the timing of these events."""
        return cls(tuple(sorted(events, key=lambda event: event.instant)))

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once."""
        last = after
        for event in self.moments:
            if event.instant > last:
                last = event.instant
                yield event
