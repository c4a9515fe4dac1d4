"""Sort orders: Hasura's `order_by`, with nulls where PostgreSQL puts them."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from operations.reads.entities.description import Entity, Kind
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, Row
from operations.reads.where.terms import Term


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
