"""The command line, run against a service whose responses a test has queued."""

from typing import Any

from typer.testing import CliRunner

from flow_runs.cli.app import app
from flow_runs.cli.session import Session
from tests.unit.client.client_service import Service


def invoke(
    there: Service, *arguments: str, stdin: str | None = None, env: dict[str, str] | None = None
) -> Any:
    """Run `flow-runs <arguments>`, and return its exit_code, stdout and stderr."""
    session = Session(make_client=lambda **given: there.client(retries=1, **given))
    unset = {"FLOW_RUNS_URL": None, "FLOW_RUNS_TOKEN": None, "FLOW_RUNS_TENANT": None, "COLUMNS": "200"}
    return CliRunner().invoke(app, arguments, obj=session, input=stdin, env={**unset, **(env or {})})
