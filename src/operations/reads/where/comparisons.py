"""Comparisons of a column with the operand of a filter, each compiled once to a function of the value.

Null compares as unknown (None). What depends on the length of a value draws on the budget of the request.
"""

import operator as python
from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.work import Work
from operations.reads.entities.description import ColumnKind
from operations.reads.rows import Truth
from operations.reads.where.json_containment import JsonComparisons
from operations.reads.where.like import Pattern

Test = Callable[[Any], Truth]

_PLAIN: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "_eq": python.eq,
    "_neq": python.ne,
    "_gt": python.gt,
    "_gte": python.ge,
    "_lt": python.lt,
    "_lte": python.le,
}
_PATTERNS: Final = ("_like", "_nlike", "_ilike", "_nilike")
_JSON: Final = ("_contains", "_contained_in", "_has_key", "_has_keys_any", "_has_keys_all")
OPERATORS: Final = (*_PLAIN, "_in", "_nin", *_PATTERNS, *_JSON, "_is_null")


def compile_comparison(kind: ColumnKind, operator: str, operand: Any, work: Work) -> Test:
    """Compile a comparison of a column of this kind with an operand other than null."""
    if operator == "_is_null":
        return lambda value: (value is None) is operand
    if operator in ("_in", "_nin") and not operand:  # decided even for null: there is nothing to compare
        return lambda _: operator == "_nin"
    test = _json_test(operator, operand, work) if kind is ColumnKind.JSON else _test(operator, operand, work)
    return lambda value: None if value is None else test(value)


def _test(operator: str, operand: Any, work: Work) -> Callable[[Any], bool]:
    if operator in _PATTERNS:
        matches = Pattern(operand, operator, work, any_case=operator in ("_ilike", "_nilike")).matches
        return _opposite(matches) if operator in ("_nlike", "_nilike") else matches
    if operator in ("_in", "_nin"):
        is_option = frozenset(operand).__contains__
        return is_option if operator == "_in" else _opposite(is_option)
    compare = _PLAIN[operator]
    return lambda value: compare(value, operand)


def _json_test(operator: str, operand: Any, work: Work) -> Callable[[Any], bool]:
    json = JsonComparisons(operator, work)
    tests: Mapping[str, Callable[[Any], bool]] = {
        "_eq": lambda value: json.equal(value, operand),
        "_neq": lambda value: not json.equal(value, operand),
        "_in": lambda value: any(json.equal(value, option) for option in operand),
        "_nin": lambda value: not any(json.equal(value, option) for option in operand),
        "_contains": lambda value: json.contains(value, operand),
        "_contained_in": lambda value: json.contains(operand, value),
        "_has_key": lambda value: json.has_key(value, operand),
        "_has_keys_any": lambda value: any(json.has_key(value, key) for key in operand),
        "_has_keys_all": lambda value: all(json.has_key(value, key) for key in operand),
    }
    return tests[operator]


def _opposite(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: not test(value)
