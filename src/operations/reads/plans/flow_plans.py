"""The plan for flows, and flows with the parts that are read only on request."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.flows.flows import Flow
from domain.parts import Part
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.project_plans import all_project_ids, named_project_ids
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded, in_batches
from operations.reads.where.constraints import allowed, below

# How many projects a plan follows that the filter does not name. For more it takes the tenant's list.
_MAX_FOLLOWED_PROJECTS: Final = 100


def plan_flows(context: Context, search: Search) -> Plan[Flow]:
    """Find flows by id, by flow group, by project, else all of the tenant."""
    path, ids = flow_ids(context, search.where)
    batches = (
        read_flows(context, batch, search.parts, consistent=search.consistent)
        for batch in in_batches(ids, search.first)
    )
    return Plan(path, batches, in_order=not search.order)


def flow_ids(context: Context, where: Where | None) -> tuple[str, list[str]]:
    """Return the ids of the flows that a filter may let through, after the name of the way to them."""
    flows = context.store.flows
    if (ids := allowed(where, "id")) is not None:
        return "by id", bounded(MAX_ROWS, ids, "flow", "id")
    if (groups := allowed(where, "flow_group_id")) is not None:
        return "by flow group", _ids_in_groups(context, bounded(MAX_ROWS, groups, "flow", "flow_group_id"))
    names = allowed(where, "name")
    name = names[0] if names is not None and len(names) == 1 else None
    projects = named_project_ids(context, where)
    if projects is None and below(where, "project") is not None:
        every = all_project_ids(context)
        projects = every if len(every) <= _MAX_FOLLOWED_PROJECTS else None
    if projects is None:
        return "index by_tenant", at_most(MAX_ROWS, flows.ids_in_tenant(name, MAX_ROWS + 1), "flow", "name")
    ids = _ids_in_places(context, [(project_id, name) for project_id in projects])
    return "index by_flow", at_most(MAX_ROWS, ids, "flow", "name")


def _ids_in_groups(context: Context, group_ids: list[str]) -> list[str]:
    """Return the ids of all versions in these groups, perhaps with others.

    A group knows the name and the project of its newest version. If an earlier version had another name or
    project, only the tenant's list is sure to have all versions.
    """
    flows = context.store.flows
    groups = flows.groups(group_ids, whole=False)
    places = dict.fromkeys((group.project_id, group.flow_name) for group in groups)
    ids = at_most(MAX_ROWS, _ids_in_places(context, list(places)), "flow", "id")
    found = Counter(flow.flow_group_id for flow in flows.get(ids, with_outlines=False))
    if all(found[group.id] == group.version - group.deleted for group in groups):
        return ids
    return at_most(MAX_ROWS, flows.ids_in_tenant(None, MAX_ROWS + 1), "flow", "id")


def _ids_in_places(context: Context, places: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return the ids of the flows in projects, of all names or of one: each place costs a query."""
    flows = context.store.flows
    lists = context.store.parallel(
        [partial(flows.ids_in_project, project_id, name, MAX_ROWS + 1) for project_id, name in places]
    )
    return list(dict.fromkeys(flow_id for listed in lists for flow_id in listed))


def read_flows(
    context: Context, ids: list[str], parts: Collection[Part] = (), *, consistent: bool = True
) -> list[Flow]:
    """Read flows with their parts: the settings of their groups, and their serialized forms.

    A serialized form may be megabytes, so it is read only on request.
    """
    flows = context.store.flows.get(ids, consistent=consistent, with_outlines=Part.OUTLINE in parts)
    if Part.SETTINGS in parts:
        groups = context.store.flows.groups(sorted({flow.flow_group_id for flow in flows}), whole=False)
        settings = {group.id: group.settings for group in groups}
        flows = [replace(flow, settings=settings.get(flow.flow_group_id, flow.settings)) for flow in flows]
    if Part.SERIALIZED not in parts:
        return flows
    serialized = context.store.flows.serialized(flow.id for flow in flows)
    return [replace(flow, serialized=serialized.get(flow.id)) for flow in flows]
