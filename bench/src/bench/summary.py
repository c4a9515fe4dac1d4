"""The results of all benchmarks: one table, one JSON document and one page of Markdown."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table as Grid

from bench.children import Outcome
from bench.report import Chart, Report, Table, goal_row, is_figures, machine, text

COLUMNS = ("benchmark", "goal", "measured", "bound", "")


def holds(outcomes: Sequence[Outcome]) -> bool:
    """Return True if every benchmark has a report and every goal is met."""
    return all(outcome.report is not None and outcome.report.holds for outcome in outcomes)


def rows(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each goal, and for each failed benchmark."""
    for outcome in outcomes:
        if outcome.report is None:
            yield outcome.name, outcome.trouble, "", "", "FAILED"
            continue
        for goal in outcome.report.goals:
            yield (outcome.name, *goal_row(goal))


def goals_table(outcomes: Sequence[Outcome]) -> Grid:
    """Return all goals, of which the missed ones are bold and red."""
    grid = Grid(*COLUMNS, title="All goals")
    for row in rows(outcomes):
        grid.add_row(*row, style="" if row[-1] == "ok" else "bold red")
    return grid


def document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all reports as JSON, with machine and date."""
    return {
        "machine": machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "holds": holds(outcomes),
        "benchmarks": {
            outcome.name: {
                "seconds": round(outcome.seconds, 1),
                "trouble": outcome.trouble,
                "report": outcome.report.document() if outcome.report else None,
            }
            for outcome in outcomes
        },
    }


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return a page with machine and date, all goals, and the tables of each benchmark."""
    date = datetime.now(UTC).date().isoformat()
    seconds = sum(outcome.seconds for outcome in outcomes)
    lines = [f"Run of {date} in {seconds / 60:.0f} minutes: {machine()}.", ""]
    lines += _grid(COLUMNS, [[*row[:-1], _verdict(row[-1])] for row in rows(outcomes)], [False] * 5)
    for outcome in outcomes:
        if outcome.report:
            lines += _section(outcome.report)
    return "\n".join(lines) + "\n"


def _verdict(word: str) -> str:
    return word if word == "ok" else f"**{word}**"


def _section(report: Report) -> Iterator[str]:
    yield from ("", f"## {report.name}")
    for chart in report.charts:
        yield from ("", *_picture(chart))
    for table in report.tables:
        yield from ("", f"### {table.title}", "")
        cells = [[text(cell) for cell in row] for row in table.rows]
        yield from _grid(table.columns, cells, _figures(table))
        if table.notes:
            yield from ("", *table.notes)


def _picture(chart: Chart) -> Iterator[str]:
    """Yield the lines of a chart in Mermaid, which viewers of Markdown draw."""
    names = ", ".join(f'"{name}"' for name in chart.bars)
    yield from ("```mermaid", "xychart-beta", f'    title "{chart.title}"', f"    x-axis [{names}]")
    yield from (f'    y-axis "{chart.unit}" 0 --> {1.1 * max(chart.bars.values()):.3g}',)
    yield from (f"    bar [{', '.join(f'{value:.3g}' for value in chart.bars.values())}]", "```")


def _figures(table: Table) -> list[bool]:
    return [is_figures(table, number) for number in range(len(table.columns))]


def _grid(columns: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    yield _line(columns)
    yield _line(["---:" if is_right else "---" for is_right in right])
    for row in cells:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
