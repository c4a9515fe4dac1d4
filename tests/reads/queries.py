"""Queries with nested lists, as hypothesis draws them, and their expected results."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.flow_runs.states import KIND_OF, Kind
from domain.times import format_time
from graphql_api.queries.read_types import SCALARS
from operations.reads.arguments import Arguments
from operations.reads.entities.description import ColumnKind
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Row
from tests.reads.memory import LINKS, Memory, column, selected
from tests.reads.world import START, STATES

MAX_DEPTH = 3
names = st.sampled_from(["a", "b0", "b60", "g", "h", "run 0", "run 3", "one", "task-1 of a"])
numbers = st.integers(0, 3)
times = st.integers(-5, 30).map(lambda five: START + timedelta(minutes=5 * five))
STATE = st.sampled_from([*STATES, "Scheduled", "Unknown"])
# The columns by which each entity is filtered and sorted, and whose extremes are asked for.
FILTERED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "tenant": {"name": names},
    "project": {"name": names, "created": times},
    "flow_group": {"name": names},
    "flow": {"name": names, "version": numbers, "created": times},
    "flow_run": {"name": names, "version": numbers, "created": times, "state": STATE, "start_time": times},
    "flow_run_state": {"version": numbers, "state": STATE, "timestamp": times},
    "task": {"name": names, "max_retries": numbers},
    "edge": {"key": names},
    "task_run": {"state": STATE, "map_index": st.integers(-1, 1), "version": numbers},
    "task_run_state": {"state": STATE, "version": numbers},
}


@dataclass
class Node:
    """One list, row or aggregate of a query, with its arguments and the nodes below it."""

    entity: str
    relation: str
    many: bool
    aggregate: bool = False
    arguments: Arguments = field(default_factory=Arguments)
    extremes: bool = False
    children: list["Node"] = field(default_factory=list)


def comparisons(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw operators with operands, null among them."""
    one, many = values | st.none(), st.lists(values, max_size=3)
    options = {"_eq": one, "_neq": one, "_gte": one, "_lt": values, "_in": many, "_is_null": st.booleans()}
    return st.dictionaries(st.sampled_from(list(options)), st.none(), max_size=2).flatmap(
        lambda drawn: st.fixed_dictionaries({name: options[name] for name in drawn})
    )


