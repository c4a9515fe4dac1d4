"""The options of rules and clocks, which several commands of schedules share."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from flow_runs.cli.times import days_from, seconds_from


class Overlap(StrEnum):
    """What a run does while another one of the schedule is not over."""

    ALLOW = "allow"
    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"


class CatchUp(StrEnum):
    """Which missed occurrences get runs."""

    NONE = "none"
    LAST = "last"
    ALL = "all"


# The bounds of the service, so that a value beyond them is refused with the name of its option.
INTERVALS: Final = "1m", "36500d"
LATE: Final = "1s", "365d"
WINDOWS: Final = "1s", "31d"
SPREADS: Final = "0s", "1d"
MOST_FAILURES: Final = 1_000
MOST_RUNS: Final = 1_000_000_000

FlowName = Annotated[
    str, typer.Argument(help="The flow's name, or the id of the flow or its group.", show_default=False)
]
Project = Annotated[
    str | None,
    typer.Option("--project", "-p", help="The flow's project; needed if several have a flow of that name."),
]
Cron = Annotated[str | None, typer.Option(metavar="EXPRESSION", help="A cron expression.")]
Interval = Annotated[
    str | None,
    typer.Option(metavar="SPAN", help="An interval that begins now, such as 15m; a minute at least."),
]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="The time zone, such as Europe/Berlin.  [default: UTC]")
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DATE", help="A day on which nothing runs, such as 2026-12-24; if given often, all of them."
    ),
]
Spread = Annotated[
    str | None, typer.Option(metavar="SPAN", help="Move the schedule by an offset of its own within this.")
]
MostRuns = Annotated[
    int | None, typer.Option(min=1, max=MOST_RUNS, help="After so many runs the schedule ends.")
]


def rules_from(
    *,
    overlap: Overlap | None = None,
    late_after: str | None = None,
    catch_up: CatchUp | None = None,
    catch_up_window: str | None = None,
    pause_after: int | None = None,
    spread: str | None = None,
    exclude: list[str] | None = None,
    max_runs: int | None = None,
) -> dict[str, Any]:
    """Return the rules of the options that were given, by the service's names."""
    given = {
        "overlap": overlap and overlap.value,
        "late_after": seconds_from(late_after, "--late-after", LATE),
        "catch_up": catch_up and catch_up.value,
        "catch_up_window": seconds_from(catch_up_window, "--catch-up-window", WINDOWS),
        "pause_after_failures": pause_after,
        "spread": seconds_from(spread, "--spread", SPREADS),
        "excluded_dates": days_from(exclude, "--exclude") or None,
        "max_runs": max_runs,
    }
    return {name: value for name, value in given.items() if value is not None}
