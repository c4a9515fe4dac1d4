"""Values of options, which are checked before anything is sent."""

import json
import math
import sys
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from flow_runs.states import State


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
