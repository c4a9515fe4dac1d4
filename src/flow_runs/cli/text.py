"""Text as a terminal may show it, and as a machine reads it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from textwrap import indent
from typing import Any

import typer


def one_line(text: object) -> str:
    """Write a value without line breaks and control characters.

    Names and messages come from elsewhere: an escape sequence in one must not reach the terminal.
    """
    characters = ("" if text is None else str(text)).strip()
    return "".join(each if each.isprintable() else " " for each in characters)


def instant(time: datetime | None) -> str:
    """Write a time in the machine's zone, to the second; nothing for None."""
    return "" if time is None else time.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def print_json(value: Any) -> None:
    """Print one JSON document, indented, times in ISO 8601."""
    typer.echo(json.dumps(_plain(value), indent=2, default=_extra))


def print_json_list(values: Iterable[Any]) -> None:
    """Print one JSON list as `print_json` would, each value as it comes.

    Nothing is printed before the first value is there. If a later one cannot be had, the list stays
    unclosed: what was cut off must not read as the whole.
    """
    before = "[\n"
    for value in values:
        text = json.dumps(_plain(value), indent=2, default=_extra)
        typer.echo(before + indent(text, "  "), nl=False)
        before = ",\n"
    typer.echo("[]" if before.startswith("[") else "\n]")


def compact_json(value: Any) -> str:
    """Write JSON in one line, readable in any script."""
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _extra(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
