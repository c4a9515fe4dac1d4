"""What a benchmark found: tables to read, and goals beside what was measured."""

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
    """Say what the figures were measured on."""
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and its bound: at most `bound`, or at least that when `at_least`.

    `measured` is None when it could not be measured here; then the goal does not hold, and `name` says why.
    """

    name: str
    measured: float | None
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        if self.measured is None:
            return False
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns; `notes` say what a reader must know to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """One bar for each name, as documents show it; consoles have the tables."""

    title: str
    unit: str
    bars: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """All that one benchmark found."""

    name: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    machine: str = field(default_factory=machine)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    charts: Sequence[Chart] = ()

    @property
    def holds(self) -> bool:
        """Whether every goal is met."""
        return all(goal.holds for goal in self.goals)

    def document(self) -> dict[str, Any]:
        """Give the report as JSON, with each goal's verdict."""
        goals = [asdict(goal) | {"holds": goal.holds} for goal in self.goals]
        return asdict(self) | {"goals": goals}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> "Report":
        """Give the report that a document of it was made from."""
        tables = [Table(**table) for table in document["tables"]]
        goals = [
            Goal(**{name: value for name, value in goal.items() if name != "holds"})
            for goal in document["goals"]
        ]
        charts = [Chart(**chart) for chart in document["charts"]]
        return cls(document["name"], tables, goals, document["machine"], document["date"], charts)


def show(report: Report, console: Console | None = None) -> None:
    """Print the tables, then the goals with the misses marked."""
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
    """Give a goal's name, what was measured, its bound, and whether that holds."""
    unit = f" {goal.unit}" if goal.unit else ""
    measured = "not measured" if goal.measured is None else f"{text(goal.measured)}{unit}"
    bound = f"{'≥' if goal.at_least else '≤'} {text(goal.bound)}{unit}"
    return goal.name, measured, bound, verdict(goal)


def verdict(goal: Goal) -> str:
    """Give `ok`, or `MISSED`."""
    return "ok" if goal.holds else "MISSED"


def is_figures(table: Table, column: int) -> bool:
    """Whether all cells of a column are figures, which stand to the right."""
    cells = [row[column] for row in table.rows]
    return not any(isinstance(cell, str) for cell in cells) and any(cell is not None for cell in cells)


def text(cell: Cell) -> str:
    """Show a figure with three digits that matter, and nothing for None."""
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
    """Measure with the given options, print, and write JSON where asked.

    Answers 1 when a goal is missed, and 130 after Ctrl-C.
    """
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    given = parser.parse_args(arguments)
    try:
        report = measure(given)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    show(report)
    if given.json:
        write_json(given.json, report.document())
    return 0 if report.holds else 1


def write_json(file: Path, document: Mapping[str, Any]) -> None:
    """Write a document, and the folder where there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
