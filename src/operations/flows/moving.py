"""The use case that moves a flow into another project."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from domain.errors import NotFound
from domain.flows.flows import Flow, FlowGroup
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flows.finding import get_flow, group_of

# At most so many versions of each name, the newest ones, follow their flow into another project.
MAX_MOVED: Final = 1_000


def update_flow_project(context: Context, flow_id: str, project_id: str) -> None:
    """Move a flow with all its versions into another project; a repeat continues an interrupted move.

    Its group moves first, then its versions and its former names. Raises NotFound for an unknown flow or
    project, BadUserInput if the project has another flow of the same name, ApiError.

    If the project is deleted before the move is complete, the flow stays where it was.
    """
    flow = get_flow(context, flow_id)
    for _ in range(ROUNDS):
        group = group_of(context, flow)
        if group.project_id != project_id:
            context.store.flow_moves.move(group, project_id)
        elif _complete(context, group):
            return
    raise changed_too_often(f"Flow {flow_id}")


def _complete(context: Context, group: FlowGroup) -> bool:
    """Move the versions and the former names of a group into its project. Return False if the group changed.

    Raises NotFound if the project is gone; then the group goes back to its versions elsewhere.
    """
    moves = context.store.flow_moves
    is_checked = False
    left: set[str] | None = set()
    for name in moves.names(group):
        elsewhere, are_all = _versions_elsewhere(context, group, name)
        left = left if are_all else None
        try:
            have_moved = moves.move_versions(elsewhere, group, left)
        except NotFound:
            if _move_back(context, group, elsewhere):
                raise
            return False
        if not have_moved:
            return False
        is_checked = is_checked or bool(elsewhere)
    # No version was elsewhere, so no transaction has checked the group: it may be deleted with its versions.
    if not is_checked and context.store.flows.group(group.id) != group:
        return False
    return moves.bring_names(group)


def _versions_elsewhere(context: Context, group: FlowGroup, name: str) -> tuple[list[Flow], bool]:
    """Return the versions of a name that are not in the project of their group, and True if these are all."""
    flows = context.store.flows
    # The index may not list the newest version yet, so the current version is added.
    current = [group.current_flow_id] if group.current_flow_id is not None else []
    listed = context.store.flow_lists.ids_in_tenant(name, MAX_MOVED)
    named = flows.get(list(dict.fromkeys([*listed, *current])))
    ours = [flow for flow in named if flow.flow_group_id == group.id]
    return [flow for flow in ours if flow.project_id != group.project_id], len(listed) < MAX_MOVED


def _move_back(context: Context, group: FlowGroup, flows: Sequence[Flow]) -> bool:
    """Move a group back into the project of these flows. Return False if the group changed.

    If that project is gone as well, the group stays: the project's deletion deletes the flows.
    """
    for project_id in dict.fromkeys(flow.project_id for flow in flows):
        with suppress(NotFound):
            return context.store.flow_moves.move_back(group, project_id)
    return True
