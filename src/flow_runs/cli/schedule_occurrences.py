"""The commands that list occurrences of schedules: those to come, and those that did not run."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from flow_runs.cli import schedule_options, schedule_rules
from flow_runs.cli.inputs import json_object
from flow_runs.cli.schedule_options import Cron, Exclude, Interval, MostRuns, Project, Spread, Zone
from flow_runs.cli.schedule_tables import PREVIEWED, SKIPPED
from flow_runs.cli.session import session, stdout
from flow_runs.cli.text import print_json_list
from flow_runs.cli.times import seconds_from, time_from, time_or_ago_from

_FEW: Final = 20
PREVIEW_EXAMPLES: Final = """Examples:

flow-runs schedule preview Nightly --limit 5

flow-runs schedule preview --cron "30 2 * * *" --timezone Europe/Berlin --after 2026-10-24"""

AnyFlow = Annotated[
    str | None,
    typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]


def preview(
    context: typer.Context,
    flow: AnyFlow = None,
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
    given = _schedule(file, cron, seconds_from(interval, "--interval", schedule_options.INTERVALS), timezone)
    if flow is None and given is None:
        raise typer.BadParameter("give a flow, --cron, --interval or --file.", param_hint="FLOW")
    rules = schedule_options.rules_from(exclude=exclude, spread=spread, max_runs=max_runs)
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
    flow: AnyFlow = None,
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
