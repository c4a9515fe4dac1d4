"""`flow-runs schedule` and its commands."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from flow_runs.cli import backfills, late_runs, schedule_occurrences, schedule_rules
from flow_runs.cli.exit_codes import ExitCode
from flow_runs.cli.following import follow
from flow_runs.cli.schedule_occurrences import AsJson
from flow_runs.cli.schedule_options import FlowName, Project
from flow_runs.cli.schedule_tables import SCHEDULES, show_schedule
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import print_json, print_json_list
from flow_runs.cli.times import time_or_ahead_from

_LAST: Final = 5
_LONGEST_NOTE: Final = 1_000
_LONGEST_NAME: Final = 200
_PAUSE_EXAMPLES: Final = """Examples:

flow-runs schedule pause Nightly --until 2h --note "The database moves." --by Ada"""


def list_schedules(
    context: typer.Context,
    *,
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="Only of this project's name.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    json: AsJson = False,
) -> None:
    """List schedules by their flows' names.

    A schedule that was never switched on is not among them.
    """
    with session(context).client() as client:
        found = client.list_schedules(project, limit=limit)
    if json:
        print_json_list(found)
    else:
        SCHEDULES.show(stdout(), found)


def show(
    context: typer.Context,
    flow: FlowName,
    project: Project = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the schedule as JSON.")] = False,
) -> None:
    """Show a schedule, and what it skipped last."""
    with session(context).client() as client:
        found = client.get_schedule(client.find_flow_group(flow, project))
        if json:
            print_json(found)
        else:
            show_schedule(stdout(), found, client.list_skipped(found.flow_group_id, limit=_LAST))


def pause(
    context: typer.Context,
    flow: FlowName,
    project: Project = None,
    *,
    note: Annotated[str | None, typer.Option("--note", "-m", help="Why the schedule is paused.")] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When it goes on by itself: ISO 8601, without an offset UTC; or 15m, 2h, 3d from now.",
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who pauses it.")] = None,
) -> None:
    """Pause a schedule.

    What is due meanwhile does not run, and is listed by `flow-runs schedule skipped`.
    """
    now = datetime.now(UTC)
    end = time_or_ahead_from(until, "--until", now)
    if end is not None and end <= now:
        raise typer.BadParameter(f"{until!r} is not in the future.", param_hint="--until")
    for option, text, most in (("--note", note, _LONGEST_NOTE), ("--by", by, _LONGEST_NAME)):
        if text is not None and len(text) > most:
            raise typer.BadParameter(f"it has more than {most:,} characters.", param_hint=option)
    with session(context).client() as client:
        client.pause_schedule(client.find_flow_group(flow, project), note=note, until=end, by=by)
    stdout().print("Paused." if end is None else f"Paused until {end.isoformat(timespec='seconds')}.")


def resume(context: typer.Context, flow: FlowName, project: Project = None) -> None:
    """Let a paused schedule go on."""
    with session(context).client() as client:
        client.resume_schedule(client.find_flow_group(flow, project))
    stdout().print("Resumed.")


def trigger(
    context: typer.Context,
    flow: FlowName,
    project: Project = None,
    *,
    clock: Annotated[
        int, typer.Option(min=0, help="The clock whose parameters, labels and run config the run gets.")
    ] = 0,
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key: within 24 hours it makes one run, however often used."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show the run's states until it ends.")] = False,
) -> None:
    """Create a run of a schedule now.

    The run has what a clock of the schedule gives to its runs; its id is printed.
    """
    with session(context).client() as client:
        group_id = client.find_flow_group(flow, project)
        flow_run_id = client.trigger_schedule(group_id, clock=clock, idempotency_key=key)
        stdout().print(f"Flow Run ID: {flow_run_id}", soft_wrap=True)
        code = follow(client, flow_run_id, stdout()) if watch else ExitCode.OK
    raise typer.Exit(code)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_schedules)
    group.command()(show)
    schedule_rules.add_to(group)
    group.command(epilog=_PAUSE_EXAMPLES)(pause)
    group.command()(resume)
    group.command(epilog=schedule_occurrences.PREVIEW_EXAMPLES)(schedule_occurrences.preview)
    group.command()(trigger)
    backfills.add_to(group)
    group.command()(schedule_occurrences.skipped)
    late_runs.add_to(group)
    app.add_typer(group, name="schedule", help="Show, change, pause and trigger the schedules of flows.")
