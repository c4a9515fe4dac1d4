"""Use cases that tell a schedule its rules, pause it and resume it: each is one write of the flow group."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.flows.flows import FlowGroup
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.rules import ScheduleRules
from operations.context import Context
from operations.flows.flow_groups import change_group
from operations.flows.schedules import keep_up_now


def set_rules(context: Context, flow_group_id: str, given: Mapping[str, Any]) -> bool:
    """Replace the given rules of a group's schedule; None switches a rule off, the others stay.

    Return False if there is no such group. Raises InvalidSchedule, PayloadTooLarge, ApiError.
    """
    ScheduleRules.read(dict(given), "")

    def changed(group: FlowGroup) -> FlowGroup:
        rules = ScheduleRules.read({**(group.schedule_rules or {}), **given}, "")
        return replace(group, schedule_rules=rules.as_json() or None)

    return _change(context, flow_group_id, changed)


def pause(
    context: Context, flow_group_id: str, *, until: datetime | None, by: str | None, note: str | None
) -> bool:
    """Pause a group's schedule, until a time or until it is resumed. Return False if there is no such group.

    A schedule that is paused stays so since then, with the new end, name and note. Raises InvalidSchedule,
    ApiError.
    """
    new = Pause.new(context.now(), until=until, by=by, note=note)

    def changed(group: FlowGroup) -> FlowGroup:
        before = None if group.schedule_pause is None else Pause.read(group.schedule_pause)
        since = before.since if before is not None and before.holds(new.since) else new.since
        return replace(group, schedule_pause=replace(new, since=since).as_json())

    return _change(context, flow_group_id, changed)


def resume(context: Context, flow_group_id: str) -> bool:
    """End the pause of a group's schedule, if it has one. Return False if there is no such group."""
    return _change(context, flow_group_id, lambda group: replace(group, schedule_pause=None))


def _change(context: Context, flow_group_id: str, changed: Callable[[FlowGroup], FlowGroup]) -> bool:
    # What is due already is decided by what the schedule was told before.
    keep_up_now(context, flow_group_id)
    is_found = change_group(context, flow_group_id, changed)
    if is_found:
        keep_up_now(context, flow_group_id)
    return is_found
