"""Times as clients send and expect them. In between, every time is aware and in UTC."""

import re
from datetime import UTC, datetime, timedelta

from domain.errors import BadUserInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Between these years, an ISO time with any offset does not overflow.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_BEYOND_PYTHON = re.compile(
    r"(?P<date>\d{4}-?\d\d-?\d\d[T ])(?P<hour>\d\d)(?P<minute>:?\d\d)(?P<second>:?\d\d)?"
    r"(?P<fraction>[.,]\d+)?(?P<zone>Z|[+-][\d:.]+)?",
    re.ASCII,
)


def parse_time(value: object, name: str) -> datetime:
    """Read a time in ISO 8601, also with a blank for the `T`. A time without an offset is in UTC.

    As in RFC 3339 and PostgreSQL, letters may be lower case, 24:00:00 is midnight of the next day, and the
    leap second :60 is the first second of the next minute. `name` is the name of the input, for the message.
    Raises BadUserInput if the time cannot be read, or is outside of the years 1900 to 9998.
    """
    if not isinstance(value, str):
        raise BadUserInput(f"{name} must be a time in ISO 8601, such as 2026-01-31T08:00:00+00:00.")
    try:
        instant = _read(value.strip())
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadUserInput(
            f"{name} is not a time that can be read: {value[:60]!r}. "
            "Use ISO 8601, such as 2026-01-31T08:00:00+00:00 or 2026-01-31 08:00:00 (then it is UTC)."
        ) from error
    if not _EARLIEST <= instant < _LATEST:
        raise BadUserInput(f"{name} must lie between the years 1900 and 9998, not at {value[:60]!r}.")
    return instant


def _read(text: str) -> datetime:
    """Read the forms that `datetime` reads, and those of RFC 3339. Raises ValueError, OverflowError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        parts = _BEYOND_PYTHON.fullmatch(text.upper())
        if parts is None:
            raise
    date, hour, minute, second, fraction, zone = parts.groups("")
    added = timedelta()
    if hour == "24" and not re.search("[1-9]", minute + second + fraction):
        hour, added = "00", timedelta(days=1)
    elif second.endswith("60"):
        second, added = f"{second[:-2]}59", timedelta(seconds=1)
    return datetime.fromisoformat(f"{date}{hour}{minute}{second}{fraction}{zone}") + added


def format_time(instant: datetime) -> str:
    """Write a time as PostgreSQL does: with `+00:00`, and microseconds without trailing zeros."""
    text = (instant if instant.tzinfo is UTC else instant.astimezone(UTC)).isoformat()
    return f"{text.removesuffix('+00:00').rstrip('0')}+00:00" if instant.microsecond else text


def format_interval(span: timedelta) -> str:
    """Write a span of time as clients read it: `HH:MM:SS[.ffffff]`. Hours may be more than 24."""
    seconds, microseconds = divmod(span // _MICROSECOND, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{microseconds:06d}" if microseconds else text


def parse_interval(text: str) -> timedelta:
    """Read a span of time that `format_interval` wrote."""
    hours, minutes, seconds = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def to_micros(instant: datetime) -> int:
    """Return the exact number of microseconds since 1970."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the time that is this many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=micros)
