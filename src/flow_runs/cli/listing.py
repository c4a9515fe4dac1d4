"""`flow-runs list`, `flow-runs flows`, `flow-runs projects` and `flow-runs agents`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from flow_runs.cli.lists import AGENTS, FLOWS, PROJECTS, RUNS, Item, Listing
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import print_json_list
from flow_runs.cli.times import time_or_ago_from

_FEW: Final = 20
_EXAMPLES: Final = """Examples:

flow-runs list --flow Nightly --state Failed --since 3d

flow-runs list --label gpu --since "2026-01-31 08:00:00" --until 2h --all --json

flow-runs list --key order-4711"""

AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]


def list_runs(
    context: typer.Context,
    *,
    flow: Annotated[str | None, typer.Option(help="Only of this flow's name.")] = None,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="Only of this project's name.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state, such as Running.")] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="Only runs of this name.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Only with this label; with all of them if given often.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only created then or later: ISO 8601, without an offset UTC; or 15m, 2h, 3d ago.",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only created then or earlier.")] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The runs for which an idempotency key stands, in any flow."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help=f"At most so many.  [default: {_FEW}]", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them, however many.")] = False,
    json: AsJson = False,
) -> None:
    """List runs, the newest first.

    In a pipe they are tab-separated lines.
    """
    if everything and limit is not None:
        raise typer.BadParameter("it has no limit, so give either --all or --limit.", param_hint="--all")
    if key is not None:
        if everything or any(
            given for given in (flow, project, state, name, label, since, until, limit) if given is not None
        ):
            raise typer.BadParameter("a key leads to its runs, so give nothing else.", param_hint="--key")
        with session(context).client() as client:
            _show(RUNS, client.iter_flow_runs_of_key(key), json=json)
        return
    now = datetime.now(UTC)
    first, last = time_or_ago_from(since, "--since", now), time_or_ago_from(until, "--until", now)
    with session(context).client() as client:
        if everything:
            runs = client.iter_flow_runs(
                flow=flow, project=project, state=state, name=name, label=label, since=first, until=last
            )
            _show(RUNS, runs, json=json)
        else:
            newest = client.list_flow_runs(
                flow, project, state, limit or _FEW, name=name, label=label, since=first, until=last
            )
            _show(RUNS, newest, json=json)


def list_flows(
    context: typer.Context,
    *,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="Only of this project's name.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="Only of this name.")] = None,
    all_versions: Annotated[bool, typer.Option("--all-versions", help="Archived versions too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    json: AsJson = False,
) -> None:
    """List flows by project and name."""
    with session(context).client() as client:
        _show(FLOWS, client.list_flows(project, name, limit, all_versions=all_versions), json=json)


def list_projects(context: typer.Context, *, json: AsJson = False) -> None:
    """List all projects, with the number of flows in each."""
    with session(context).client() as client:
        _show(PROJECTS, client.list_projects(), json=json)


def list_agents(context: typer.Context, *, json: AsJson = False) -> None:
    """List all agents, with the time at which each polled last."""
    with session(context).client() as client:
        _show(AGENTS, client.list_agents(), json=json)


def _show(listing: Listing[Item], items: Iterable[Item], *, json: bool) -> None:
    if json:
        print_json_list(items)
    else:
        listing.show(stdout(), items)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command("list", epilog=_EXAMPLES)(list_runs)
    app.command("flows")(list_flows)
    app.command("projects")(list_projects)
    app.command("agents")(list_agents)
