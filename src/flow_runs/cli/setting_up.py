"""`flow-runs create-project` and `flow-runs register`."""

from pathlib import Path
from typing import Annotated

import typer

from flow_runs.cli.inputs import json_object
from flow_runs.cli.session import session

_EXAMPLES = """Examples:

echo '{"name": "My Flow Name"}' > flow.json

flow-runs register flow.json --project "Hello, World!"
"""


def create_project(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The project's name.", show_default=False)],
    description: Annotated[str | None, typer.Option(help="The purpose of the project.")] = None,
) -> None:
    """Create a project and print its id."""
    with session(context).client() as client:
        typer.echo(client.create_project(name, description))


def register(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A file with a serialized flow as JSON, - for stdin.", show_default=False)
    ],
    project: Annotated[
        str, typer.Option("--project", "-p", help="The project's name or id.", show_default=False)
    ],
    key: Annotated[
        str | None, typer.Option(help="Registers nothing if the flow's last version had the same key.")
    ] = None,
) -> None:
    """Register a flow and print its id.

    The flow becomes the next version under its name; earlier versions are archived.
    """
    flow = json_object(file, "FILE")
    with session(context).client() as client:
        typer.echo(client.register_flow(project, flow, idempotency_key=key))


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("create-project")(create_project)
    app.command(epilog=_EXAMPLES)(register)
