"""Use cases that archive a version of a flow, and make an archived version the current one."""

from datetime import datetime, timedelta
from typing import Final

from domain.flows.flows import FlowGroup
from domain.ids import created_from_id, first_id_at
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flows.finding import get_flow, group_of
from operations.flows.schedules import end_past, keep_up_now

# No clock is further ahead, because a clock that shows another time zone's time is at most a day off.
MOST_AHEAD: Final = timedelta(days=1)


def archive_flow(context: Context, flow_id: str) -> None:
    """Archive a version of a flow, so that no run of it can be created. Raises NotFound, ApiError."""
    flows = context.store.flows
    for _ in range(ROUNDS):
        flow = get_flow(context, flow_id)
        group = flows.group(flow.flow_group_id)
        if flow.archived:  # maybe by a request that died before the schedule followed
            break
        ends = turning_point(context, flow.flow_group_id, context.now())
        if group is not None and group.is_scheduled:
            end_past(context, group.id, ends)
        if flows.archive(flow, group, ends):
            break
    else:
        raise changed_too_often(f"Flow {flow_id}")
    _keep_up(context, group)


def unarchive_flow(context: Context, flow_id: str) -> None:
    """Make a version of a flow the current one, of which runs are created; archive the former current one.

    Raises NotFound, PayloadTooLarge, ApiError.
    """
    group = None
    for _ in range(ROUNDS):
        flow = get_flow(context, flow_id)
        if not flow.archived:
            break
        now = context.now()
        turned, group = turning_point(context, flow.flow_group_id, now), group_of(context, flow)
        if group.is_scheduled:
            end_past(context, group.id, now)
        if context.store.flow_groups.unarchive(flow, group, now, turned):
            break
    else:
        raise changed_too_often(f"Flow {flow_id}")
    _keep_up(context, group)


def _keep_up(context: Context, group: FlowGroup | None) -> None:
    """Let the schedule follow its flow, if one was ever switched on."""
    if group is not None and group.is_scheduled:
        keep_up_now(context, group.id)


def turning_point(context: Context, flow_group_id: str, now: datetime) -> datetime:
    """Return the time from which new runs of a group belong to another version: now, or after its newest run.

    The runs of a version are a span of its group's runs in the order of creation. A slow clock here, or a
    fast clock that created a run, would put that run on the wrong side of now.
    """
    lists = context.store.run_lists
    later = lists.of_group(flow_group_id, first_id_at(now), first_id_at(now + MOST_AHEAD))
    newest = next(lists.ids(later, descending=True, first_page=1), None)
    return now if newest is None else max(now, created_from_id(newest))
