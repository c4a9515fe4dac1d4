"""Use cases of flows that are registered: unarchiving, moving between projects, switching schedules off."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from domain.errors import NotFound
from domain.flows.flows import Flow, FlowGroup
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flows.flows import get_flow
from operations.flows.turning_points import turning_point

# The newest so many versions follow their flow into another project.
MAX_MOVED: Final = 1_000


def unarchive_flow(context: Context, flow_id: str) -> None:
    """Make a version of a flow the one that runs are created of; the one that was it is archived.

    Raises NotFound, PayloadTooLarge, ApiError.
    """
    for _ in range(ROUNDS):
        flow = get_flow(context, flow_id)
        if not flow.archived:
            return
        now = context.now()
        turned = turning_point(context, flow.flow_group_id, now)
        if context.store.flow_groups.unarchive(flow, group_of(context, flow), now, turned):
            return
    raise changed_too_often(f"Flow {flow_id}")


def update_flow_project(context: Context, flow_id: str, project_id: str) -> None:
    """Move a flow with all its versions into another project; a repeat goes on where one was interrupted.

    Raises NotFound for an unknown flow or project, BadUserInput when that project has another flow of its
    name, ApiError. Where the project was deleted after an interruption, the flow stays where it was.
    """
    for _ in range(ROUNDS):
        group = group_of(context, get_flow(context, flow_id))
        if group.project_id != project_id:
            context.store.flow_groups.move(group, project_id)
        elif _bring_along(context, group):
            return
    raise changed_too_often(f"Flow {flow_id}")


def _bring_along(context: Context, group: FlowGroup) -> bool:
    """Put all versions of a group into its project, and its former names; False when it changed meanwhile.

    Raises NotFound when there is no such project any more: the group goes back to the versions elsewhere.
    """
    groups = context.store.flow_groups
    for name in groups.names(group):
        elsewhere = _elsewhere(context, group, name)
        try:
            have_moved = groups.move_versions(elsewhere, group)
        except NotFound:
            if _take_back(context, group, elsewhere):
                raise
            return False
        if not have_moved:
            return False
    return groups.bring_names(group)


def _elsewhere(context: Context, group: FlowGroup, name: str) -> list[Flow]:
    flows = context.store.flows
    found = flows.get(flows.ids_in_tenant(name, MAX_MOVED))
    return [each for each in found if each.flow_group_id == group.id and each.project_id != group.project_id]


def _take_back(context: Context, group: FlowGroup, flows: Sequence[Flow]) -> bool:
    """Put a group back where these flows are; False when it changed meanwhile.

    Their project may be gone as well: then its deletion takes them.
    """
    for project_id in dict.fromkeys(flow.project_id for flow in flows):
        with suppress(NotFound):
            return context.store.flow_groups.move(group, project_id, back=True)
    return True


def set_schedule_inactive(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule off, if it has one; answers whether there is such a flow."""
    return context.store.flows.set_schedule_active(flow_id, active=False)


def group_of(context: Context, flow: Flow) -> FlowGroup:
    """The group of a flow, as of now. Raises NotFound: it went with the last of its versions."""
    group = context.store.flows.group(flow.flow_group_id)
    if group is None:
        raise NotFound(f"There is no flow {flow.id}.")
    return group
