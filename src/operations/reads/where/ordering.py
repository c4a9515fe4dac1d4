"""Sorted rows and pages of them, with nulls where PostgreSQL puts them."""

import json
from collections.abc import Sequence
from math import log2
from operator import itemgetter
from typing import Any, Final

from domain.work import Work
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Listing, Row
from operations.reads.where.terms import Term

# Units for one comparison of two sort keys, and for a character of a JSON value that is written as text.
_COMPARED: Final = 0.1
WRITTEN: Final = 0.04


def page(entity: Entity, rows: list[Row], listing: Listing, work: Work, *, in_order: bool) -> list[Row]:
    """Return the page of a list, given its matching rows: `in_order` if the first term sorts them already."""
    arguments = listing.arguments
    if len(listing.order) > int(in_order):
        rows = sort(entity, rows, listing.order, work)
    if arguments.distinct_on:
        rows = distinct(entity, rows, arguments.distinct_on, work)
    start = arguments.offset or 0
    return rows[start : None if arguments.limit is None else start + arguments.limit]


def sort(entity: Entity, rows: list[Row], terms: Sequence[Term], work: Work) -> list[Row]:
    """Sort rows; equal rows stay in their order. Raises BadUserInput if the budget is used up."""
    comparisons = log2(len(rows) or 1) * _COMPARED
    for term in reversed(terms):
        work.draw(len(rows) * (len(term.path) + comparisons), "order_by")
        keyed = [(_value(entity, term.path, row, work), row) for row in rows]
        known = [pair for pair in keyed if pair[0] is not None]
        unknown = [row for value, row in keyed if value is None]
        known.sort(key=itemgetter(0), reverse=term.descending)
        in_order = [row for _, row in known]
        rows = unknown + in_order if term.nulls_first else in_order + unknown
    return rows


def value(entity: Entity, row: Row, term: Term, work: Work) -> Any:
    """Return the value of a row by which a term orders it."""
    return _value(entity, term.path, row, work)


def same(entity: Entity, one: Row, other: Row, terms: Sequence[Term], work: Work) -> bool:
    """Return True if these terms do not tell two rows apart."""
    return all(
        _value(entity, term.path, one, work) == _value(entity, term.path, other, work) for term in terms
    )


def _value(entity: Entity, path: tuple[str, ...], row: Row, work: Work) -> Any:
    if len(path) == 1:
        column = entity.columns[path[0]]
        value = column.get(row.value)
        if column.kind is not ColumnKind.JSON or value is None:
            return value
        text = json.dumps(value, sort_keys=True)
        work.draw(len(text) * WRITTEN, "order_by")
        return text
    related = row.related[path[0]]
    if related is None:
        return None
    return _value(ENTITIES[entity.relations[path[0]].target], path[1:], related, work)


def distinct(entity: Entity, rows: list[Row], columns: Sequence[str], work: Work) -> list[Row]:
    """Return the first row for each value of the columns. Raises BadUserInput if the budget is used up."""
    getters = [entity.columns[name].get for name in dict.fromkeys(columns)]
    first: dict[str, Row] = {}
    for row in rows:
        work.draw(len(getters), "distinct_on")
        text = repr([get(row.value) for get in getters])
        work.draw(len(text) * WRITTEN, "distinct_on")
        first.setdefault(text, row)
    return list(first.values())
