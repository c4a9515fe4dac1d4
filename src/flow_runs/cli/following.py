"""The display of a run until it ends: a live line on a terminal, one line for each state elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from flow_runs.cli.exit_codes import ExitCode
from flow_runs.cli.session import stderr
from flow_runs.cli.tables import state_style
from flow_runs.cli.text import one_line
from flow_runs.client import Client
from flow_runs.models import FlowRunState


def follow(client: Client, flow_run_id: str, console: Console) -> ExitCode:
    """Show each state of a run as it is set, and return the exit code for its last state.

    Ctrl-C ends the display, not the run: a line says so, and the command exits with 130.
    """
    ended_well = False
    try:
        with _display(console) as show:
            before = None
            for entry in client.watch(flow_run_id):
                show(before, entry)
                before, ended_well = entry.state.type, entry.state.is_successful
    except KeyboardInterrupt:
        stderr().print(f"Stopped watching; flow run {flow_run_id} goes on.", soft_wrap=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    return ExitCode.OK if ended_well else ExitCode.RUN_FAILED


@contextmanager
def _display(console: Console) -> Iterator[Callable[[str | None, FlowRunState], None]]:
    """Provide a function that shows a state after the type of the state before, as this console can."""
    if not console.is_terminal:
        yield lambda before, entry: console.print(_step(before, entry), soft_wrap=True)
        return
    with console.status("Waiting for the first state") as status:

        def show(before: str | None, entry: FlowRunState) -> None:
            line = _step(before, entry)
            line.stylize(state_style(entry.state))
            console.print(line, soft_wrap=True)
            status.update(Text(f"{one_line(entry.state.type)} (version {entry.version})"))

        yield show


def _step(before: str | None, entry: FlowRunState) -> Text:
    """Return `A -> B: message`, or `B: message` for the first state of a run."""
    kind, message = one_line(entry.state.type), one_line(entry.state.message)
    step = kind if before is None else f"{one_line(before)} -> {kind}"
    return Text(f"{step}: {message}" if message else step)
