"""The meaning of a filter, evaluated plainly: the filters and plans of the service are compared with it.

Truth has three values, as in SQL: None is unknown. Nothing is taken out of a filter beforehand.
"""

import operator as python
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Row


def _expression(pattern: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)


def _contains(value: Any, part: Any) -> bool:
    if isinstance(part, dict):
        return isinstance(value, dict) and all(
            key in value and _contains(value[key], part[key]) for key in part
        )
    if isinstance(part, list):
        return isinstance(value, list) and all(any(_contains(item, one) for item in value) for one in part)
    return bool(value == part)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "_eq": python.eq,
    "_neq": python.ne,
    "_gt": python.gt,
    "_gte": python.ge,
    "_lt": python.lt,
    "_lte": python.le,
    "_in": lambda value, options: value in list(options),
    "_nin": lambda value, options: value not in list(options),
    "_like": lambda value, pattern: re.fullmatch(_expression(pattern), value, re.DOTALL) is not None,
    "_contains": _contains,
}


def holds(entity: Entity, where: Mapping[str, Any] | None, row: Row) -> bool | None:
    """Return True, False or None (unknown) for a filter and a row with all its related rows."""
    return _all([_clause(entity, name, value, row) for name, value in (where or {}).items()])


def _clause(entity: Entity, name: str, value: Any, row: Row) -> bool | None:
    if value is None:
        return True
    if name == "_and":
        return _all([holds(entity, part, row) for part in value])
    if name == "_or":
        found = [holds(entity, part, row) for part in value if not compares_with_null_alone(entity, part)]
        return True if True in found else None if None in found else False
    if name == "_not":
        if compares_with_null_alone(entity, value):
            return False
        return {True: False, False: True, None: None}[holds(entity, value, row)]
    judge = _of_related if name in entity.relations else _of_column
    return judge(entity, name, value, row)


def _of_related(entity: Entity, name: str, where: Mapping[str, Any], row: Row) -> bool:
    related = row.related[name]
    rows = related if isinstance(related, list) else [] if related is None else [related]
    target = ENTITIES[entity.relations[name].target]
    return any(holds(target, where, related_row) is True for related_row in rows)


def _of_column(entity: Entity, name: str, comparisons: Mapping[str, Any], row: Row) -> bool | None:
    value = entity.columns[name].get(row.value)
    given = {operator: operand for operator, operand in comparisons.items() if operand is not None}
    return _all([_compares(value, operator, operand) for operator, operand in given.items()])


def _compares(value: Any, operator: str, operand: Any) -> bool | None:
    if operator == "_is_null":
        return (value is None) is operand
    if operator in ("_in", "_nin") and not operand:
        return operator == "_nin"
    return None if value is None else OPERATORS[operator](value, operand)


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def compares_with_null_alone(entity: Entity, where: Mapping[str, Any]) -> bool:
    """Return True if a filter has comparisons with null, and no other condition that counts."""
    found = list(_comparisons(entity, where, ""))
    with_null = {place for place, what in found if what == "null"}
    others = [
        what for place, what in found if what == "value" or (what == "presence" and place not in with_null)
    ]
    return bool(found) and not others


def _comparisons(entity: Entity, where: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """Return each comparison with the path of its column: with a value, with null, or of its presence."""
    for name, value in where.items():
        here = f"{place}.{name}"
        if value is None:
            yield here, "null"
        elif name == "_and":
            for part in value:
                yield from _comparisons(entity, part, place)
        elif name == "_or":
            alone = bool(value) and all(compares_with_null_alone(entity, part) for part in value)
            yield here, "null" if alone else "value"
        elif name == "_not":
            yield here, "null" if compares_with_null_alone(entity, value) else "value"
        elif name in entity.relations:
            target = ENTITIES[entity.relations[name].target]
            yield from _comparisons(target, value, here) if value else [(here, "value")]
        else:
            for operator, operand in value.items() or [("", None)]:
                yield here, "null" if operand is None else "presence" if operator == "_is_null" else "value"
