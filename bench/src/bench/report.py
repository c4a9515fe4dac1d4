"""Reports of benchmarks: tables, goals with their measured values, and charts."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

WIDTH = 150

Cell = str | int | float | None


def machine() -> str:
    """Return a description of this machine."""
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound: at most `bound`, or at least `bound` if `at_least` is True.

    `measured` is None if the figure could not be measured here. Then the goal is missed, and `name` says why.
    """

    name: str
    measured: float | None
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """True if the bound is kept."""
        if self.measured is None:
            return False
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns; `notes` explain them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with one bar for each name. Documents show it; consoles show the tables alone."""

    title: str
    unit: str
    bars: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one benchmark."""

    name: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    machine: str = field(default_factory=machine)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    charts: Sequence[Chart] = ()

    @property
    def holds(self) -> bool:
        """True if every goal is met."""
        return all(goal.holds for goal in self.goals)

    def document(self) -> dict[str, Any]:
        """Return the report as JSON, with the verdict of each goal."""
        goals = [asdict(goal) | {"holds": goal.holds} for goal in self.goals]
        return asdict(self) | {"goals": goals}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Report":
        """Return the report of a JSON document that `document` has returned."""
        tables = [Table(**table) for table in document["tables"]]
        goals = [
            Goal(**{name: value for name, value in goal.items() if name != "holds"})
            for goal in document["goals"]
        ]
        charts = [Chart(**chart) for chart in document["charts"]]
        return cls(document["name"], tables, goals, document["machine"], document["date"], charts)


def show(report: Report, console: Console | None = None) -> None:
    """Print the tables, then the goals, of which the missed ones are marked."""
    console = console or Console(width=WIDTH)
    for table in report.tables:
        grid = Grid(title=table.title)
        for number, name in enumerate(table.columns):
            grid.add_column(name, justify="right" if is_figures(table, number) else "left")
        for row in table.rows:
            grid.add_row(*(text(cell) for cell in row))
        console.print(grid)
        for note in table.notes:
            console.print(f"  {note}")
    if not report.goals:
        return
    grid = Grid("goal", "measured", "bound", "", title=f"Goals of {report.name}")
    for goal in report.goals:
        grid.add_row(*goal_row(goal))
    console.print(grid)


def goal_row(goal: Goal) -> tuple[str, str, str, str]:
    """Return the cells of a goal: its name, its measured value, its bound, and its verdict."""
    unit = f" {goal.unit}" if goal.unit else ""
    measured = "not measured" if goal.measured is None else f"{text(goal.measured)}{unit}"
    bound = f"{'≥' if goal.at_least else '≤'} {text(goal.bound)}{unit}"
    return goal.name, measured, bound, verdict(goal)


def verdict(goal: Goal) -> str:
    """Return `ok` or `MISSED`."""
    return "ok" if goal.holds else "MISSED"


def is_figures(table: Table, column: int) -> bool:
    """Return True if all cells of a column are figures, which are aligned to the right."""
    cells = [row[column] for row in table.rows]
    return not any(isinstance(cell, str) for cell in cells) and any(cell is not None for cell in cells)


def text(cell: Cell) -> str:
    """Return the text of a cell: a figure with three significant digits, an empty text for None."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"  # noqa: PLR2004
    return f"{cell:,}" if isinstance(cell, int) else cell


def run(
    measure: Callable[[argparse.Namespace], Report],
    parser: argparse.ArgumentParser,
    arguments: Sequence[str] | None = None,
) -> int:
    """Measure with the given options, print the report, and write its JSON if a file is given.

    Return the exit code: 1 when a goal is missed, 130 after Ctrl-C, else 0.
    """
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    try:
        report = measure(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    show(report)
    if options.json:
        write_json(options.json, report.document())
    return 0 if report.holds else 1


def write_json(file: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document to a file, and create its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
