"""`flow-runs get`."""

from typing import Annotated

import typer

from flow_runs.cli.session import session, stdout
from flow_runs.cli.tables import show_run
from flow_runs.cli.text import print_json


def get(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's id.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="Print the run as JSON, without its history.")] = False,
) -> None:
    """Show one run and its history."""
    with session(context).client() as client:
        info = client.get_flow_run_info(run)
        if json:
            print_json(info)
        else:
            show_run(stdout(), info, client.get_flow_run_states(run))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(get)
