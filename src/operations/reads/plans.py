"""Plans: where to look for the rows that a filter can let through, with bounded reads and never a scan."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from operations.context import Context
from operations.reads.agent_plans import plan_agent_configs, plan_agents
from operations.reads.constraints import allowed, below
from operations.reads.filters import Where
from operations.reads.relations import read_flows, read_tasks
from operations.reads.rows import Need
from operations.reads.run_plans import plan_flow_runs
from operations.reads.search import BATCH, MAX_READ, Plan, Search, at_most

# Tasks are read with their whole flows, each of which may be megabytes.
MAX_WHOLE_FLOWS: Final = 100

Planner = Callable[[Context, Search], Plan]


def plan(context: Context, entity: str, search: Search) -> Plan:
    """Choose where to look for an entity's rows."""
    return _PLANNERS[entity](context, search)


def _tenants(context: Context, _: Search) -> Plan:
    return Plan("of the deployment", iter([[context.tenant]]))


def _projects(context: Context, search: Search) -> Plan:
    projects = context.store.projects
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([projects.get(at_most(MAX_READ, ids, "project", "id"))]))
    if (names := allowed(search.where, "name")) is not None:
        found = [projects.named(name) for name in at_most(MAX_READ, names, "project", "name")]
        return Plan("by name", iter([[project for project in found if project is not None]]))
    return Plan("index by_tenant, all", iter([projects.all()]))


def _flows(context: Context, search: Search) -> Plan:
    path, ids = _flow_ids(context, search)
    batches = (
        read_flows(context, ids[start : start + BATCH], search.need, consistent=search.consistent)
        for start in range(0, len(ids), BATCH)
    )
    return Plan(path, batches)


def _flow_ids(context: Context, search: Search) -> tuple[str, list[str]]:
    where, flows = search.where, context.store.flows
    if (ids := allowed(where, "id")) is not None:
        return "by id", at_most(MAX_READ, ids, "flow", "id")
    if (groups := allowed(where, "flow_group_id")) is not None:
        return "by flow group", _ids_in_groups(context, at_most(MAX_READ, groups, "flow", "flow_group_id"))
    names = allowed(where, "name")
    name = names[0] if names is not None and len(names) == 1 else None
    projects = _project_ids(context, where)
    if projects is None:
        return "index by_tenant", at_most(MAX_READ, flows.ids_in_tenant(name, MAX_READ + 1), "flow", "name")
    lists = [flows.ids_in_project(project_id, name, MAX_READ + 1) for project_id in projects]
    return "index by_flow", at_most(MAX_READ, [each for part in lists for each in part], "flow", "name")


def _ids_in_groups(context: Context, group_ids: list[str]) -> list[str]:
    """Ids of all versions in these groups, perhaps with others.

    A group knows the name and the project of its newest version. Where an earlier version had another, only
    the tenant's list is sure to have them all.
    """
    flows = context.store.flows
    groups = flows.groups(group_ids)
    lists = [flows.ids_in_project(group.project_id, group.flow_name, MAX_READ + 1) for group in groups]
    ids = at_most(MAX_READ, list(dict.fromkeys(each for part in lists for each in part)), "flow", "id")
    found = Counter(flow.flow_group_id for flow in flows.get(ids))
    if all(found[group.id] == group.version for group in groups):
        return ids
    return at_most(MAX_READ, flows.ids_in_tenant(None, MAX_READ + 1), "flow", "id")


def _project_ids(context: Context, where: Where | None) -> list[str] | None:
    if (ids := allowed(where, "project_id")) is not None:
        return ids
    narrower = below(where, "project")
    if narrower is None:
        return None
    found = _projects(context, Search(narrower, (), Need()))
    return [project.id for batch in found.batches for project in batch]


def _tasks(context: Context, search: Search) -> Plan:
    """The tasks of the flows that the filter allows: they stand in the flows' serialized forms."""
    flow_ids = allowed(search.where, "flow_id")
    narrower = below(search.where, "flow") or {}
    where = narrower if flow_ids is None else {"_and": [narrower, {"id": {"_in": flow_ids}}]}
    path, ids = _flow_ids(context, Search(where, (), Need()))
    wanted = at_most(MAX_WHOLE_FLOWS, ids, "task", "flow")
    flows = read_flows(context, wanted, Need({"serialized_flow"}))
    tasks = [task for flow in flows for task in read_tasks(flow)]
    return Plan(f"of {len(flows)} flows, {path}", iter([tasks]))


_PLANNERS: Final[Mapping[str, Planner]] = {
    "tenant": _tenants,
    "project": _projects,
    "flow": _flows,
    "flow_run": plan_flow_runs,
    "task": _tasks,
    "agent": plan_agents,
    "agent_config": plan_agent_configs,
}
