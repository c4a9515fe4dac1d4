"""The use case that shows what a schedule would do next. It writes nothing."""

from datetime import datetime
from itertools import islice
from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flows.flows import FlowGroup
from domain.json_types import JsonObject
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.preview import MOST_PREVIEWED, Preview, Previewed
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.schedules import read_schedule
from operations.context import Context
from operations.flows.finding import get_flow
from operations.flows.schedules import units_of_schedule

# The units of an event that a preview has examined.
_EVENT: Final = 40
# One preview alone is never too much for a request, whatever may be saved.
_MOST: Final = 380_000


def preview(
    context: Context,
    *,
    flow_group_id: str | None,
    schedule: JsonObject | None,
    rules: JsonObject | None,
    after: datetime | None,
    count: int,
) -> list[Previewed]:
    """Return the next occurrences of a group's schedule, or of one that is not saved, after a time or now.

    A given schedule, and given rules, take the place of the group's. There are fewer than `count` if the
    schedule ends, if its filters let hardly any pass, or if its times are rare. Raises NotFound,
    InvalidSchedule, TooMuchWork.
    """
    if not 1 <= count <= MOST_PREVIEWED:
        raise InvalidSchedule("limit", f"must be from 1 to {MOST_PREVIEWED}, not {count}.")
    group = None if flow_group_id is None else context.store.flows.group(flow_group_id)
    if flow_group_id is not None and group is None:
        raise NotFound(f"There is no flow group {flow_group_id}.")
    serialized = schedule or (None if group is None else _of_group(context, group))
    if not serialized:
        raise BadUserInput("Give a schedule, or the flow_group_id of a flow that has one.")
    units = units_of_schedule(serialized)
    context.work.draw(min(_MOST, units), "schedule_preview")
    given = ScheduleRules.read(rules if rules is not None or group is None else group.schedule_rules)
    stored = None if group is None else group.schedule_pause
    shown = Preview(
        schedule=read_schedule(serialized),
        rules=given,
        pause=None if stored is None else Pause.read(stored),
        name=flow_group_id,
        runs_left=_runs_left(context, flow_group_id, given.max_runs),
    )
    if schedule is not None:
        shown.schedule.check()
    look = shown.look()
    found: list[Previewed] = []
    try:
        found.extend(islice(shown.after(after or context.now(), look), count))
    except InvalidSchedule:
        if not found:
            raise
    examined = shown.look().left - look.left
    context.work.draw(min(max(0, _MOST - units), examined * _EVENT), "schedule_preview")
    return found


def _of_group(context: Context, group: FlowGroup) -> JsonObject | None:
    if group.schedule or group.current_flow_id is None:
        return group.schedule
    found: JsonObject | None = get_flow(context, group.current_flow_id).outline.get("schedule")
    return found


def _runs_left(context: Context, flow_group_id: str | None, most: int | None) -> int | None:
    """Return how many runs may be due from now on; None for any number."""
    if most is None or flow_group_id is None:
        return most
    record, now = context.store.schedules.get(flow_group_id), context.now()
    if record is None:
        return most
    return max(0, most - record.counted + sum(run.time > now for run in record.made))
