"""`flow-runs logs`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from flow_runs.cli.session import session, stdout
from flow_runs.cli.tables import show_lines
from flow_runs.cli.text import instant, one_line, print_json_list
from flow_runs.cli.times import time_or_ago_from
from flow_runs.logs import LogEntry

_EXAMPLES: Final = """Examples:

flow-runs logs 018f… --follow

flow-runs logs 018f… --level warning --since 15m --json"""
_STYLES: Final = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


class Level(StrEnum):
    """The lowest level of the entries."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


def logs(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's id.", show_default=False)],
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run has ended; Ctrl-C ends it before.")
    ] = False,
    level: Annotated[
        Level, typer.Option(case_sensitive=False, help="The lowest level of the entries.")
    ] = Level.DEBUG,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only from then on: ISO 8601, without an offset UTC; or 15m, 2h, 3d ago.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list, each entry as it comes.")] = False,
) -> None:
    """Show the log of a run, its task runs and its agent, the oldest entry first.

    In a pipe the entries are tab-separated lines: time, level, task, message.
    """
    first = time_or_ago_from(since, "--since", datetime.now(UTC))
    with session(context).client() as client:
        read = client.watch_logs if follow else client.iter_flow_run_logs
        _show(stdout(), read(run, level=level.value, since=first), json=json)


def _show(console: Console, entries: Iterable[LogEntry], *, json: bool) -> None:
    if json:
        print_json_list(entries)
    elif console.is_terminal:
        for entry in entries:
            console.print(_styled(entry), soft_wrap=True)
    else:
        show_lines(
            (instant(entry.timestamp), one_line(entry.level), _task(entry), one_line(entry.message))
            for entry in entries
        )


def _styled(entry: LogEntry) -> Text:
    """Return an entry for a terminal. Its message may have several lines."""
    task = _task(entry)
    return Text.assemble(
        (f"{instant(entry.timestamp)} ", "dim"),
        (f"{one_line(entry.level):<8} ", _STYLES.get(entry.level, "")),
        (f"{task}: " if task else "", "bold"),
        "\n".join(map(_printable, entry.message.splitlines())),
    )


def _printable(line: str) -> str:
    """Return a line without control characters, with its indentation."""
    return "".join(char if char.isprintable() else " " for char in line.expandtabs()).rstrip()


def _task(entry: LogEntry) -> str:
    """Return the name of the task, with the index of a mapped child."""
    index = "" if entry.map_index in (None, -1) else f"[{entry.map_index}]"
    return f"{one_line(entry.task_name)}{index}" if entry.task_name else ""


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog=_EXAMPLES)(logs)
