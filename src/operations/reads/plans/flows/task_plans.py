"""The plan for tasks, and the tasks of flows and of task runs, read for many rows at once."""

from collections.abc import Sequence
from typing import Final

from domain.flows.flow_keys import FlowSpan
from domain.flows.flows import Flow
from domain.flows.tasks import Task
from domain.ids import by_owner, numbers_members, owner_of
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.reads.plans.flows.flow_plans import plan_flows
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed, of_owner

# The flows whose tasks a list with a limit reads first: a flow has tens of tasks.
_FIRST_FLOWS: Final = 4
# As many keys of flows are read at once to find flows of release 0.1.0 among them.
_KEYS: Final = 1_000


def plan_tasks(context: Context, search: Search) -> Plan[Task]:
    """Find the tasks of the flows that the filter allows; the id of a task tells its flow.

    With a limit, flows are read until the page is full, in the order of registration if the list has it.
    """
    if (ids := allowed(search.where, "id")) is not None:
        flows = flows_of_task_ids(context, bounded(MAX_ROWS, ids, "task", "id"))
        wanted = frozenset(ids)
        found = (task for tasks in tasks_of_flows(context, flows) for task in tasks if task.id in wanted)
        return Plan("by id", in_batches(found, search.first), in_order=not search.order)
    by_creation = [term for term in search.order[:1] if term.path == ("created",)]
    lazily = search.enough is not None and (by_creation or not search.order)
    of_flows = Search(
        of_owner(search.where, "flow", "flow_id"), by_creation, enough=_FIRST_FLOWS if lazily else None
    )
    plan = plan_flows(context, of_flows)
    in_order = bool(lazily and plan.in_order)
    found = (task for flows in plan.batches for tasks in tasks_of_flows(context, flows) for task in tasks)
    batches = in_batches(found, search.enough if in_order else None)
    return Plan(f"of flows, {plan.path}", batches, in_order, may_stray=plan.may_stray)


def flows_of_task_ids(context: Context, task_ids: Sequence[str]) -> list[Flow]:
    """Return the flows to which these tasks belong, as far as there are such flows.

    The id of a task tells its flow, except for flows that release 0.1.0 registered: their ids end in any four
    digits, so they are looked for among the keys of all flows of the tenant.
    """
    flows = context.store.flows
    found = flows.get(list(dict.fromkeys(map(owner_of, task_ids))), with_outlines=False)
    known = {flow.id for flow in found}
    orphans = by_owner(task_id for task_id in task_ids if owner_of(task_id) not in known)
    if not orphans:
        return found
    keys = context.store.flow_lists.keys([FlowSpan()], descending=True, first_page=_KEYS, page=_KEYS)
    listed = [key.id for key in keys if owner_of(key.id) in orphans and not numbers_members(key.id)]
    return found + flows.get(listed, with_outlines=False)


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
