"""Values of options, which are checked before anything is sent."""

import json
import math
import re
import sys
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import typer

from flow_runs.states import State
from flow_runs.times import aware

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO: Final = re.compile(f"([0-9]+)([{''.join(_UNITS)}])")
_SPAN: Final = re.compile(f"([0-9]+)([{''.join(_UNITS)}]?)")


def parameters_from(pairs: Iterable[str], file: Path | None) -> dict[str, Any] | None:
    """Return the parameters of a file, overridden by `name=value` pairs; None if there are none."""
    values = {} if file is None else json_object(file, "--params-file")
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{pair!r} is not name=value.", param_hint="--param")
        values[name] = _value(text)
    return values or None


def json_object(file: Path, hint: str) -> dict[str, Any]:
    """Return the JSON object that a file (`-` is stdin) holds."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        value = _read_json(text)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.", param_hint=hint) from error
    except ValueError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}", param_hint=hint) from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{file} must hold a JSON object.", param_hint=hint)
    return value


def json_of(text: str, hint: str) -> dict[str, Any]:
    """Return the JSON object of a text."""
    try:
        value = _read_json(text)
    except ValueError as error:
        raise typer.BadParameter(f"it is not JSON: {error}", param_hint=hint) from error
    if not isinstance(value, dict):
        example = '{"state": {"_eq": "Failed"}}'
        raise typer.BadParameter(f"it must be a JSON object such as {example}.", param_hint=hint)
    return value


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


def id_from(text: str, hint: str) -> str:
    """Return an id as the service writes it."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no id such as 01a2066f-621d-706a-9809-748f9c2b8e41.", param_hint=hint
        ) from None


def state_from(text: str, message: str | None) -> State:
    """Return the state that is given by its type or by its JSON. `message` overrides that of the JSON."""
    if not text.lstrip().startswith("{"):
        return State(text.strip(), message)
    try:
        data = _read_json(text)
    except ValueError as error:
        raise typer.BadParameter(f"The state is not JSON: {error}", param_hint="STATE") from error
    if not isinstance(data.get("type"), str):
        raise typer.BadParameter('The state\'s JSON needs a "type".', param_hint="STATE")
    return State.from_json(data if message is None else {**data, "message": message})


def _value(text: str) -> Any:
    """Return the value of a JSON text, or the text itself if it is no JSON."""
    try:
        return _read_json(text)
    except ValueError:
        return text


def _read_json(text: str) -> Any:
    """Return the value of a JSON text. Raises ValueError also for numbers that Python would change.

    These are NaN and Infinity, numbers whose nearest would be 0 or infinite, and whole numbers of too many
    digits.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_real_number, parse_int=_whole_number)


def _real_number(text: str) -> float:
    number = float(text)
    is_zero = not text.lower().partition("e")[0].strip("-0.")
    return number if is_zero or (number and math.isfinite(number)) else _refuse(text)


def _whole_number(digits: str) -> int:
    return int(digits) if len(digits) <= sys.int_info.default_max_str_digits else _refuse(digits)


def _refuse(number: str) -> Any:
    raise ValueError(f"the number {number[:40]} cannot be kept")
