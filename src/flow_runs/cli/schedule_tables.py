"""The lists of schedules, of times to come and of skipped ones: tables on a terminal, lines in a pipe."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from flow_runs.backfills import BackfillInfo
from flow_runs.cli.lists import Listing
from flow_runs.cli.tables import grid, show_lines
from flow_runs.cli.text import compact_json, instant, one_line
from flow_runs.schedules import PreviewedOccurrence, ScheduleInfo, SkippedOccurrence
from flow_runs.times import read_time

_STYLES: Final = {"active": "green", "at fault": "red", "paused": "yellow", "off": "dim"}


def _state(schedule: ScheduleInfo) -> str:
    if not schedule.is_active:
        return "off"
    if schedule.fault is not None:
        return "at fault"
    return "active" if schedule.pause is None else "paused"


def _rules(schedule: ScheduleInfo) -> str:
    return ", ".join(f"{name} {_rule(value)}" for name, value in schedule.rules.items())


def _rule(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


SCHEDULES: Final[Listing[ScheduleInfo]] = Listing(
    "No schedules.",
    {
        "FLOW": lambda schedule: schedule.flow_name,
        "PROJECT": lambda schedule: schedule.project_name,
        "STATE": _state,
        "NEXT RUN": lambda schedule: instant(schedule.next_run),
        "RULES": _rules,
        "FLOW GROUP": lambda schedule: schedule.flow_group_id,
    },
    lambda schedule, column: _STYLES[_state(schedule)] if column == "STATE" else "",
)
SKIPPED: Final[Listing[SkippedOccurrence]] = Listing(
    "Nothing was skipped.",
    {
        "TIME": lambda skipped: instant(skipped.scheduled_time),
        "FLOW": lambda skipped: skipped.flow_name,
        "REASON": lambda skipped: skipped.reason,
        "MESSAGE": lambda skipped: skipped.message,
        "RUN": lambda skipped: skipped.flow_run_id,
    },
    lambda _skipped, column: "yellow" if column == "REASON" else "",
)
BACKFILLS: Final[Listing[BackfillInfo]] = Listing(
    "No backfills.",
    {
        "CREATED": lambda backfill: instant(backfill.created),
        "FLOW": lambda backfill: backfill.flow_name,
        "STATUS": lambda backfill: backfill.status,
        "FIRST": lambda backfill: instant(backfill.first),
        "LAST": lambda backfill: instant(backfill.last),
        "TAKEN": lambda backfill: f"{backfill.taken:,} of {backfill.count:,}",
        "UNFINISHED": lambda backfill: backfill.unfinished,
        "ID": lambda backfill: backfill.id,
        "FAULT": lambda backfill: backfill.fault,
    },
    lambda backfill, column: "red" if column in ("STATUS", "FAULT") and backfill.fault else "",
)
PREVIEWED: Final[Listing[PreviewedOccurrence]] = Listing(
    "Nothing comes.",
    {
        "LOCAL TIME": lambda found: found.local_time and found.local_time.strftime("%a %Y-%m-%d %H:%M:%S %z"),
        "ZONE": lambda found: found.time_zone,
        "UTC": lambda found: found.time and found.time.strftime("%Y-%m-%d %H:%M:%S"),
        "CLOCK": lambda found: found.clock,
        "SKIPPED": lambda found: found.reason,
        "REMARK": lambda found: found.remark,
    },
    lambda found, _column: "dim" if found.reason else "",
)


def show_schedule(console: Console, schedule: ScheduleInfo, skipped: Sequence[SkippedOccurrence]) -> None:
    """Show one schedule with the last of its occurrences that did not run."""
    facts = [(name, value) for name, value in _facts(schedule) if value]
    notes = [
        (instant(each.scheduled_time), each.reason, one_line(each.message), each.flow_run_id or "")
        for each in skipped
    ]
    if not console.is_terminal:
        show_lines([*facts, *(("skipped", *cells) for cells in notes)])
        return
    console.print(grid((Text(name, style="bold"), Text(value)) for name, value in facts))
    if notes:
        console.print("\nSkipped:")
        console.print(
            grid(
                (Text(time), Text(reason, style="yellow"), Text(message), Text(run, style="dim"))
                for time, reason, message, run in notes
            )
        )


def _facts(schedule: ScheduleInfo) -> Iterator[tuple[str, str]]:
    version = f" (version {schedule.flow_version})" if schedule.flow_version else ""
    yield "flow", one_line(f"{schedule.flow_name}{version}")
    yield "project", one_line(schedule.project_name)
    yield "flow group", schedule.flow_group_id
    yield "state", _state(schedule)
    yield "fault", one_line(schedule.fault)
    yield "failed in a row", str(schedule.failures or "")
    yield "next run", instant(schedule.next_run)
    pause = schedule.pause or {}
    for name in ("since", "until"):
        yield f"paused {name}", instant(read_time(pause.get(name)))
    yield "paused by", one_line(pause.get("by"))
    yield "note", one_line(pause.get("note"))
    for name, value in schedule.rules.items():
        yield name, _rule(value)
    yield "schedule", one_line(compact_json(schedule.schedule)) if schedule.schedule else ""
