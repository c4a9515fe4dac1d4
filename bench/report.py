"""What a benchmark found: tables to read, and goals beside what was measured."""

import argparse
import json
import os
import platform
from collections.abc import Callable, Sequence
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
class Report:
    """All that one benchmark found."""

    name: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    machine: str = field(default_factory=machine)
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    @property
    def holds(self) -> bool:
        """Whether every goal is met."""
        return all(goal.holds for goal in self.goals)

    def document(self) -> dict[str, Any]:
        """Give the report as JSON, with each goal's verdict."""
        goals = [asdict(goal) | {"holds": goal.holds} for goal in self.goals]
        return asdict(self) | {"goals": goals}


def show(report: Report, console: Console | None = None) -> None:
    """Print the tables, then the goals with the misses marked."""
    console = console or Console(width=WIDTH)
    for table in report.tables:
        grid = Grid(*table.columns, title=table.title)
        for row in table.rows:
            grid.add_row(*(text(cell) for cell in row))
        console.print(grid)
        for note in table.notes:
            console.print(f"  {note}")
    if not report.goals:
        return
    grid = Grid("goal", "measured", "bound", "", title=f"Goals of {report.name}")
    for goal in report.goals:
        bound = f"{'≥' if goal.at_least else '≤'} {text(goal.bound)} {goal.unit}".rstrip()
        grid.add_row(goal.name, f"{text(goal.measured)} {goal.unit}".rstrip(), bound, verdict(goal))
    console.print(grid)


def verdict(goal: Goal) -> str:
    """Give `ok`, or `MISSED`."""
    return "ok" if goal.holds else "MISSED"


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
    """Measure with the given options, print, and write JSON where asked; answers 1 when a goal is missed."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    given = parser.parse_args(arguments)
    report = measure(given)
    show(report)
    if given.json:
        given.json.write_text(json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n")
    return 0 if report.holds else 1
