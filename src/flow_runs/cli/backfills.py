"""`flow-runs schedule backfill` and the commands beside it: runs for the past of a schedule."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import typer

from flow_runs.cli.inputs import id_from
from flow_runs.cli.schedule_options import FlowName, Project
from flow_runs.cli.schedule_tables import BACKFILLS
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import instant, print_json, print_json_list
from flow_runs.cli.times import is_relative, time_or_ago_from

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
        str | None, typer.Option(metavar="TIME", help="The end of the range; default: the last full minute.")
    ] = None,
    at_once: Annotated[
        int, typer.Option(min=1, max=100, help="How many runs may be unfinished at a time.")
    ] = 1,
    newest_first: Annotated[bool, typer.Option("--newest-first", help="Begin with the last one.")] = False,
    repeat: Annotated[
        Repeat, typer.Option(help="Those without a run, also those whose newest run failed, or all.")
    ] = Repeat.MISSING,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: stands for one backfill, whose values cannot change.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count the runs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make runs for the past of a schedule.

    Look with --dry-run first. The same range and options again make nothing twice. A range that ends now, or
    with a relative --first or --last, differs each minute: a repeat is then another backfill. With --key such
    a repeat is refused.
    """
    begin, end = _range(first, last)
    is_relative_range = last is None or is_relative(last) or is_relative(first)
    if repeat is Repeat.ALL and is_relative_range and key is None and not dry_run:
        raise typer.BadParameter(
            "all runs would be made again with each repeat of this command, because its range changes each "
            "minute. Give --first and --last as times, or --key.",
            param_hint="--repeat",
        )
    with session(context).client() as client:
        found = client.create_backfill(
            client.find_flow_group(flow, project),
            begin,
            end,
            at_once=at_once,
            newest_first=newest_first,
            repeat=repeat.value,
            dry_run=dry_run,
            idempotency_key=key,
        )
    if json:
        print_json({**asdict(found), "first": begin, "last": end})
        return
    runs = f"{found.count:,} {'run' if found.count == 1 else 'runs'}"
    if dry_run:
        span = f", from {instant(found.first_time)} to {instant(found.last_time)}" if found.count else ""
        stdout().print(f"{runs}{span}, about {found.write_units:,} write units.", soft_wrap=True)
    else:
        stdout().print(f"Backfill ID: {found.id}", soft_wrap=True)
        stdout().print(f"{found.made:,} of {runs} made, {found.status}.")
    stdout().print(f"Range: --first {_written(begin)} --last {_written(end)}", soft_wrap=True)


def _range(first: str, last: str | None) -> tuple[datetime, datetime]:
    """Return the range that the options give. What is relative counts from the full minute."""
    now = datetime.now(UTC)
    minute = now.replace(second=0, microsecond=0)
    begin = time_or_ago_from(first, "--first", minute) or minute
    end = time_or_ago_from(last, "--last", minute) or minute
    for option, text, time in (("--first", first, begin), ("--last", last, end)):
        if time > now:
            raise typer.BadParameter(
                f"{text!r} is in the future, where the schedule itself makes the runs.", param_hint=option
            )
    if begin > end:
        until = "the last full minute" if last is None else f"--last {last!r}"
        raise typer.BadParameter(f"{first!r} is after {until}.", param_hint="--first")
    return begin, end


def _written(time: datetime) -> str:
    """Return a time as the options take it."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
    known = id_from(backfill_id, "BACKFILL_ID")
    with session(context).client() as client:
        client.stop_backfill(known)
    stdout().print("Stopped.")


def go_on(context: typer.Context, backfill_id: BackfillId) -> None:
    """Let a stopped backfill go on."""
    known = id_from(backfill_id, "BACKFILL_ID")
    with session(context).client() as client:
        client.continue_backfill(known)
    stdout().print("Continued.")


def add_to(group: typer.Typer) -> None:
    """Register the commands."""
    group.command(epilog=_EXAMPLES)(backfill)
    group.command()(backfills)
    group.command("stop-backfill")(stop)
    group.command("continue-backfill")(go_on)
