"""Related rows that need no arguments, attached to many rows at once: never a call a row."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from operations.context import Context
from operations.reads.entities.description import Entity
from operations.reads.entities.flows import edges_in
from operations.reads.plans.registry import MAX_WHOLE_FLOWS, plan
from operations.reads.plans.search import BATCH, Search, at_most
from operations.reads.readers import read_whole_flows
from operations.reads.rows import Need, Row

Attach = Callable[[Context, Sequence[Row], Need], None]


def attach(context: Context, entity: Entity, name: str, rows: Sequence[Row], need: Need) -> None:
    """Attach to each of these rows what the relation leads to. Raises BadUserInput beyond the bounds."""
    relation = entity.relations[name]
    if (special := _SPECIAL.get((entity.name, name))) is not None:
        special(context, rows, need)
    elif relation.inside is not None:
        for row in rows:
            found = relation.inside(row.value)
            row.related[name] = (
                [Row(each) for each in found] if relation.many else None if found is None else Row(found)
            )
    elif relation.column is not None:
        _attach_one(context, entity, name, rows, need)
    else:
        tenant = Row(context.tenant)
        for row in rows:
            row.related[name] = tenant


def _attach_one(context: Context, entity: Entity, name: str, rows: Sequence[Row], need: Need) -> None:
    """The rows whose ids stand in a column of ours, one batch for all."""
    relation = entity.relations[name]
    id_of = entity.columns[relation.column or ""].get
    wanted = list(dict.fromkeys(each for row in rows if (each := id_of(row.value)) is not None))
    parts = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
    read = [partial(_by_ids, context, relation.target, part, need) for part in parts]
    found = {row.value.id: row for rows in context.store.parallel(read) for row in rows}
    for row in rows:
        row.related[name] = found.get(id_of(row.value))


def _by_ids(context: Context, target: str, ids: list[str], need: Need) -> list[Row]:
    batches = plan(context, target, Search({"id": {"_in": ids}}, (), need)).batches
    return [Row(value) for batch in batches for value in batch]


def _edges_of_tasks(name: str, end: str) -> Attach:
    """The edges of tasks stand in their flows' serialized forms, each of which is read once."""

    def attach_edges(context: Context, rows: Sequence[Row], _: Need) -> None:
        flow_ids = list(dict.fromkeys(row.value.flow_id for row in rows))
        flows = read_whole_flows(context, at_most(MAX_WHOLE_FLOWS, flow_ids, "task", "flow"))
        found = defaultdict(list)
        for edge in (edge for flow in flows for edge in edges_in(flow)):
            found[getattr(edge, end).id].append(Row(edge))
        for row in rows:
            row.related[name] = found[row.value.id]

    return attach_edges


def _task_of_task_runs(context: Context, rows: Sequence[Row], _: Need) -> None:
    """By the flows, which task runs know: the ids of tasks do not lead to each flow."""
    flows = context.store.flows.get(list(dict.fromkeys(row.value.flow_id for row in rows)))
    found = {task.id: Row(task) for tasks in context.store.flows.tasks(flows).values() for task in tasks}
    for row in rows:
        row.related["task"] = found.get(row.value.task_id)


def _tasks_of_flows(context: Context, rows: Sequence[Row], _: Need) -> None:
    """One batch: what is read of a flow's tasks stands in one item."""
    found = context.store.flows.tasks([row.value for row in rows])
    for row in rows:
        row.related["tasks"] = [Row(task) for task in found[row.value.id]]


_SPECIAL: Final[Mapping[tuple[str, str], Attach]] = {
    ("flow", "tasks"): _tasks_of_flows,
    ("task_run", "task"): _task_of_task_runs,
    ("task", "upstream_edges"): _edges_of_tasks("upstream_edges", "downstream"),
    ("task", "downstream_edges"): _edges_of_tasks("downstream_edges", "upstream"),
}
