"""All stored rows in memory: the plain evaluation with which queries of the read dialect are compared."""

from typing import Any

from domain.work import Work
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import list_rows
from operations.reads.rows import Need, NestedList, Row
from operations.reads.where import ordering
from operations.reads.where.terms import parse_order
from tests.reads.plain import holds

ROOTS = ("tenant", "project", "flow_group", "flow", "flow_run", "flow_run_state", "task", "edge")
# The entities whose rows are in memory; the last two are listed only by their flow runs.
NAMES = (*ROOTS, "task_run", "task_run_state")
# The two equal columns of each relation: of the entity, and of the target.
LINKS = {
    ("tenant", "projects"): ("id", "tenant_id"),
    ("tenant", "flow_groups"): ("id", "tenant_id"),
    ("tenant", "flows"): ("id", "tenant_id"),
    ("tenant", "flow_runs"): ("id", "tenant_id"),
    ("project", "tenant"): ("tenant_id", "id"),
    ("project", "flows"): ("id", "project_id"),
    ("flow_group", "tenant"): ("tenant_id", "id"),
    ("flow_group", "project"): ("project_id", "id"),
    ("flow_group", "flows"): ("id", "flow_group_id"),
    ("flow_group", "flow_runs"): ("id", "flow_group_id"),
    ("flow", "tenant"): ("tenant_id", "id"),
    ("flow", "project"): ("project_id", "id"),
    ("flow", "flow_group"): ("flow_group_id", "id"),
    ("flow", "tasks"): ("id", "flow_id"),
    ("flow", "edges"): ("id", "flow_id"),
    ("flow", "flow_runs"): ("id", "flow_id"),
    ("flow_run", "tenant"): ("tenant_id", "id"),
    ("flow_run", "flow"): ("flow_id", "id"),
    ("flow_run", "states"): ("id", "flow_run_id"),
    ("flow_run", "task_runs"): ("id", "flow_run_id"),
    ("flow_run_state", "flow_run"): ("flow_run_id", "id"),
    ("task_run", "tenant"): ("tenant_id", "id"),
    ("task_run", "flow_run"): ("flow_run_id", "id"),
    ("task_run", "task"): ("task_id", "id"),
    ("task_run", "states"): ("id", "task_run_id"),
    ("task_run_state", "task_run"): ("task_run_id", "id"),
    ("task", "tenant"): ("tenant_id", "id"),
    ("task", "flow"): ("flow_id", "id"),
    ("task", "task_runs"): ("id", "task_id"),
    ("task", "upstream_edges"): ("id", "downstream_task_id"),
    ("task", "downstream_edges"): ("id", "upstream_task_id"),
    ("edge", "flow"): ("flow_id", "id"),
    ("edge", "upstream_task"): ("upstream_task_id", "id"),
    ("edge", "downstream_task"): ("downstream_task_id", "id"),
}


class Memory:
    """All rows of all entities, each with its related rows and with the nested lists of filters."""

    def __init__(self, context: Context) -> None:
        self.rows = {name: _all(context, name, None) for name in ROOTS}
        of_all = {"flow_run_id": {"_in": [row.value.id for row in self.rows["flow_run"]]}}
        self.rows["task_run"] = _all(context, "task_run", of_all)
        self.rows["task_run_state"] = _all(context, "task_run_state", {"task_run": of_all})
        for name, rows in self.rows.items():
            for row in rows:
                row.lists = _Lists(self, name, row)
                for relation in ENTITIES[name].relations:
                    if (name, relation) in LINKS:
                        found = self.linked(name, relation, row)
                        many = ENTITIES[name].relations[relation].many
                        row.related[relation] = found if many else next(iter(found), None)

    def linked(self, name: str, relation: str, row: Row) -> list[Row]:
        """Return all rows to which a relation of a row leads."""
        own, other = LINKS[name, relation]
        target = ENTITIES[name].relations[relation].target
        value = column(name, own, row)
        return [related for related in self.rows[target] if column(target, other, related) == value]


class _Lists(dict[NestedList, Any]):
    """The nested lists of a row, each evaluated when it is asked for."""

    def __init__(self, memory: Memory, name: str, row: Row) -> None:
        super().__init__()
        self._memory, self._name, self._row = memory, name, row

    def __missing__(self, wanted: NestedList) -> list[Row]:
        target = ENTITIES[self._name].relations[wanted.relation].target
        linked = self._memory.linked(self._name, wanted.relation, self._row)
        return selected(target, linked, wanted.listing.arguments)[1]


def _all(context: Context, name: str, where: Any) -> list[Row]:
    need = Need(set(ENTITIES[name].columns))
    return [Row(row.value) for row in list_rows(context, name, Arguments(where=where), need)]


def column(name: str, of: str, row: Row) -> Any:
    """Return the value of a column in a row."""
    return ENTITIES[name].columns[of].get(row.value)


def selected(name: str, rows: list[Row], arguments: Arguments) -> tuple[list[Row], list[Row]]:
    """Return all rows that match, in order, and the page of them."""
    entity = ENTITIES[name]
    kept = [row for row in rows if holds(entity, arguments.where, row) is True]
    kept = ordering.sort(entity, kept, parse_order(arguments.order_by), Work.unlimited())
    if arguments.distinct_on:
        kept = ordering.distinct(entity, kept, arguments.distinct_on, Work.unlimited())
    start = arguments.offset or 0
    return kept, kept[start : None if arguments.limit is None else start + arguments.limit]
