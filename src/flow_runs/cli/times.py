"""Times, spans and days of options, which are checked before anything is sent."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

import typer

from flow_runs.times import aware

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO: Final = re.compile(f"([0-9]+)([{''.join(_UNITS)}])")
_SPAN: Final = re.compile(f"([0-9]+)([{''.join(_UNITS)}]?)")


def time_from(text: str | None, hint: str = "--at") -> datetime | None:
    """Return the time of an ISO 8601 text, which may have a blank for the T. Without an offset it is UTC."""
    if text is None:
        return None
    try:
        return aware(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a time such as '2026-01-31 08:00:00' (UTC) or 2026-01-31T08:00:00+02:00.",
            param_hint=hint,
        ) from None


def time_or_ago_from(text: str | None, hint: str, now: datetime) -> datetime | None:
    """Return the time of an ISO 8601 text, or of a span before `now`: 30s, 15m, 2h, 3d, 1w."""
    ago = _AGO.fullmatch((text or "").strip())
    if ago is None:
        return time_from(text, hint)
    try:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    except (OverflowError, ValueError):
        raise typer.BadParameter(f"{text!r} is too long ago.", param_hint=hint) from None


def time_or_ahead_from(text: str | None, hint: str, now: datetime) -> datetime | None:
    """Return the time of an ISO 8601 text, or of a span after `now`: 30s, 15m, 2h, 3d, 1w."""
    ahead = _AGO.fullmatch((text or "").strip())
    if ahead is None:
        return time_from(text, hint)
    try:
        return now + timedelta(**{_UNITS[ahead[2]]: int(ahead[1])})
    except (OverflowError, ValueError):
        raise typer.BadParameter(f"{text!r} is too far ahead.", param_hint=hint) from None


def seconds_from(text: str | None, hint: str, within: tuple[str, str] | None = None) -> int | None:
    """Return the seconds of a span: 30s, 15m, 2h, 3d, 1w, or 90, which are seconds.

    `within` are the shortest and the longest span that can be used.
    """
    if text is None:
        return None
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        raise typer.BadParameter(f"{text!r} is no span such as 90s, 15m, 2h or 1d.", param_hint=hint)
    try:
        seconds = int(timedelta(**{_UNITS[span[2] or "s"]: int(span[1])}).total_seconds())
    except (OverflowError, ValueError):
        raise typer.BadParameter(f"{text!r} is too long.", param_hint=hint) from None
    if within is not None:
        shortest, longest = (seconds_from(bound, hint) or 0 for bound in within)
        if seconds < shortest:
            raise typer.BadParameter(f"{text!r} is too short: {within[0]} at least.", param_hint=hint)
        if seconds > longest:
            raise typer.BadParameter(f"{text!r} is too long: {within[1]} at most.", param_hint=hint)
    return seconds


def is_relative(text: str) -> bool:
    """Return True if a text is a span such as 15m, which stands for another time each time."""
    return _AGO.fullmatch(text.strip()) is not None


def days_from(texts: Iterable[str] | None, hint: str) -> list[str]:
    """Return the days of texts such as 2026-12-24."""
    days = [text.strip() for text in texts or ()]
    for day in days:
        try:
            is_day = date.fromisoformat(day).isoformat() == day
        except ValueError:
            is_day = False
        if not is_day:
            raise typer.BadParameter(f"{day!r} is no day such as 2026-12-24.", param_hint=hint)
    return days
