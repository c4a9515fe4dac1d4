"""Cron clocks: the local times that a cron expression names.

A repeated time counts once, the first time. A missing time moves to the end of the gap; if the expression
names every hour, it is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar, Final

from domain.schedules.clocks.given import Given
from domain.schedules.clocks.zones import Event, Moment, end_of_gap, first, is_missing, local

_LONGEST_EXPRESSION: Final = 500
# The parts of an expression that croniter replaces by random values, each time by others.
_BY_CHANCE: Final = re.compile(r"(?:^|[\s,])[hr](?:[\s,(/]|$)", re.IGNORECASE)
_HOUR, _SECOND = 1, 5


@dataclass(frozen=True, slots=True)
class CronTiming:
    """The times that a cron expression names in a zone.

    `day_or` connects a day of the month and a day of the week by "or"; False connects them by "and".
    """

    PART: ClassVar = "cron"

    expression: str
    day_or: bool
    zone: tzinfo

    @classmethod
    def read(cls, clock: Given, start: Moment | None) -> "CronTiming":
        """Return the timing of a serialized clock, in the zone of its start. Raises InvalidSchedule."""
        cron = clock.part("cron")
        expression = cron.text()
        if len(expression) > _LONGEST_EXPRESSION:
            raise cron.fault(f"has more than {_LONGEST_EXPRESSION} characters.")
        if _BY_CHANCE.search(expression):
            raise cron.fault("must name its times: H and R stand for times by chance.")
        timing = cls(
            expression=expression,
            day_or=clock.part("day_or").flag(default=True),
            zone=UTC if start is None else start.zone,
        )
        try:
            expanded = timing._iteration(datetime(2000, 1, 1)).expanded  # noqa: DTZ001  (a local time)
        except (ValueError, KeyError, AttributeError, TypeError):
            raise cron.fault(f"is no cron expression: {cron.shown}.") from None
        if len(expanded) > _SECOND and (len(expanded[_SECOND]) > 1 or expanded[_SECOND][0] == "*"):
            raise cron.fault("names more than one second of a minute; a run a minute is the most.")
        return timing

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once."""
        iteration = self._iteration(local(after, self.zone))
        is_every_hour = iteration.expanded[_HOUR][0] == "*"
        last = after
        for wall in self._walls(iteration):
            if is_missing(wall, self.zone):
                if is_every_hour:
                    continue
                wall = end_of_gap(wall, self.zone)  # noqa: PLW2901
            instant = first(wall, self.zone)
            if instant > last:
                last = instant
                yield Event(instant, self.zone)

    def _iteration(self, wall: datetime) -> Any:
        # Only a schedule with a cron clock needs the library.
        from croniter import croniter  # noqa: PLC0415

        return croniter(self.expression, wall, ret_type=datetime, day_or=self.day_or)

    @staticmethod
    def _walls(iteration: Any) -> Iterator[datetime]:
        """Yield the local times of an expression; some expressions name no day of any year."""
        from croniter import CroniterBadDateError  # noqa: PLC0415

        while True:
            try:
                yield iteration.get_next()
            except (CroniterBadDateError, OverflowError, ValueError):
                return
