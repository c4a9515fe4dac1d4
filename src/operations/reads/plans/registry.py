"""Plans: where to look for the rows that a filter can let through, with bounded reads and never a scan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.entities.flows import edges_in
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.agent_plans import plan_agent_configs, plan_agents
from operations.reads.plans.api_key_plans import plan_api_keys, plan_api_tokens, plan_users
from operations.reads.plans.artifact_plans import plan_artifacts
from operations.reads.plans.limit_plans import plan_flow_concurrency_limits, plan_task_tag_limits
from operations.reads.plans.log_plans import plan_logs
from operations.reads.plans.run_plans import plan_flow_runs
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Planner, Search, at_most
from operations.reads.plans.secret_plans import plan_key_values, plan_secrets
from operations.reads.plans.state_plans import plan_flow_run_states, plan_task_run_states
from operations.reads.plans.task_owners import flows_of_tasks
from operations.reads.plans.task_run_plans import plan_task_runs
from operations.reads.readers import read_flows, read_whole_flows
from operations.reads.rows import Need
from operations.reads.unions import plan_union
from operations.reads.where.constraints import allowed, alternatives, below, leads, of_owner

# Edges are read with their whole flows, each of which may be megabytes; what is read of tasks is smaller.
MAX_WHOLE_FLOWS: Final = 100
MAX_FLOWS_OF_TASKS: Final = 500


def plan(context: Context, entity: str, search: Search) -> Plan:
    """Choose where to look for an entity's rows: once, or once for each alternative that the filter names."""
    planner, names = _PLANNERS[entity], _LEADS.get(entity, ())
    if search.owner is None and not leads(search.where, names):
        parts = alternatives(search.where, names)
        if parts is not None:
            return plan_union(ENTITIES[entity], search, parts, partial(planner, context))
    return planner(context, search)


def _tenants(context: Context, _: Search) -> Plan:
    return Plan("of the deployment", iter([[context.tenant]]))


def _projects(context: Context, search: Search) -> Plan:
    projects = context.store.projects
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([projects.get(at_most(MAX_ROWS, ids, "project", "id"))]))
    if (names := allowed(search.where, "name")) is not None:
        found = [projects.named(name) for name in at_most(MAX_ROWS, names, "project", "name")]
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
        return "by id", at_most(MAX_ROWS, ids, "flow", "id")
    if (groups := allowed(where, "flow_group_id")) is not None:
        return "by flow group", _ids_in_groups(context, at_most(MAX_ROWS, groups, "flow", "flow_group_id"))
    names = allowed(where, "name")
    name = names[0] if names is not None and len(names) == 1 else None
    projects = _project_ids(context, where)
    if projects is None:
        return "index by_tenant", at_most(MAX_ROWS, flows.ids_in_tenant(name, MAX_ROWS + 1), "flow", "name")
    lists = [flows.ids_in_project(project_id, name, MAX_ROWS + 1) for project_id in projects]
    return "index by_flow", at_most(MAX_ROWS, [each for part in lists for each in part], "flow", "name")


def _ids_in_groups(context: Context, group_ids: list[str]) -> list[str]:
    """Ids of all versions in these groups, perhaps with others.

    A group knows the name and the project of its newest version. Where an earlier version had another, only
    the tenant's list is sure to have them all.
    """
    flows = context.store.flows
    groups = flows.groups(group_ids)
    lists = [flows.ids_in_project(group.project_id, group.flow_name, MAX_ROWS + 1) for group in groups]
    ids = at_most(MAX_ROWS, list(dict.fromkeys(each for part in lists for each in part)), "flow", "id")
    found = Counter(flow.flow_group_id for flow in flows.get(ids))
    if all(found[group.id] == group.version - group.deleted for group in groups):
        return ids
    return at_most(MAX_ROWS, flows.ids_in_tenant(None, MAX_ROWS + 1), "flow", "id")


def _project_ids(context: Context, where: Where | None) -> list[str] | None:
    if (ids := allowed(where, "project_id")) is not None:
        return ids
    narrower = below(where, "project")
    if narrower is None:
        return None
    found = _projects(context, Search(narrower, (), Need()))
    return [project.id for batch in found.batches for project in batch]


def _tasks(context: Context, search: Search) -> Plan:
    """The tasks of the flows that the filter allows; a task's id tells its flow."""
    if (ids := allowed(search.where, "id")) is not None:
        path, flows = "by id", flows_of_tasks(context, at_most(MAX_ROWS, ids, "task", "id"))
    else:
        path, ids = _flow_ids(context, Search(of_owner(search.where, "flow", "flow_id"), (), Need()))
        flows = context.store.flows.get(at_most(MAX_FLOWS_OF_TASKS, ids, "task", "flow"))
    tasks = context.store.flows.tasks(flows)
    found = [task for flow in flows for task in tasks[flow.id]]
    return Plan(f"of {len(flows)} flows, {path}", iter([found]))


def _edges(context: Context, search: Search) -> Plan:
    """The edges of the flows that the filter allows: they stand in the flows' serialized forms."""
    path, ids = _flow_ids(context, Search(of_owner(search.where, "flow", "flow_id"), (), Need()))
    flows = read_whole_flows(context, at_most(MAX_WHOLE_FLOWS, ids, "edge", "flow"))
    found = [edge for flow in flows for edge in edges_in(flow)]
    return Plan(f"of {len(flows)} flows, {path}", iter([found]))


def _flow_groups(context: Context, search: Search) -> Plan:
    """Groups by id or name; else those that have had a flow in the projects of the tenant."""
    flows = context.store.flows
    ids = allowed(search.where, "id")
    if ids is None and (names := allowed(search.where, "name")) is not None:
        ids = [flows.group_id(name) for name in names]
    path = "by id"
    if ids is None:
        projects = [project.id for project in context.store.projects.all()]
        path, ids = "by the projects' flows", flows.group_ids(projects, None, MAX_ROWS + 1)
    wanted = at_most(MAX_ROWS, ids, "flow_group", "id")
    return Plan(path, (flows.groups(wanted[each : each + BATCH]) for each in range(0, len(wanted), BATCH)))


# By what of a filter the rows of an entity are found without looking through others.
_LEADS: Final[Mapping[str, Sequence[str]]] = {
    "flow": ("id", "flow_group_id", "name", "project", "project_id"),
    "flow_run": ("id", "flow_id", "flow_group_id", "flow", "state"),
    "task_run": ("id", "flow_run_id", "flow_run", "task_id", "cache_key"),
    "task_run_artifact": ("id", "task_run_id", "task_run"),
    "log": ("id", "flow_run_id", "task_run_id"),
}
_PLANNERS: Final[Mapping[str, Planner]] = {
    "tenant": _tenants,
    "project": _projects,
    "flow_group": _flow_groups,
    "flow": _flows,
    "flow_run": plan_flow_runs,
    "flow_run_state": plan_flow_run_states,
    "task": _tasks,
    "edge": _edges,
    "task_run": plan_task_runs,
    "log": plan_logs,
    "secret": plan_secrets,
    "key_value": plan_key_values,
    "task_run_artifact": plan_artifacts,
    "task_run_state": plan_task_run_states,
    "agent": plan_agents,
    "agent_config": plan_agent_configs,
    "task_tag_limit": plan_task_tag_limits,
    "flow_concurrency_limit": plan_flow_concurrency_limits,
    "auth_api_key": plan_api_keys,
    "api_token": plan_api_tokens,
    "user": plan_users,
}