def clauses(entity: str, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Draw filters with at most two clauses, also on relations."""
    options: dict[str, st.SearchStrategy[Any]] = {
        name: comparisons(values) for name, values in FILTERED[entity].items()
    }
    if depth:
        for owner, relation in LINKS:
            if owner == entity:
                target = ENTITIES[entity].relations[relation].target
                options[relation] = _below(target, depth)
        options["_not"] = _below(entity, depth)
        options["_or"] = options["_and"] = st.lists(_below(entity, depth), max_size=2)
    return st.lists(st.sampled_from(list(options)), max_size=2, unique=True).flatmap(
        lambda drawn: st.fixed_dictionaries({name: options[name] for name in drawn})
    )


def _below(entity: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.deferred(lambda: clauses(entity, depth - 1))


@st.composite
def arguments(draw: st.DrawFn, entity: str) -> Arguments:
    """Draw arguments whose order ends with the id, so that there is one right result."""
    by = draw(st.lists(st.sampled_from(list(FILTERED[entity])), max_size=2, unique=True))
    ways = st.sampled_from(["asc", "desc", "asc_nulls_first", "desc_nulls_last"])
    order = {name: draw(ways) for name in by} | {"id": draw(st.sampled_from(["asc", "desc"]))}
    return Arguments(
        where=draw(st.none() | clauses(entity)),
        order_by=[order],
        limit=draw(st.none() | st.integers(0, 8)),
        offset=draw(st.none() | st.integers(0, 3)),
        distinct_on=by[:1] if draw(st.integers(0, 4)) == 0 else [],
    )


@st.composite
def nodes(
    draw: st.DrawFn, entity: str, relation: str = "", many: bool = True, depth: int = MAX_DEPTH
) -> Node:
    """Draw a list (or a row) with up to two others inside."""
    node = Node(entity, relation, many)
    if many:
        node.arguments = draw(arguments(entity))
        node.aggregate = draw(st.integers(0, 3)) == 0
        node.extremes = draw(st.booleans())
    links = [name for owner, name in LINKS if owner == entity] if depth and not node.aggregate else []
    for name in draw(st.lists(st.sampled_from(links), max_size=2)) if links else []:
        below = ENTITIES[entity].relations[name]
        node.children.append(draw(nodes(below.target, name, below.many, depth - 1)))
    return node


class Document:
    """A node as the text of a query, with its filters and orders as variables."""

    def __init__(self, root: Node) -> None:
        self.variables: dict[str, Any] = {}
        self._declared: list[str] = []
        body = self._field(root, "it", root.entity)
        declared = f"({', '.join(self._declared)})" if self._declared else ""
        self.text = f"query{declared} {{ {body} }}"

    def _field(self, node: Node, alias: str, name: str) -> str:
        given = self._arguments(node) if node.many else ""
        if node.aggregate:
            return f"{alias}: {name}_aggregate{given} {{ {_aggregate_fields(node)} }}"
        below = " ".join(
            self._field(child, f"c{number}", child.relation) for number, child in enumerate(node.children)
        )
        return f"{alias}: {name}{given} {{ id {' '.join(FILTERED[node.entity])} {below} }}"

    def _arguments(self, node: Node) -> str:
        found = node.arguments
        parts = [f"where: {self._variable(f'{node.entity}_bool_exp', found.where)}"] if found.where else []
        parts.append(f"order_by: {self._variable(f'[{node.entity}_order_by!]', list(found.order_by))}")
        parts += [
            f"{name}: {value}" for name in ("limit", "offset") if (value := getattr(found, name)) is not None
        ]
        parts += [f"distinct_on: [{', '.join(found.distinct_on)}]"] if found.distinct_on else []
        return f"({', '.join(parts)})"

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name] = _as_json(value)
        self._declared.append(f"${name}: {kind}")
        return f"${name}"


def _aggregate_fields(node: Node) -> str:
    if not node.extremes:
        return "aggregate { count }"
    columns = " ".join(FILTERED[node.entity])
    first = next(iter(FILTERED[node.entity]))
    counts = f"count known: count(columns: [{first}]) different: count(columns: [{first}], distinct: true)"
    return f"aggregate {{ {counts} min {{ {columns} }} max {{ {columns} }} }} nodes {{ id }}"


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, dict):
        return {name: _as_json(part) for name, part in value.items()}
    return [_as_json(part) for part in value] if isinstance(value, list) else value


def expected_result(memory: Memory, node: Node, row: Row | None = None) -> Any:
    """Return the expected result of a node under a row; the root of the query is under no row."""
    rows = memory.rows[node.entity]
    if row is not None:
        (owner,) = [name for name, rows in memory.rows.items() if any(own is row for own in rows)]
        rows = memory.linked(owner, node.relation, row)
    if not node.many:
        return _fields(memory, node, rows[0]) if rows else None
    _, page = selected(node.entity, rows, node.arguments)
    return _aggregate(node, page) if node.aggregate else [_fields(memory, node, found) for found in page]


def _fields(memory: Memory, node: Node, row: Row) -> dict[str, Any]:
    found = {name: _shown(node.entity, name, row) for name in ("id", *FILTERED[node.entity])}
    return found | {
        f"c{number}": expected_result(memory, child, row) for number, child in enumerate(node.children)
    }


def _aggregate(node: Node, rows: list[Row]) -> dict[str, Any]:
    if not node.extremes:
        return {"aggregate": {"count": len(rows)}}
    first = next(iter(FILTERED[node.entity]))
    known = [value for row in rows if (value := column(node.entity, first, row)) is not None]
    found: dict[str, Any] = {"count": len(rows), "known": len(known), "different": len(set(known))}
    for name, choose in (("min", min), ("max", max)):
        found[name] = {}
        for filtered in FILTERED[node.entity]:
            having = [row for row in rows if column(node.entity, filtered, row) is not None]
            best = choose(having, key=lambda row: column(node.entity, filtered, row)) if having else None
            found[name][filtered] = None if best is None else _shown(node.entity, filtered, best)
    return {"aggregate": found, "nodes": [{"id": _shown(node.entity, "id", row)} for row in rows]}


def _shown(entity: str, name: str, row: Row) -> Any:
    value = column(entity, name, row)
    kind = ENTITIES[entity].columns[name].kind
    assert kind is not ColumnKind.JSON
    return None if value is None else SCALARS[kind].serialize(value)


@dataclass(frozen=True)
class Filter:
    """A filter as it is sent, and as it is meant: with times instead of texts."""

    sent: Any
    meant: Any


def countable(memory: Memory) -> st.SearchStrategy[Filter]:
    """Draw filters of runs that the keys of indexes decide, and some with conditions beyond the keys."""
    runs = memory.rows["flow_run"]
    created = st.sampled_from([row.value.created for row in runs]) | times
    moments = st.tuples(created, st.integers(-1, 1)).map(
        lambda drawn: drawn[0] + timedelta(microseconds=drawn[1])
    )

    def of(name: str) -> st.SearchStrategy[dict[str, Any]]:
        values = st.sampled_from(sorted({column("flow_run", name, row) for row in runs}))
        return values.map(lambda value: {"_eq": value}) | st.lists(values, max_size=3).map(
            lambda drawn: {"_in": drawn}
        )

    states = st.lists(st.sampled_from([*KIND_OF, "Unknown"]), max_size=4)
    unfinished = st.just([name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED])
    clauses = st.fixed_dictionaries(
        {},
        optional={
            "created": st.dictionaries(
                st.sampled_from(["_gt", "_gte", "_lt", "_lte", "_eq"]), moments, max_size=2
            ),
            "state": (states | unfinished).map(lambda drawn: {"_in": drawn}),
            "flow_id": of("flow_id"),
            "flow_group_id": of("flow_group_id"),
            "tenant_id": st.sampled_from([memory.rows["tenant"][0].value.id, runs[0].value.id]).map(
                lambda value: {"_eq": value}
            ),
            "version": st.just({"_gt": None}) | st.just({"_gt": 1}),
            "_not": st.just({"name": {"_eq": "run 0"}}),
        },
    )
    both = st.lists(clauses, min_size=1, max_size=2).map(lambda drawn: {"_and": drawn})
    return (clauses | both).map(lambda meant: Filter(_as_json(meant), meant))
