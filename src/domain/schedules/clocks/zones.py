"""Time zones, and what becomes of local times in the hours that clock changes leave out or repeat.

Two datetimes of one zone are compared by their local times, also where these are ambiguous. So all instants
that are compared are in UTC.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, NamedTuple

_MINUTE: Final = timedelta(minutes=1)
_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)


class Moment(NamedTuple):
    """A local time in a zone."""

    wall: datetime
    zone: tzinfo

    @property
    def instant(self) -> datetime:
        """The time in UTC: of a repeated time the second one; a missing time moves by the missing span."""
        return second_or_moved(self.wall, self.zone)


class Event(NamedTuple):
    """An instant, in UTC, at which a clock asks for a run, and the zone in which filters look at it."""

    instant: datetime
    zone: tzinfo

    @property
    def wall(self) -> datetime:
        """The local time in the event's zone."""
        return local(self.instant, self.zone)


def zone_named(name: str) -> tzinfo:
    """Return the zone of a name such as Europe/Berlin, UTC or +01:00. Raises KeyError."""
    # Only a schedule needs the zones. Their module reads files, and what it reads is the same everywhere.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    if name in ("UTC", "Etc/UTC", "Z"):
        return UTC
    if offset := _OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        span = timedelta(hours=int(hours), minutes=int(minutes))
        if span < timedelta(days=1):
            return timezone(span if sign == "+" else -span)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        raise KeyError(name) from None


def local(instant: datetime, zone: tzinfo) -> datetime:
    """Return the local time of an instant in a zone, without the zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def offsets(wall: datetime, zone: tzinfo) -> tuple[timedelta, timedelta]:
    """Return the zone's offsets from UTC before and after the clock change that a local time is in.

    Both are the same for a usual time. The second one is larger for a missing time, and smaller for a
    repeated one.
    """
    before = wall.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = wall.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    return before, after


def is_missing(wall: datetime, zone: tzinfo) -> bool:
    """Return True if the clocks of the zone leave this local time out."""
    before, after = offsets(wall, zone)
    return after > before


def first(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which the clocks of the zone first show a local time that is not missing."""
    return (wall - offsets(wall, zone)[0]).replace(tzinfo=UTC)


def second_or_moved(wall: datetime, zone: tzinfo) -> datetime:
    """Return the instant of a local time: of a repeated one the second.

    A missing time moves by the span that is missing.
    """
    before, after = offsets(wall, zone)
    return (wall - min(before, after)).replace(tzinfo=UTC)


def end_of_gap(wall: datetime, zone: tzinfo) -> datetime:
    """Return the first full minute at or after a local time that is not missing."""
    while is_missing(wall, zone):
        wall += _MINUTE
    return wall
