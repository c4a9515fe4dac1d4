"""The plan for edges, which are part of the serialized forms of flows, and the edges of tasks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from domain.errors import BadUserInput
from domain.flows.edges import Edge, edges_of
from domain.flows.flows import Flow
from domain.flows.tasks import Task, task_outlines, tasks_of
from domain.parts import Part
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flows.flow_plans import plan_flows, read_flows
from operations.reads.plans.flows.flow_scope import demands_current
from operations.reads.plans.search import Plan, Search, at_most
from operations.reads.where.constraints import of_owner

# How many serialized flows one query may read: each of them may be megabytes.
MAX_WHOLE_FLOWS: Final = 100


def plan_edges(context: Context, search: Search) -> Plan[Edge]:
    """Find the edges of the flows that the filter allows; with a limit alone, read until the page is full."""
    where = of_owner(search.where, "flow", "flow_id")
    lazily = search.enough is not None and not search.order
    plan = plan_flows(context, Search(where, enough=1 if lazily else None))
    return Plan(f"of flows, {plan.path}", _edges(context, where, plan), in_order=lazily and plan.in_order)


def _edges(context: Context, where: Where, plan: Plan[Flow]) -> Iterator[list[Edge]]:
    """Yield the edges of flows, each of which is read whole. Raises BadUserInput for too many flows."""
    for number, flow in enumerate(chain.from_iterable(plan.batches)):
        if number >= MAX_WHOLE_FLOWS:
            less = "in several requests, by flow_id"
            if not demands_current(where):
                less = f"without the archived versions (flow: {{archived: {{_eq: false}}}}), or {less}"
            raise BadUserInput(
                f"edge: this query would have to read more than {MAX_WHOLE_FLOWS:,} whole flows, because "
                f"their serialized forms have the edges. Ask for them {less}."
            )
        yield [
            edge for whole in read_flows(context, [flow.id], {Part.SERIALIZED}) for edge in edges_in(whole)
        ]


def edges_in(flow: Flow) -> list[Edge]:
    """Return the edges of a flow that was read with its serialized form, in its order."""
    serialized = flow.serialized or {}
    tasks = tasks_of(flow.id, flow.tenant_id, flow.created, task_outlines(serialized))
    return edges_of(flow.id, tasks, serialized)


def upstream_edges_of_tasks(context: Context, tasks: Sequence[Task]) -> list[list[Edge]]:
    """Return the edges that lead to each task; the serialized form of each flow is read once."""
    return _edges_of_tasks(context, tasks, "downstream")


def downstream_edges_of_tasks(context: Context, tasks: Sequence[Task]) -> list[list[Edge]]:
    """Return the edges that lead away from each task; the serialized form of each flow is read once."""
    return _edges_of_tasks(context, tasks, "upstream")


def _edges_of_tasks(context: Context, tasks: Sequence[Task], end: str) -> list[list[Edge]]:
    """Return the edges of which each task is one end. A request that only reads, reads each flow once."""
    known = {} if context.work.has_changed else context.edges
    ids = dict.fromkeys(task.flow_id for task in tasks)
    missing = [flow_id for flow_id in ids if (flow_id, end) not in known]
    for flow in read_flows(context, at_most(MAX_WHOLE_FLOWS, missing, "task", "flow"), {Part.SERIALIZED}):
        of_task: dict[str, list[Edge]] = defaultdict(list)
        for edge in edges_in(flow):
            of_task[getattr(edge, end).id].append(edge)
        known[flow.id, end] = of_task
    return [known.get((task.flow_id, end), {}).get(task.id, []) for task in tasks]
