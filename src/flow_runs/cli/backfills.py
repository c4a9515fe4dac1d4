"""`flow-runs schedule backfill` and the commands beside it: runs for the past of a schedule."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer

from flow_runs.cli.inputs import time_or_ago_from
from flow_runs.cli.schedule_rules import FlowName, Project
from flow_runs.cli.schedule_tables import BACKFILLS
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import instant, print_json, print_json_list

_EXAMPLES: Final = """Examples:

flow-runs schedule backfill Nightly --first 7d --dry-run

flow-runs schedule backfill Nightly --first 2026-11-01 --last 2026-11-08 --at-once 4 --repeat failed"""
BackfillId = Annotated[str, typer.Argument(help="The backfill's id.", show_default=False)]


class Repeat(StrEnum):
    """Which occurrences run."""

    MISSING = "missing"
    FAILED = "failed"
    ALL = "all"


def backfill(
    context: typer.Context,
    flow: FlowName,
    project: Project = None,
    *,
    first: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="The beginning of the range: ISO 8601, without an offset UTC; or 15m, 2h, 3d ago.",
        ),
    ],
    last: Annotated[
        str | None, typer.Option(metavar="TIME", help="The end of the range; default: now.")
    ] = None,
    at_once: Annotated[
        int, typer.Option(min=1, max=100, help="How many runs may be unfinished at a time.")
    ] = 1,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="Begin with the last one.")] = False,
    repeat: Annotated[
        Repeat, typer.Option(help="Those without a run, also those whose newest run failed, or all.")
    ] = Repeat.MISSING,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: tells a backfill from one with the same values.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the runs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make runs for the past of a schedule.

    Look with --dry-run first. The same command again makes nothing twice.
    """
    now = datetime.now(UTC)
    begin, end = time_or_ago_from(first, "--first", now), time_or_ago_from(last, "--last", now)
    with session(context).client() as client:
        found = client.create_backfill(
            client.find_flow_group(flow, project),
            begin or now,
            end or now.replace(microsecond=0),
            at_once=at_once,
            newest_first=newest_first,
            repeat=repeat.value,
            dry_run=dry_run,
            idempotency_key=key,
        )
    if json:
        print_json(found)
        return
    runs = f"{found.count:,} {'run' if found.count == 1 else 'runs'}"
    if not dry_run:
        stdout().print(f"Backfill ID: {found.id}", soft_wrap=True)
        stdout().print(f"{found.made:,} of {runs} made, {found.status}.")
        return
    span = f", from {instant(found.first_time)} to {instant(found.last_time)}" if found.count else ""
    stdout().print(f"{runs}{span}, about {found.write_units:,} write units.", soft_wrap=True)


def backfills(
    context: typer.Context,
    flow: Annotated[
        str | None,
        typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False),
    ] = None,
    project: Project = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """List backfills with their progress, the newest first."""
    with session(context).client() as client:
        group_id = None if flow is None else client.find_flow_group(flow, project)
        found = client.list_backfills(group_id, limit)
    if json:
        print_json_list(found)
    else:
        BACKFILLS.show(stdout(), found)


def stop(context: typer.Context, backfill_id: BackfillId) -> None:
    """Let a backfill make no more runs.

    The runs that it has made stay.
    """
    with session(context).client() as client:
        client.stop_backfill(backfill_id)
    stdout().print("Stopped.")


def go_on(context: typer.Context, backfill_id: BackfillId) -> None:
    """Let a stopped backfill go on."""
    with session(context).client() as client:
        client.continue_backfill(backfill_id)
    stdout().print("Continued.")


def add_to(group: typer.Typer) -> None:
    """Register the commands."""
    group.command(epilog=_EXAMPLES)(backfill)
    group.command()(backfills)
    group.command("stop-backfill")(stop)
    group.command("continue-backfill")(go_on)
