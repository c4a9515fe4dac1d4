"""Related rows, loaded for many rows at once: one batch a relation, never a call a row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from domain.errors import BadUserInput
from domain.tasks import Task, tasks_of
from operations.context import Context
from operations.reads.entities.description import SERIALIZED, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, Row, StateOfRun, WholeFlow

# How many rows of a relation one row may bring.
MAX_RELATED: Final = 1_000

Loader = Callable[[Context, Sequence[Row], Need], None]


def load(context: Context, entity: Entity, rows: Sequence[Row], need: Need) -> None:
    """Attach to the rows every related row that the need names and that isn't there yet, level by level."""
    if not rows:
        return
    for name, below in need.relations.items():
        target = ENTITIES[entity.relations[name].target]
        parts = below.parts(target)
        waiting = [row for row in rows if row.lacks(name, parts)]
        if waiting:
            _LOADERS[entity.name, name](context, waiting, below)
        for row in waiting:
            row.loaded[name] = parts
        related = [row.related[name] for row in rows if row.related[name] is not None]
        flat = [each for part in related for each in (part if isinstance(part, list) else [part])]
        load(context, target, list({id(row): row for row in flat}.values()), below)


def _tenant(context: Context, rows: Sequence[Row], _: Need) -> None:
    tenant = Row(context.tenant)
    for row in rows:
        row.related["tenant"] = tenant


def _by_id(name: str, id_of: str, read: Callable[[Context, list[str], Need], Iterable[Any]]) -> Loader:
    """A relation to one row, whose id stands in a column of ours."""

    def attach(context: Context, rows: Sequence[Row], need: Need) -> None:
        ids = (getattr(row.value, id_of) for row in rows)
        wanted = list(dict.fromkeys(each for each in ids if each is not None))
        found = {value.id: Row(value) for value in read(context, wanted, need)}
        for row in rows:
            row.related[name] = found.get(getattr(row.value, id_of))

    return attach


def read_flows(context: Context, flow_ids: list[str], need: Need, *, consistent: bool = True) -> list[Any]:
    """Read flows, with their serialized form if the need asks for it."""
    flows = context.store.flows.get(flow_ids, consistent=consistent)
    if SERIALIZED not in need.parts(ENTITIES["flow"]):
        return list(flows)
    whole = context.store.flows.serialized(flow.id for flow in flows)
    return [WholeFlow(flow, whole.get(flow.id)) for flow in flows]


def _flows_of_projects(context: Context, rows: Sequence[Row], need: Need) -> None:
    """A query a project, side by side, then one batch for the flows of all."""
    lists = context.store.flows.ids_in_projects([row.value.id for row in rows], MAX_RELATED + 1)
    if any(len(ids) > MAX_RELATED for ids in lists):
        raise BadUserInput(f"project: one has more than {MAX_RELATED:,} flows. List them by flow(where: …).")
    found = {
        flow.id: Row(flow) for flow in read_flows(context, [each for ids in lists for each in ids], need)
    }
    for row, ids in zip(rows, lists, strict=True):
        row.related["flows"] = [found[each] for each in ids if each in found]


def _tasks(_: Context, rows: Sequence[Row], __: Need) -> None:
    for row in rows:
        row.related["tasks"] = [Row(task) for task in read_tasks(row.value)]


def read_tasks(flow: Any) -> list[Task]:
    """The tasks of a flow that was read with its serialized form."""
    return tasks_of(flow.id, flow.tenant_id, flow.created, flow.serialized or {})


def _states(_: Context, rows: Sequence[Row], __: Need) -> None:
    for row in rows:
        row.related["states"] = [Row(StateOfRun(row.value.id, entry)) for entry in row.value.history]


def _no_task_runs(_: Context, rows: Sequence[Row], __: Need) -> None:
    """No operation creates task runs yet, so no run has any."""
    for row in rows:
        row.related["task_runs"] = []


_LOADERS: Final[Mapping[tuple[str, str], Loader]] = {
    ("project", "tenant"): _tenant,
    ("project", "flows"): _flows_of_projects,
    ("flow_group", "tenant"): _tenant,
    ("flow", "tenant"): _tenant,
    ("flow", "tasks"): _tasks,
    ("task", "tenant"): _tenant,
    ("task", "flow"): _by_id("flow", "flow_id", read_flows),
    ("flow_run", "tenant"): _tenant,
    ("flow", "project"): _by_id("project", "project_id", lambda c, ids, _: c.store.projects.get(ids)),
    ("flow", "flow_group"): _by_id(
        "flow_group", "flow_group_id", lambda c, ids, _: c.store.flows.groups(ids)
    ),
    ("flow_run", "flow"): _by_id("flow", "flow_id", read_flows),
    ("agent", "tenant"): _tenant,
    ("agent", "agent_config"): _by_id(
        "agent_config", "agent_config_id", lambda c, ids, _: c.store.agent_configs.get(ids)
    ),
    ("agent_config", "tenant"): _tenant,
    ("flow_run", "states"): _states,
    ("flow_run", "task_runs"): _no_task_runs,
}
