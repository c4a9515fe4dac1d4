"""The parts of a serialized schedule, each with the name of its place, so that a fault can name it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from domain.errors import BadUserInput
from domain.json_types import JsonObject
from domain.schedules.clocks.zones import Moment, zone_named

_EARLIEST: Final = 1900
# A later year changes nothing, and leaves room for a zone's offset.
LATEST_YEAR: Final = 8000
_LONGEST_SHOWN: Final = 60


class InvalidSchedule(BadUserInput):
    """A schedule cannot be read, or asks for runs that nobody can make.

    `field` names the part at fault, and `reason` says what is wrong with it.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}", {"field": field, "reason": reason})
        self.field, self.reason = field, reason


class Given:
    """A value of a serialized schedule, and the name of its place."""

    __slots__ = ("field", "value")

    def __init__(self, value: Any, field: str) -> None:
        self.value, self.field = value, field

    def fault(self, reason: str) -> InvalidSchedule:
        """Return the error that this value is at fault."""
        return InvalidSchedule(self.field, reason)

    @property
    def is_null(self) -> bool:
        """True if the value is absent or null, which are the same to Core."""
        return self.value is None

    @property
    def shown(self) -> str:
        """The beginning of the value, for a message."""
        return repr(self.value)[:_LONGEST_SHOWN]

    def part(self, name: str) -> "Given":
        """Return a part of an object; a part that is absent is null. The whole may have no name."""
        return Given(self.object().get(name), f"{self.field}.{name}" if self.field else name)

    def parts(self, most: int) -> Iterator["Given"]:
        """Yield the entries of a list of at most `most`; null is an empty list."""
        entries = [] if self.value is None else self.value
        if not isinstance(entries, list):
            raise self.fault(f"must be a list, not {self.shown}.")
        if len(entries) > most:
            raise self.fault(f"has {len(entries):,} entries; at most {most:,} can be kept up.")
        for number, entry in enumerate(entries):
            yield Given(entry, f"{self.field}[{number}]")

    def object(self) -> JsonObject:
        """Return the value if it is an object."""
        if not isinstance(self.value, dict):
            raise self.fault(f"must be an object, not {self.shown}.")
        return self.value

    def text(self) -> str:
        """Return the value if it is a text."""
        if not isinstance(self.value, str):
            raise self.fault(f"must be a text, not {self.shown}.")
        return self.value

    def flag(self, *, default: bool) -> bool:
        """Return the value if it is true or false; null is the default."""
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            raise self.fault(f"must be true or false, not {self.shown}.")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """Return the value if it is a whole number within these bounds."""
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int | float) or number != number // 1:
            raise self.fault(f"must be a whole number, not {self.shown}.")
        if not least <= number <= most:
            raise self.fault(f"must be a whole number from {least:,} to {most:,}, not {self.shown}.")
        return int(number)

    def moment(self) -> Moment:
        """Return the moment of a local time with the name of its zone: `{"dt": …, "tz": …}`."""
        wall = self.part("dt").time()
        if wall.tzinfo is not None:
            return Moment(wall.replace(tzinfo=None), wall.tzinfo)
        name = self.part("tz")
        try:
            return Moment(wall, zone_named("UTC" if name.is_null else name.text()))
        except KeyError:
            raise name.fault(
                f"there is no time zone {name.shown}. Use a name such as Europe/Berlin."
            ) from None

    def time(self) -> datetime:
        """Return the time of a text in ISO 8601, with a zone if it has an offset."""
        try:
            time = datetime.fromisoformat(self.text())
            if time.year < _EARLIEST:
                raise self.fault(f"must not be before the year {_EARLIEST}, as {self.shown} is.")
            return time.replace(year=min(time.year, LATEST_YEAR))
        except ValueError:
            raise self.fault(f"is no time in ISO 8601: {self.shown}.") from None

    def span(self, least: timedelta, most: timedelta) -> timedelta:
        """Return the span of a number of microseconds."""
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise self.fault(f"must be a number of microseconds, not {self.shown}.")
        if not least.total_seconds() * 1e6 <= number <= most.total_seconds() * 1e6:
            raise self.fault(
                f"must be from {least.total_seconds():,.0f} seconds to {most.days:,} days, in microseconds, "
                f"not {self.shown}."
            )
        return timedelta(microseconds=number)
