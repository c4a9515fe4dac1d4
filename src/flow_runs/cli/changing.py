"""`flow-runs set-state` and `restart`: changes of one run. Those of many are in `changing_many`."""

from typing import Annotated

import typer

from flow_runs.cli import changing_many
from flow_runs.cli.inputs import state_from
from flow_runs.cli.session import session, stdout

_EXAMPLES = """Examples:

flow-runs set-state 0192f0a5-0000-7000-8000-000000000000 Success --version 3 -m "It worked!"

Exits with 4 when the run is no longer at that version; then nothing was changed."""

_RESTARTS = """Examples:

flow-runs restart 0192f0a5-0000-7000-8000-000000000000

flow-runs restart 0192f0a5-0000-7000-8000-000000000000 --version 5 --key "after the fix"

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


def restart(
    context: typer.Context,
    run: Run,
    version: Annotated[
        int | None, typer.Option(min=0, help="The version of the run that you have read.", show_default=False)
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The same key restarts the run once.", show_default=False)
    ] = None,
) -> None:
    """Let a run that is over go on from what has failed, and print its state.

    Failed task runs and those that depend on them begin anew. What succeeded is not repeated.
    """
    with session(context).client() as client:
        now = client.restart_flow_run(run, version=version, idempotency_key=key)
    stdout().print(f"Scheduled (version {now})", markup=False, soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("set-state", epilog=_EXAMPLES)(set_state)
    changing_many.add_to(app)
    app.command(epilog=_RESTARTS)(restart)
