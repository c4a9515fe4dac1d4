"""`flow-runs schedule` and its commands."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from flow_runs.cli import backfills, schedule_rules
from flow_runs.cli.exit_codes import ExitCode
from flow_runs.cli.following import follow
from flow_runs.cli.inputs import (
    json_object,
    seconds_from,
    time_from,
    time_or_ago_from,
    time_or_ahead_from,
)
from flow_runs.cli.schedule_rules import Cron, Exclude, FlowName, Interval, MostRuns, Project, Spread, Zone
from flow_runs.cli.schedule_tables import PREVIEWED, SCHEDULES, SKIPPED, show_schedule
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import print_json, print_json_list

_FEW: Final = 20
_LAST: Final = 5
_LATE: Final = "0s", schedule_rules.LATE[1]
_LONGEST_NOTE: Final = 1_000
_LONGEST_NAME: Final = 200
_PREVIEW_EXAMPLES: Final = """Examples:

flow-runs schedule preview Nightly --limit 5

flow-runs schedule preview --cron "30 2 * * *" --timezone Europe/Berlin --after 2026-10-24"""
_PAUSE_EXAMPLES: Final = """Examples:

flow-runs schedule pause Nightly --until 2h --note "The database moves." --by Ada"""
_CLEAR_EXAMPLES: Final = """Examples:

flow-runs schedule clear-late --project Reports --late-after 1h --dry-run"""
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]


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


def preview(
    context: typer.Context,
    flow: Annotated[
        str | None,
        typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False),
    ] = None,
    project: Project = None,
    *,
    file: Annotated[
        Path | None, typer.Option(help="A file with a serialized schedule as JSON, - for stdin.")
    ] = None,
    cron: Cron = None,
    interval: Interval = None,
    timezone: Zone = None,
    exclude: Exclude = None,
    spread: Spread = None,
    max_runs: MostRuns = None,
    after: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only what is due after this time; default: now.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 10,
    json: AsJson = False,
) -> None:
    """Show what comes next.

    Each time is shown in its zone and in UTC, with a remark if the clocks change, if the spread moves it, or
    if it will be skipped. Also for a schedule that is not saved. A given schedule takes the place of the
    flow's, and given rules the place of all of its rules.
    """
    given = _schedule(file, cron, seconds_from(interval, "--interval", schedule_rules.INTERVALS), timezone)
    if flow is None and given is None:
        raise typer.BadParameter("give a flow, --cron, --interval or --file.", param_hint="FLOW")
    rules = schedule_rules.rules_from(exclude=exclude, spread=spread, max_runs=max_runs)
    with session(context).client() as client:
        group_id = None if flow is None else client.find_flow_group(flow, project)
        # The parts of a file, and of the flow's own schedule, have no options.
        with nullcontext() if given is None or file is not None else schedule_rules.in_words_of_options():
            found = client.preview_schedule(
                group_id, schedule=given, rules=rules or None, after=time_from(after, "--after"), limit=limit
            )
    if json:
        print_json_list(found)
    else:
        PREVIEWED.show(stdout(), found)


def skipped(
    context: typer.Context,
    flow: Annotated[
        str | None,
        typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False),
    ] = None,
    project: Project = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Only due then or later: ISO 8601, without an offset UTC; or 15m, 2h, 3d ago.",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only due then or earlier.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = _FEW,
    json: AsJson = False,
) -> None:
    """List what did not run, and why.

    The last one comes first: of one schedule, or of all.
    """
    now = datetime.now(UTC)
    first, last = time_or_ago_from(since, "--since", now), time_or_ago_from(until, "--until", now)
    with session(context).client() as client:
        group_id = None if flow is None else client.find_flow_group(flow, project)
        found = client.list_skipped(group_id, since=first, until=last, limit=limit)
    if json:
        print_json_list(found)
    else:
        SKIPPED.show(stdout(), found)


def clear_late(
    context: typer.Context,
    flow: Annotated[
        str | None,
        typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option("--project", "-p", help="The flow's project; without a flow, all flows of the project."),
    ] = None,
    *,
    late_after: Annotated[
        str, typer.Option(metavar="SPAN", help="Only runs that are due for so long: 15m, 2h, 3d.")
    ] = "0",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the count as JSON.")] = False,
) -> None:
    """Close late runs as skipped.

    Late are runs of schedules that are due, and that no agent has begun. Look with --dry-run first.
    """
    if flow is None and project is None:
        raise typer.BadParameter("give a flow or --project.", param_hint="FLOW")
    seconds = seconds_from(late_after, "--late-after", _LATE) or 0
    with session(context).client() as client:
        group_id = None if flow is None else client.find_flow_group(flow, project)
        found = client.clear_late_runs(
            group_id, project=project if flow is None else None, late_after=seconds, dry_run=dry_run
        )
    if json:
        print_json(found)
        return
    more = "More than " if found.left else ""
    one = found.count == 1 and not more
    stdout().print(
        f"{more}{found.count:,} late {'run' if one else 'runs'} {'found' if dry_run else 'closed'}."
    )


def _schedule(
    file: Path | None, cron: str | None, interval: int | None, timezone: str | None
) -> dict[str, Any] | None:
    """Return the serialized schedule that the options give; None if they give none."""
    if file is not None and (cron is not None or interval is not None):
        raise typer.BadParameter("give a file, or --cron and --interval.", param_hint="--file")
    if file is not None:
        return json_object(file, "--file")
    if timezone is not None and cron is None:
        raise typer.BadParameter("it belongs to --cron.", param_hint="--timezone")
    clocks: list[dict[str, Any]] = []
    if cron is not None:
        # The start of a cron clock says in which zone it runs, and nothing else if it is long past.
        start = {"dt": "2000-01-01T00:00:00", "tz": timezone or "UTC"}
        clocks.append({"type": "CronClock", "cron": cron, "start_date": start})
    if interval is not None:
        begin = {"dt": datetime.now(UTC).isoformat(timespec="seconds")}
        clocks.append({"type": "IntervalClock", "interval": interval * 1_000_000, "start_date": begin})
    return {"type": "Schedule", "clocks": clocks} if clocks else None


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_schedules)
    group.command()(show)
    schedule_rules.add_to(group)
    group.command(epilog=_PAUSE_EXAMPLES)(pause)
    group.command()(resume)
    group.command(epilog=_PREVIEW_EXAMPLES)(preview)
    group.command()(trigger)
    backfills.add_to(group)
    group.command()(skipped)
    group.command("clear-late", epilog=_CLEAR_EXAMPLES)(clear_late)
    app.add_typer(group, name="schedule", help="Show, change, pause and trigger the schedules of flows.")
