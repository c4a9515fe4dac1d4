"""The plan for tasks, and the tasks of flows and of task runs, read for many rows at once."""

from collections.abc import Sequence
from typing import Final

from domain.flows.flows import Flow
from domain.flows.tasks import Task
from domain.ids import by_owner, owner_of
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.reads.plans.flow_plans import flow_ids
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded, in_batches
from operations.reads.where.constraints import allowed, of_owner

# The tasks of how many flows one query may look at.
MAX_FLOWS_OF_TASKS: Final = 500


def plan_tasks(context: Context, search: Search) -> Plan[Task]:
    """Find the tasks of the flows that the filter allows; the id of a task tells its flow."""
    ids_of_tasks = allowed(search.where, "id")
    if ids_of_tasks is not None:
        path, flows = "by id", flows_of_task_ids(context, bounded(MAX_ROWS, ids_of_tasks, "task", "id"))
    else:
        path, ids = flow_ids(context, of_owner(search.where, "flow", "flow_id"))
        flows = context.store.flows.get(at_most(MAX_FLOWS_OF_TASKS, ids, "task", "flow"), with_outlines=False)
    tasks = context.store.flows.tasks(flows)
    wanted = None if ids_of_tasks is None else frozenset(ids_of_tasks)
    found = (task for flow in flows for task in tasks[flow.id] if wanted is None or task.id in wanted)
    batches = in_batches(found, search.first)
    return Plan(f"of {len(flows)} flows, {path}", batches, in_order=not search.order)


def flows_of_task_ids(context: Context, task_ids: Sequence[str]) -> list[Flow]:
    """Return the flows to which these tasks belong, as far as there are such flows.

    The id of a task tells its flow, except for flows that release 0.1.0 registered: their ids end in any four
    digits, so they are looked for among all flows of the tenant. Raises BadUserInput if the tenant has too
    many flows for that.
    """
    flows = context.store.flows
    found = flows.get(list(dict.fromkeys(map(owner_of, task_ids))), with_outlines=False)
    known = {flow.id for flow in found}
    orphans = by_owner(task_id for task_id in task_ids if owner_of(task_id) not in known)
    if not orphans:
        return found
    listed = at_most(MAX_ROWS, flows.ids_in_tenant(None, MAX_ROWS + 1), "task", "flow")
    return found + flows.get([ours for ours in listed if owner_of(ours) in orphans], with_outlines=False)


def tasks_of_flows(context: Context, flows: Sequence[Flow]) -> list[list[Task]]:
    """Return the tasks of each flow, read in one batch because the tasks of a flow are one item."""
    tasks = context.store.flows.tasks(flows)
    return [tasks[flow.id] for flow in flows]


def task_of_task_runs(context: Context, task_runs: Sequence[TaskRun]) -> list[Task | None]:
    """Return the task of each task run.

    The tasks are found by their flows, which task runs know, because not every task id leads to its flow.
    """
    flow_ids = list(dict.fromkeys(task_run.flow_id for task_run in task_runs))
    flows = context.store.flows.get(flow_ids, with_outlines=False)
    tasks = {task.id: task for of_flow in context.store.flows.tasks(flows).values() for task in of_flow}
    return [tasks.get(task_run.task_id) for task_run in task_runs]
