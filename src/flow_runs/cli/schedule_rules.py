"""`flow-runs schedule set`: the rules and the times of a schedule."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Final

import typer

from flow_runs.cli.schedule_options import (
    INTERVALS,
    MOST_FAILURES,
    CatchUp,
    Cron,
    Exclude,
    FlowName,
    Interval,
    MostRuns,
    Overlap,
    Project,
    Spread,
    Zone,
    rules_from,
)
from flow_runs.cli.schedule_tables import show_schedule
from flow_runs.cli.session import session, stdout
from flow_runs.cli.times import seconds_from
from flow_runs.errors import BadUserInputError, NotFoundError

_EXAMPLES: Final = """Examples:

flow-runs schedule set Nightly -p Reports --overlap skip --late-after 1h --exclude 2026-12-24

flow-runs schedule set Nightly --cron "30 2 * * *" --timezone Europe/Berlin --active

flow-runs schedule set Nightly --off overlap --off exclude"""


class Rule(StrEnum):
    """A rule that can be switched off, by the name of its option."""

    OVERLAP = "overlap"
    LATE_AFTER = "late-after"
    CATCH_UP = "catch-up"
    CATCH_UP_WINDOW = "catch-up-window"
    PAUSE_AFTER = "pause-after"
    SPREAD = "spread"
    EXCLUDE = "exclude"
    MAX_RUNS = "max-runs"


# The service's names of the rules whose options have other ones.
_NAMES: Final = {Rule.PAUSE_AFTER: "pause_after_failures", Rule.EXCLUDE: "excluded_dates"}

# The options that give what the service names so in its errors.
_OPTIONS: Final = {
    "cron": "--cron",
    "tz": "--timezone",
    "interval": "--interval",
    **{_NAMES.get(rule, rule.replace("-", "_")): f"--{rule.value}" for rule in Rule},
}


def set_schedule(
    context: typer.Context,
    flow: FlowName,
    project: Project = None,
    *,
    overlap: Annotated[
        Overlap | None, typer.Option(help="What a run does while another one of the schedule is not over.")
    ] = None,
    late_after: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Skip a run that has not begun so long after its time.")
    ] = None,
    catch_up: Annotated[
        CatchUp | None, typer.Option(help="Which occurrences run that were missed while nothing looked.")
    ] = None,
    catch_up_window: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How far back --catch-up looks.")
    ] = None,
    pause_after: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_FAILURES, help="Pause the schedule after so many failed runs in a row."),
    ] = None,
    spread: Spread = None,
    exclude: Exclude = None,
    max_runs: MostRuns = None,
    off: Annotated[list[Rule] | None, typer.Option(help="Switch this rule off; may be given often.")] = None,
    cron: Cron = None,
    interval: Interval = None,
    timezone: Zone = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Switch the schedule on or off.")
    ] = None,
) -> None:
    """Change the rules and the times of a schedule.

    Rules that are not named stay. A cron expression or an interval replaces the schedule of the flow.
    Spans are 90s, 15m, 2h, 3d or 1w.
    """
    rules = rules_from(
        overlap=overlap,
        late_after=late_after,
        catch_up=catch_up,
        catch_up_window=catch_up_window,
        pause_after=pause_after,
        spread=spread,
        exclude=exclude,
        max_runs=max_runs,
    )
    for rule in off or ():
        name = _NAMES.get(rule, rule.replace("-", "_"))
        if rules.get(name) is not None:
            raise typer.BadParameter(f"{rule.value} is switched off and given as well.", param_hint="--off")
        rules[name] = None
    seconds = seconds_from(interval, "--interval", INTERVALS)
    has_times = cron is not None or seconds is not None
    if timezone is not None and not has_times:
        raise typer.BadParameter("it belongs to --cron or --interval.", param_hint="--timezone")
    if not rules and not has_times and active is None:
        raise typer.BadParameter("give a rule, --cron, --interval, --active or --inactive.")
    with session(context).client() as client:
        group_id = client.find_flow_group(flow, project)
        with in_words_of_options():
            if rules:
                client.set_schedule_rules(group_id, rules)
            if has_times:
                client.set_schedule(group_id, cron=cron, interval=seconds, timezone=timezone)
        if active is not None:
            is_found = client.set_schedule_active(client.current_flow_id(group_id), active=active)
            if not is_found:
                raise NotFoundError("The flow has no schedule. Give it one by --cron or --interval.")
        try:
            show_schedule(stdout(), client.get_schedule(group_id), [])
        except NotFoundError:
            stdout().print("Set. The schedule was never switched on.")


@contextmanager
def in_words_of_options() -> Iterator[None]:
    """Let an error of the service that names a part of a schedule name the option that gave it."""
    try:
        yield
    except BadUserInputError as error:
        part = str(error.extensions.get("field")).rpartition(".")[2].partition("[")[0]
        if part not in _OPTIONS or "reason" not in error.extensions:
            raise
        raise typer.BadParameter(error.extensions["reason"], param_hint=_OPTIONS[part]) from None


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("set", epilog=_EXAMPLES)(set_schedule)
