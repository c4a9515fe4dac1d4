"""The plan for edges, which are part of the serialized forms of flows, and the edges of tasks."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from domain.flows.edges import Edge, edges_of
from domain.flows.flows import Flow
from domain.flows.tasks import Task, task_outlines, tasks_of
from domain.parts import Part
from operations.context import Context
from operations.reads.plans.flow_plans import flow_ids, read_flows
from operations.reads.plans.search import Plan, Search, at_most
from operations.reads.where.constraints import of_owner

# How many serialized flows one query may read: each of them may be megabytes.
MAX_WHOLE_FLOWS: Final = 100


def plan_edges(context: Context, search: Search) -> Plan[Edge]:
    """Find the edges of the flows that the filter allows."""
    path, ids = flow_ids(context, of_owner(search.where, "flow", "flow_id"))
    flows = _read_whole(context, ids, "edge")
    return Plan(f"of {len(flows)} flows, {path}", iter([[edge for flow in flows for edge in edges_in(flow)]]))


def edges_in(flow: Flow) -> list[Edge]:
    """Return the edges of a flow that was read with its serialized form, in its order."""
    serialized = flow.serialized or {}
    tasks = tasks_of(flow.id, flow.tenant_id, flow.created, task_outlines(serialized))
    return edges_of(flow.id, tasks, serialized)


def upstream_edges_of_tasks(context: Context, tasks: Sequence[Task]) -> list[list[Edge]]:
    """Return the edges that lead to each task; the serialized form of each flow is read once."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in _edges_of_flows_of(context, tasks):
        found[edge.downstream.id].append(edge)
    return [found[task.id] for task in tasks]


def downstream_edges_of_tasks(context: Context, tasks: Sequence[Task]) -> list[list[Edge]]:
    """Return the edges that lead away from each task; the serialized form of each flow is read once."""
    found: dict[str, list[Edge]] = defaultdict(list)
    for edge in _edges_of_flows_of(context, tasks):
        found[edge.upstream.id].append(edge)
    return [found[task.id] for task in tasks]


def _edges_of_flows_of(context: Context, tasks: Sequence[Task]) -> list[Edge]:
    ids = list(dict.fromkeys(task.flow_id for task in tasks))
    return [edge for flow in _read_whole(context, ids, "task") for edge in edges_in(flow)]


def _read_whole(context: Context, ids: list[str], entity: str) -> list[Flow]:
    return read_flows(context, at_most(MAX_WHOLE_FLOWS, ids, entity, "flow"), {Part.SERIALIZED})
