"""The rows of a world by entity, with their columns and relations, as a reader of the schema expects them.

Nothing of the service's planning is used: a list is every row of the entity, and a relation is every row with
the equal column. Only the columns' own functions are the service's, which other tests cover.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Final

from bench.real_use.catalogue import tasks_of_flow
from bench.real_use.world import World
from domain.flow_runs.flow_runs import FlowRun
from domain.flows.flows import Flow
from domain.ids import owner_of
from domain.task_runs.task_runs import TaskRun
from domain.times import format_time
from operations.reads.entities.description import ColumnKind
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.task_runs.state_plans import states_of_flow_run, states_of_task_run

Row = Any
# A relation of an entity: its target, and the function that finds the rows.
Related = Callable[["Rows", Row], Iterable[Row]]


class Rows:
    """The rows of all entities of a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def runs_of_flow(self) -> Mapping[str, list[FlowRun]]:
        """The runs by the id of their flow."""
        return _grouped(self.world.runs.values(), lambda run: run.flow_id)

    @cached_property
    def flows_of_project(self) -> Mapping[str, list[Flow]]:
        """The flows by the id of their project."""
        return _grouped(self.world.flows.values(), lambda flow: flow.project_id)

    @cached_property
    def flows_of_group(self) -> Mapping[str, list[Flow]]:
        """The flows by the id of their group."""
        return _grouped(self.world.flows.values(), lambda flow: flow.flow_group_id)

    @cached_property
    def begun_task_runs(self) -> list[TaskRun]:
        """The task runs that have begun; all others are Pending or Cancelled."""
        return [run for runs in self.world.task_runs.values() for run in runs.values()]

    def all(self, entity: str, where: Mapping[str, Any]) -> Iterable[Row]:
        """Return all rows of an entity that a filter may match.

        The filter is looked at for an id alone, and for a state that only begun task runs have, because
        a tenant has millions of task runs.
        """
        world = self.world
        if entity == "flow_run":
            return _with_ids(world.runs, where)
        if entity == "flow":
            return _with_ids(world.flows, where)
        if entity == "task_run":
            return self._task_runs(where)
        if entity == "log":
            return world.logs.get(_equal(where, "flow_run_id") or "", [])
        few: Mapping[str, Callable[[], Iterable[Row]]] = {
            "tenant": lambda: [world.tenant],
            "user": lambda: [world.tenant],
            "project": lambda: world.catalogue.projects,
            "flow_group": lambda: [versions.group for versions in world.catalogue.versions],
            "task": world.tasks,
            "agent": lambda: world.agents,
        }
        return few[entity]() if entity in few else []

    def _task_runs(self, where: Mapping[str, Any]) -> Iterable[TaskRun]:
        world = self.world
        run_id, row_id = _equal(where, "flow_run_id"), _equal(where, "id")
        if run_id is None and row_id is not None and owner_of(row_id) in world.runs:
            run_id = owner_of(row_id)
        if run_id is not None:
            return world.task_runs_of(world.runs[run_id]) if run_id in world.runs else []
        if row_id is not None or _equal(where, "state") == "Cached":
            return self.begun_task_runs
        return (row for run in world.runs.values() for row in world.task_runs_of(run))

    def related(self, entity: str, relation: str, row: Row) -> list[Row]:
        """Return the rows to which a relation leads."""
        return [found for found in _RELATED[entity, relation](self, row) if found is not None]


def _grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _equal(where: Mapping[str, Any], column: str) -> str | None:
    """Return the value that a column must have by the first level of a filter; None if any will do."""
    value = (where.get(column) or {}).get("_eq")
    return value if isinstance(value, str) else None


def _with_ids(rows: Mapping[str, Row], where: Mapping[str, Any]) -> Iterable[Row]:
    one = _equal(where, "id")
    many = (where.get("id") or {}).get("_in")
    ids = [one] if one is not None else many
    return rows.values() if ids is None else [rows[row_id] for row_id in dict.fromkeys(ids) if row_id in rows]


def _project(rows: Rows, project_id: str) -> Iterable[Row]:
    return (project for project in rows.world.catalogue.projects if project.id == project_id)


def _task(rows: Rows, task_run: TaskRun) -> Iterable[Row]:
    tasks = tasks_of_flow(rows.world.flows[task_run.flow_id])
    return (task for task in tasks if task.id == task_run.task_id)


def _logs_of_task_run(rows: Rows, task_run: TaskRun) -> Iterable[Row]:
    logs = rows.world.logs.get(task_run.flow_run_id, [])
    return (kept for kept in logs if kept.entry.task_run_id == task_run.id)


def _task_run_of_log(rows: Rows, kept: Row) -> Iterable[Row]:
    run = rows.world.runs[kept.entry.flow_run_id]
    wanted = kept.entry.task_run_id
    return (task_run for task_run in rows.world.task_runs_of(run) if task_run.id == wanted) if wanted else ()


_RELATED: Final[Mapping[tuple[str, str], Related]] = {
    ("tenant", "projects"): lambda rows, _: rows.world.catalogue.projects,
    ("user", "default_membership"): lambda rows, _: [rows.world.tenant],
    ("tenant_membership", "tenant"): lambda rows, _: [rows.world.tenant],
    ("project", "flows"): lambda rows, project: rows.flows_of_project[project.id],
    ("flow_group", "flows"): lambda rows, group: rows.flows_of_group[group.id],
    ("flow", "project"): lambda rows, flow: _project(rows, flow.project_id),
    ("flow", "flow_group"): lambda rows, flow: (
        one.group for one in rows.world.catalogue.versions if one.group.id == flow.flow_group_id
    ),
    ("flow", "tasks"): lambda _, flow: tasks_of_flow(flow),
    ("flow", "flow_runs"): lambda rows, flow: rows.runs_of_flow.get(flow.id, []),
    ("task", "flow"): lambda rows, task: [rows.world.flows[task.flow_id]],
    ("flow_run", "flow"): lambda rows, run: [rows.world.flows[run.flow_id]],
    ("flow_run", "tenant"): lambda rows, _: [rows.world.tenant],
    ("flow_run", "agent"): lambda *_: (),
    ("flow_run", "states"): lambda _, run: states_of_flow_run(run),
    ("flow_run", "logs"): lambda rows, run: rows.world.logs.get(run.id, []),
    ("flow_run", "task_runs"): lambda rows, run: rows.world.task_runs_of(run),
    ("task_run", "flow_run"): lambda rows, task_run: [rows.world.runs[task_run.flow_run_id]],
    ("task_run", "task"): _task,
    ("task_run", "states"): lambda _, task_run: states_of_task_run(task_run),
    ("task_run", "logs"): _logs_of_task_run,
    ("log", "task_run"): _task_run_of_log,
}


def is_column(entity: str, name: str) -> bool:
    """Return True if an entity has a column of this name."""
    return name in ENTITIES[entity].columns


def target_of(entity: str, relation: str) -> tuple[str, bool]:
    """Return the entity to which a relation leads, and True if it leads to many rows."""
    found = ENTITIES[entity].relations[relation]
    return found.target, found.many


def plain_value(entity: str, column: str, row: Row) -> Any:
    """Return the value of a column: a time as a datetime, anything else as in a response."""
    return ENTITIES[entity].columns[column].get(row)


def shown_value(entity: str, column: str, row: Row) -> Any:
    """Return the value of a column as a response shows it."""
    value = plain_value(entity, column, row)
    return format_time(value) if value is not None and is_time(entity, column) else value


def is_time(entity: str, column: str) -> bool:
    """Return True if a column has times."""
    return ENTITIES[entity].columns[column].kind is ColumnKind.TIME
