"""Sort orders: Hasura's `order_by`, with nulls where PostgreSQL puts them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from operations.reads.entities.description import Entity, Kind
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, Row


@dataclass(frozen=True, slots=True)
class Term:
    """One sort key: a column, perhaps of a related row, and its direction."""

    path: tuple[str, ...]
    descending: bool
    nulls_first: bool


def parse_order(order_by: Sequence[Mapping[str, Any]]) -> list[Term]:
    """The terms of an order, first the one that counts most; the order of keys is the order of terms."""
    return [term for each in order_by for name, value in each.items() for term in _terms((name,), value)]


def _terms(path: tuple[str, ...], value: Any) -> list[Term]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [term for name, below in value.items() for term in _terms((*path, name), below)]
    descending = value.startswith("desc")
    nulls_first = value.endswith("nulls_first") or (descending and not value.endswith("nulls_last"))
    return [Term(path, descending, nulls_first)]


def add_need(terms: Sequence[Term], need: Need) -> None:
    """Add to a need what sorting by these terms looks at."""
    for term in terms:
        place = need
        for relation in term.path[:-1]:
            place = place.relation(relation)
        place.columns.add(term.path[-1])


def sort(entity: Entity, rows: list[Row], terms: Sequence[Term]) -> list[Row]:
    """Sort rows; equal ones stay as they are."""
    for term in reversed(terms):
        value = partial(_value, entity, term.path)
        known = [row for row in rows if value(row) is not None]
        unknown = [row for row in rows if value(row) is None]
        known.sort(key=value, reverse=term.descending)
        rows = unknown + known if term.nulls_first else known + unknown
    return rows


def same(entity: Entity, one: Row, other: Row, terms: Sequence[Term]) -> bool:
    """Whether two rows stand at the same place as far as these terms say."""
    return all(_value(entity, term.path, one) == _value(entity, term.path, other) for term in terms)


def _value(entity: Entity, path: tuple[str, ...], row: Row) -> Any:
    if len(path) == 1:
        column = entity.columns[path[0]]
        value = column.get(row.value)
        return json.dumps(value, sort_keys=True) if column.kind is Kind.JSON and value is not None else value
    related = row.related[path[0]]
    return None if related is None else _value(ENTITIES[entity.relations[path[0]].target], path[1:], related)


def distinct(entity: Entity, rows: list[Row], columns: Sequence[str]) -> list[Row]:
    """The first row for each value of the columns."""
    seen: dict[str, Row] = {}
    for row in rows:
        seen.setdefault(repr([entity.columns[name].get(row.value) for name in columns]), row)
    return list(seen.values())
