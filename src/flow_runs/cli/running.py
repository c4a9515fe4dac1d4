"""`flow-runs run`: create a run, and watch it if asked."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flow_runs.cli.exit_codes import HELP
from flow_runs.cli.following import follow
from flow_runs.cli.inputs import parameters_from
from flow_runs.cli.session import session, stderr, stdout
from flow_runs.cli.text import print_json
from flow_runs.cli.times import time_from

_EXAMPLES = """Examples:

flow-runs run -n "My Flow Name" -p "Hello, World!"

flow-runs run -n "My Flow Name" -p "Hello, World!" --param x=1 --param name=Ada --watch

flow-runs run -n Nightly -p Reports --at "2026-01-31 08:00:00" --key nightly-2026-01-31
"""


class Spelling(StrEnum):
    """The word that Prefect's own command line allows after `run`; it changes nothing."""

    CLOUD = "cloud"


def run(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option("--name", "-n", help="The flow's name.", show_default=False)],
    _spelling: Annotated[Spelling | None, typer.Argument(metavar="cloud", hidden=True)] = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--project", "-p", help="The flow's project; needed if several have a flow of that name."
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter; JSON where it reads as JSON, else text."),
    ] = None,
    params_file: Annotated[
        Path | None, typer.Option(help="A file with a JSON object of parameters, - for stdin; --param wins.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When to start, in ISO 8601; without an offset UTC.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key: within 24 hours it makes one run, however often used."),
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label; may be given often.")] = None,
    run_name: Annotated[str | None, typer.Option(help="The run's own name; default: one is made up.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show the run's states until it ends.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the run as JSON, after it ended.")] = False,
) -> None:
    """Create a run of a flow.

    The run is of the flow's newest version; given parameters override the flow's defaults.
    """
    parameters, start = parameters_from(param or [], params_file), time_from(at)
    with session(context).client() as client:
        flow_run_id = client.create_flow_run(
            client.find_flow(name, project).id,
            parameters=parameters,
            labels=label,
            run_name=run_name,
            scheduled_start_time=start,
            idempotency_key=key,
        )
        # Progress goes to stderr with --json, because stdout is one JSON document then.
        progress = stderr() if json else stdout()
        progress.print(f"Flow Run ID: {flow_run_id}", soft_wrap=True)
        code = follow(client, flow_run_id, progress) if watch else 0
        if json:
            print_json(client.get_flow_run_info(flow_run_id))
    raise typer.Exit(code)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog=f"{_EXAMPLES}\n{HELP}")(run)
