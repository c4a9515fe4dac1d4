"""A run of ten tasks by released agents, as `bench.lifecycle` measured it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cost.arithmetic import Usage

WHOLE = "whole life"
FIGURES = {"requests": "requests", "calls": "calls", "WCU": "write_units", "RCU": "read_units"}


@dataclass(frozen=True, slots=True)
class Whole:
    """The costs of all requests of one run."""

    requests: float
    calls: float
    write_units: float
    read_units: float


# The run of 2026-11-23 in docs/benchmarks.md, for a benchmark without a report of bench-lifecycle.
KNOWN = {"0.8.1": Whole(76, 137, 57, 93.5), "1.4.1": Whole(44, 90, 33, 78.5)}


def read_lives(file: Path | None) -> dict[str, Whole]:
    """Return the whole life by release, from a report of `bench.lifecycle`, or KNOWN without a report."""
    if file is None:
        return KNOWN
    try:
        return of_document(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{file} holds no report of bench-lifecycle: {error}") from error


def of_document(document: dict[str, Any]) -> dict[str, Whole]:
    """Return the whole life by release of a report. Raises KeyError or ValueError for another document."""
    found = {}
    for table in document["tables"]:
        columns = list(table["columns"])
        rows = {row[0]: dict(zip(columns, row, strict=True)) for row in table["rows"]}
        figures = {name: float(rows[WHOLE][column]) for column, name in FIGURES.items()}
        found[str(table["title"]).rpartition(" ")[2]] = Whole(**figures)
    return found


def agent_usage(whole: Whole, standard: Usage) -> Usage:
    """Return the usage of a whole life. Figures that the log lacks are those of as many standard requests."""
    times = whole.requests / standard.requests
    return Usage(
        requests=whole.requests,
        calls=whole.calls,
        write_units=whole.write_units,
        read_units=whole.read_units,
        cpu=times * standard.cpu,
        logged=times * standard.logged,
        sent=times * standard.sent,
    )
