"""Use cases that switch a flow's schedule on and off, and replace it for all versions of the flow."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from domain.errors import ApiError, BadUserInput
from domain.flows.flows import Flow, FlowGroup
from domain.flows.run_defaults import default_parameters, required_parameters
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from domain.sizes import KEPT_OF_GROUP, check_kept, json_text
from operations.context import Context
from operations.flows.finding import get_flow, group_of
from operations.flows.flow_groups import change_group

if TYPE_CHECKING:
    from domain.schedules.schedules import Schedule

GROUP_SCHEDULE: Final = "schedule"
# The units of work of a look at a schedule, and of each clock in it.
_LOOK: Final = 5_000
_CLOCK: Final = 2_000
_RULE: Final = 50_000
_MOST_COUNTED: Final = 101


def read_schedule(serialized: object) -> "Schedule":
    """Return the schedule of its serialized form. Raises InvalidSchedule."""
    # Few requests need the calendar, so that starts do without it.
    from domain.schedules import schedules  # noqa: PLC0415

    return schedules.read_schedule(serialized)


def checked_schedule(serialized: object) -> "Schedule":
    """Return the schedule of its serialized form, if each clock names a time. Raises InvalidSchedule."""
    from domain.schedules import schedules  # noqa: PLC0415

    return schedules.checked_schedule(serialized)


def draw_schedule(context: Context, serialized: object) -> None:
    """Draw the reading of a schedule on the budget of the request. Raises TooMuchWork."""
    context.work.draw_change(units_of_schedule(serialized), "schedule")


def units_of_schedule(serialized: object) -> int:
    """Return the units of work to read a schedule and to look at its calendar.

    A schedule with more clocks than are counted is refused before any is read.
    """
    from domain.schedules.nested import RULE_CLOCK, clocks_in  # noqa: PLC0415

    clocks = islice(clocks_in(serialized), _MOST_COUNTED)
    return _LOOK + sum(_RULE if clock.get("type") == RULE_CLOCK else _CLOCK for clock in clocks)


def set_schedule_active(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule on. Return False if neither the flow nor its group has a schedule.

    Raises NotFound, BadUserInput for a schedule that cannot be read or a required parameter that nothing
    supplies, ApiError.
    """
    flow = get_flow(context, flow_id)
    group = group_of(context, flow)
    serialized = group.schedule or flow.outline.get("schedule")
    if not serialized:
        return False
    draw_schedule(context, serialized)
    check_parameters(flow, checked_schedule(serialized))
    # Who changes the group or its current flow from now on also touches the record of the schedule.
    change_group(context, group.id, lambda now: replace(now, is_scheduled=True))
    is_found = context.store.schedules.set_active(flow_id, group.id, context.now(), active=True)
    keep_up_now(context, group.id)
    return is_found


def set_schedule_inactive(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule off, if the flow has one. Return False if there is no such flow.

    Its runs that have not begun and that nobody has touched are removed.
    """
    for flow in context.store.flows.get([flow_id], with_outlines=False):
        if not flow.is_schedule_active:
            return True
        now = context.now()
        if not flow.archived:
            end_past(context, flow.flow_group_id, now)
        is_found = context.store.schedules.set_active(flow_id, flow.flow_group_id, now, active=False)
        keep_up_now(context, flow.flow_group_id)
        return is_found
    return False


def set_group_schedule(context: Context, flow_group_id: str, schedule: JsonObject | None) -> bool:
    """Let a schedule replace those of the flow's versions; None gives them back theirs.

    Return False if there is no such group. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    if schedule is not None:
        check_kept(json_text(schedule), GROUP_SCHEDULE, KEPT_OF_GROUP)
        draw_schedule(context, schedule)
        checked_schedule(schedule)
    for _ in range(ROUNDS):
        group = context.store.flows.group(flow_group_id)
        if group is None:
            return False
        now, author = context.now(), None if schedule is None else context.caller.author
        changed = replace(group, schedule=schedule, schedule_author=author, is_scheduled=True)
        if group.schedule != schedule and group.is_scheduled:
            end_past(context, group.id, now)
        if group.schedule == schedule or context.store.flow_groups.change(group, changed, now):
            keep_up_now(context, flow_group_id)
            return True
    raise changed_too_often(f"Flow group {flow_group_id}")


def check_parameters(flow: Flow, schedule: "Schedule") -> None:
    """Raise BadUserInput if a required parameter has no value in a run that a clock asks for."""
    given = {**default_parameters(flow), **flow.overrides.default_parameters}
    missing = sorted(
        {
            name
            for name in required_parameters(flow)
            for clock in schedule.clocks
            if name not in given and name not in clock.gifts.parameter_defaults
        }
    )
    if missing:
        raise BadUserInput(
            f"The schedule of flow {flow.name!r} cannot be switched on: a run of it would lack "
            f"{', '.join(missing)}. Give each clock parameter_defaults with "
            f"{'them' if len(missing) > 1 else 'it'}, or set default parameters of the flow group.",
            {"missing_parameters": missing},
        )


def can_be_active(flow: Flow, group: FlowGroup) -> bool:
    """Return True if a schedule that is registered as active can be switched on."""
    serialized = group.schedule or flow.outline.get("schedule")
    if not serialized:
        return False
    try:
        check_parameters(flow, read_schedule(serialized))
    except BadUserInput:
        return False
    return True


def end_past(context: Context, group_id: str, now: datetime) -> None:
    """Note what was due of a schedule that a change ends at `now`, and has no run because no tick came.

    As much as a request can. The change must be made also if that fails, because it may be the way out.
    """
    from operations.schedules.upkeep import keep_up  # noqa: PLC0415

    with suppress(ApiError):
        keep_up(context, group_id, lambda: context.work.may_go_on, ends=now)


def keep_up_now(context: Context, group_id: str) -> None:
    """Do what a schedule needs after a change, as far as a request can. A tick does the rest."""
    # Few requests change a schedule, so that starts do without the calendar.
    from operations.schedules.upkeep import keep_up  # noqa: PLC0415

    try:
        keep_up(context, group_id, lambda: context.work.may_go_on)
    except ApiError:
        return
