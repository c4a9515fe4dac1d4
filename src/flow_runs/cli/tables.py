"""A flow run with its history: tables on a terminal, tab-separated lines in a pipe."""

from collections.abc import Iterable, Sequence

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flow_runs.cli.text import compact_json, instant, one_line
from flow_runs.models import FlowRunInfo, FlowRunState
from flow_runs.states import State


def state_style(state: State) -> str:
    """Return the colour of a state."""
    if state.is_failed or state.type == "Cancelled":
        return "red"
    if state.is_successful:
        return "green"
    return "cyan" if state.is_running else "yellow"


def show_run(console: Console, run: FlowRunInfo, states: Sequence[FlowRunState]) -> None:
    """Show one run with its history."""
    facts = [(name, value) for name, value in _facts(run) if value]
    history = [
        (str(entry.version), instant(entry.timestamp), entry.state.type, one_line(entry.state.message))
        for entry in states
    ]
    if not console.is_terminal:
        show_lines([*facts, *(("state", *cells) for cells in history)])
        return
    console.print(grid((Text(name, style="bold"), Text(value)) for name, value in facts))
    console.print()
    styles = [state_style(entry.state) for entry in states]
    console.print(
        grid(
            (Text(version, style="dim"), Text(time), Text(name, style=style), Text(message))
            for (version, time, name, message), style in zip(history, styles, strict=True)
        )
    )


def _facts(run: FlowRunInfo) -> list[tuple[str, str]]:
    flow = f"{run.flow_name} (version {run.flow_version})" if run.flow_name else run.flow_id
    return [
        ("id", run.id),
        ("name", one_line(run.name)),
        ("flow", one_line(flow)),
        ("project", one_line(run.project_name)),
        ("state", one_line(f"{run.state}: {run.state_message}" if run.state_message else run.state)),
        ("version", str(run.version)),
        ("parameters", one_line(compact_json(run.parameters))),
        ("context", one_line(compact_json(run.context)) if run.context else ""),
        ("labels", one_line(", ".join(run.labels))),
        ("scheduled", instant(run.scheduled_start_time)),
        ("started", instant(run.start_time)),
        ("ended", instant(run.end_time)),
        ("duration", run.duration or ""),
        ("created", instant(run.created)),
    ]


def grid(rows: Iterable[tuple[Text, ...]]) -> Table:
    """Return rows as a table without lines."""
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*row)
    return table


def show_lines(rows: Iterable[Sequence[str]]) -> None:
    """Print rows as tab-separated lines, each as soon as it is read."""
    for row in rows:
        typer.echo("\t".join(row))
