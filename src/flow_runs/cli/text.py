"""Texts for terminals, and JSON for programs."""

import json
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from textwrap import indent
from typing import Any

import typer


def one_line(text: object) -> str:
    """Return a value as text without line breaks and control characters.

    Names and messages are written by others, and an escape sequence in them must not reach the terminal.
    """
    characters = ("" if text is None else str(text)).strip()
    return "".join(char if char.isprintable() else " " for char in characters)


def instant(time: datetime | None) -> str:
    """Return a time in the zone of the machine, to the second; an empty text for None."""
    return "" if time is None else time.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def print_json(value: Any) -> None:
    """Print one JSON document, indented, with times in ISO 8601."""
    typer.echo(json.dumps(_plain(value), indent=2, default=_extra))


def print_json_list(values: Iterable[Any]) -> None:
    """Print one JSON list as `print_json` does, each value as soon as it is read.

    Nothing is printed before the first value is there. If a later value cannot be read, the list stays
    unclosed, so that a partial list does not look complete.
    """
    separator = "[\n"
    for value in values:
        text = json.dumps(_plain(value), indent=2, default=_extra)
        typer.echo(separator + indent(text, "  "), nl=False)
        separator = ",\n"
    typer.echo("[]" if separator.startswith("[") else "\n]")


def compact_json(value: Any) -> str:
    """Return JSON in one line, without escapes of letters of any script."""
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _extra(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
