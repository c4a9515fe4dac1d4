"""`flow-runs set-state` and `flow-runs cancel`."""

from typing import Annotated

import typer

from flow_runs.cli.inputs import state_from
from flow_runs.cli.session import session, stdout

_EXAMPLES = """Examples:

flow-runs set-state 0192f0a5-0000-7000-8000-000000000000 Success --version 3 -m "It worked!"

Exits with 4 when the run is no longer at that version; then nothing was changed."""

Run = Annotated[str, typer.Argument(help="The run's id.", show_default=False)]


def set_state(
    context: typer.Context,
    run: Run,
    state: Annotated[
        str, typer.Argument(help="A state's type, such as Success, or its JSON.", show_default=False)
    ],
    version: Annotated[
        int, typer.Option(min=0, help="The version of the run that you have read.", show_default=False)
    ],
    message: Annotated[str | None, typer.Option("--message", "-m", help="The state's message.")] = None,
) -> None:
    """Set a run's state.

    The state is set only if the run is still at the given version.
    """
    wanted = state_from(state, message)
    with session(context).client() as client:
        now = client.set_flow_run_state(run, version, wanted)
    stdout().print(f"{wanted.type} (version {now})", markup=False, soft_wrap=True)


def cancel(context: typer.Context, run: Run) -> None:
    """Cancel a run and print its state.

    The state is Cancelled, or Cancelling until the agent of the run confirms.
    """
    with session(context).client() as client:
        state = client.cancel_flow_run(run)
    stdout().print(state, markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("set-state", epilog=_EXAMPLES)(set_state)
    app.command()(cancel)
