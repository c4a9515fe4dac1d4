"""`flow-runs get` and `flow-runs list`."""

from typing import Annotated

import typer

from flow_runs.cli.session import session, stdout
from flow_runs.cli.tables import show_list, show_run
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


def list_runs(
    context: typer.Context,
    *,
    flow: Annotated[str | None, typer.Option(help="Only of this flow's name.")] = None,
    project: Annotated[str | None, typer.Option(help="Only of this project's name.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, such as Running.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """List the newest runs.

    In a pipe they are tab-separated lines.
    """
    with session(context).client() as client:
        runs = client.list_flow_runs(flow=flow, project=project, state=state, limit=limit)
    if json:
        print_json(runs)
    else:
        show_list(stdout(), runs)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(get)
    app.command("list")(list_runs)
