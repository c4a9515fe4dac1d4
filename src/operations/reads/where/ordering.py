"""Sorted rows and pages of them, with nulls where PostgreSQL puts them."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Listing, Row
from operations.reads.where.terms import Term


def page(entity: Entity, rows: list[Row], listing: Listing, *, in_order: bool) -> list[Row]:
    """Return the page of a list out of its matching rows, which may be `in_order` by the first term."""
    arguments = listing.arguments
    if len(listing.order) > int(in_order):
        rows = sort(entity, rows, listing.order)
    if arguments.distinct_on:
        rows = distinct(entity, rows, arguments.distinct_on)
    start = arguments.offset or 0
    return rows[start : None if arguments.limit is None else start + arguments.limit]


def sort(entity: Entity, rows: list[Row], terms: Sequence[Term]) -> list[Row]:
    """Sort rows; equal rows stay in their order."""
    for term in reversed(terms):
        value = partial(_value, entity, term.path)
        known = [row for row in rows if value(row) is not None]
        unknown = [row for row in rows if value(row) is None]
        known.sort(key=value, reverse=term.descending)
        rows = unknown + known if term.nulls_first else known + unknown
    return rows


def same(entity: Entity, one: Row, other: Row, terms: Sequence[Term]) -> bool:
    """Return True if these terms do not tell two rows apart."""
    return all(_value(entity, term.path, one) == _value(entity, term.path, other) for term in terms)


def _value(entity: Entity, path: tuple[str, ...], row: Row) -> Any:
    if len(path) == 1:
        column = entity.columns[path[0]]
        value = column.get(row.value)
        return (
            json.dumps(value, sort_keys=True)
            if column.kind is ColumnKind.JSON and value is not None
            else value
        )
    related = row.related[path[0]]
    return None if related is None else _value(ENTITIES[entity.relations[path[0]].target], path[1:], related)


def distinct(entity: Entity, rows: list[Row], columns: Sequence[str]) -> list[Row]:
    """Return the first row for each value of the columns."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(repr([entity.columns[name].get(row.value) for name in columns]), row)
    return list(first.values())
