"""The plan for flow groups."""

from collections.abc import Callable
from functools import partial

from domain.flows.flows import FlowGroup
from domain.parts import Part
from operations.context import Context
from operations.reads.plans.flows.flow_scope import MAX_LISTS
from operations.reads.plans.flows.project_plans import all_project_ids
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed


def plan_flow_groups(context: Context, search: Search) -> Plan[FlowGroup]:
    """Find flow groups by id or name, else all groups that have had a flow in a project."""
    flows = context.store.flows
    ids = allowed(search.where, "id")
    if ids is not None:
        bounded(MAX_ROWS, ids, "flow_group", "id")
    elif (names := allowed(search.where, "name")) is not None:
        ids = [flows.group_id(name) for name in bounded(MAX_ROWS, names, "flow_group", "name")]
    path = "by id"
    if ids is None:
        projects = allowed(search.where, "project_id")
        if projects is None or len(projects) > MAX_LISTS:
            projects = all_project_ids(context)
        members = context.store.flow_lists.members(projects)
        path, ids = "by the projects' flows", list(dict.fromkeys(member.group_id for member in members))
    whole = Part.OVERRIDES in search.parts
    read = partial(flows.groups, whole=whole)
    if path != "by id":
        read = partial(_recent, read)
    batches = (read(batch) for batch in in_batches(ids, search.first))
    return Plan(path, batches, in_order=not search.order)


def _recent(read: Callable[..., list[FlowGroup]], ids: list[str]) -> list[FlowGroup]:
    """Return groups as they were some moments ago, at half the cost; what is not found may be new."""
    found = read(ids, consistent=False)
    known = {group.id for group in found}
    missing = [group_id for group_id in ids if group_id not in known]
    return [*found, *read(missing)] if missing else found
