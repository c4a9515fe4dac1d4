"""The meaning of `where`, `order_by`, `distinct_on`, `limit` and `offset`, evaluated plainly over all rows.

Truth has three values, as in SQL: None is unknown. A comparison with null is no condition, as clients rely
on; an alternative of `_or` that has no other condition is left out.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bench.real_use.rows import Row, Rows, is_column, is_time, plain_value, target_of
from domain.times import parse_time

Truth = bool | None
Test = Callable[[Row], Truth]


def _contains(value: Any, part: Any) -> bool:
    if isinstance(part, dict) and isinstance(value, dict):
        return all(key in value and _contains(value[key], part[key]) for key in part)
    if isinstance(part, list) and isinstance(value, list):
        return all(any(_contains(item, one) for item in value) for one in part)
    return bool(value == part)


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    parts = ({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL | flags) is not None


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "_eq": operator.eq,
    "_neq": operator.ne,
    "_gt": operator.gt,
    "_gte": operator.ge,
    "_lt": operator.lt,
    "_lte": operator.le,
    "_in": lambda value, options: value in options,
    "_nin": lambda value, options: value not in options,
    "_like": _like,
    "_ilike": lambda value, pattern: _like(value, pattern, re.IGNORECASE),
    "_contains": _contains,
}


def test_of(rows: Rows, entity: str, where: Mapping[str, Any]) -> Test:
    """Return the test of a filter."""
    return _all([_clause(rows, entity, name, value) for name, value in where.items() if value is not None])


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def judge(row: Row) -> Truth:
        found: Truth = True
        for test in tests:
            truth = test(row)
            if truth is False:
                return False
            if truth is None:
                found = None
        return found

    return judge


def _any(tests: Sequence[Test]) -> Test:
    def judge(row: Row) -> Truth:
        found = [test(row) for test in tests]
        return True if True in found else None if None in found else False

    return judge


def _clause(rows: Rows, entity: str, name: str, value: Any) -> Test:
    if name == "_and":
        parts = value if isinstance(value, list) else [value]
        return _all([test_of(rows, entity, part) for part in parts])
    if name == "_or":
        parts = value if isinstance(value, list) else [value]
        return _any([test_of(rows, entity, part) for part in parts if not _is_null_alone(part)])
    if name == "_not":
        inner = test_of(rows, entity, value)
        return lambda row: None if (truth := inner(row)) is None else not truth
    if is_column(entity, name):
        return _all([_comparison(entity, name, sign, given) for sign, given in value.items()])
    target, _ = target_of(entity, name)
    test = test_of(rows, target, value)
    return lambda row: any(test(related) is True for related in rows.related(entity, name, row))


def _comparison(entity: str, column: str, sign: str, given: Any) -> Test:
    if given is None:
        return lambda _: True
    if sign == "_is_null":
        return lambda row: (plain_value(entity, column, row) is None) is given
    if sign in ("_in", "_nin") and not given:
        return lambda _: sign == "_nin"
    operand = _times(given, column) if is_time(entity, column) else given
    compare = _COMPARE[sign]

    def judge(row: Row) -> Truth:
        value = plain_value(entity, column, row)
        return None if value is None else compare(value, operand)

    return judge


def _times(given: Any, column: str) -> Any:
    if isinstance(given, list):
        return [parse_time(one, column) for one in given]
    return parse_time(given, column)


def _is_null_alone(where: Mapping[str, Any]) -> bool:
    """Return True if a filter compares with null, and has no other condition.

    That a column is or is not null is no other condition if the same column is compared with null, because
    the releases 0.10 to 0.12 send both together.
    """
    found = list(_comparisons(where, ""))
    with_null = {place for place, _, operand in found if operand is None}
    others = [
        (place, sign)
        for place, sign, operand in found
        if operand is not None and not (sign == "_is_null" and place in with_null)
    ]
    return bool(with_null) and not others


def _comparisons(where: Mapping[str, Any], place: str) -> Iterable[tuple[str, str, Any]]:
    """Yield the place of the column, the sign and the operand of each comparison of a filter."""
    for name, value in where.items():
        if name in ("_and", "_or", "_not"):
            for part in value if isinstance(value, list) else [value]:
                yield from _comparisons(part, place)
        elif isinstance(value, Mapping) and not name.startswith("_"):
            yield from _comparisons(value, f"{place}.{name}")
        else:
            yield place, name, value


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that the order of a list does not tell apart; the list has `take` of them."""

    rows: Sequence[Row]
    take: int


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows that a list may have, in groups in their order, and the page of it."""

    groups: Sequence[Group]
    offset: int = 0
    limit: int | None = None

    @property
    def total(self) -> int:
        """The number of rows of the list without `limit` and `offset`."""
        return sum(group.take for group in self.groups)

    @property
    def length(self) -> int:
        """The number of rows on the page."""
        left = max(0, self.total - self.offset)
        return left if self.limit is None else min(left, self.limit)


def listing(rows: Rows, entity: str, found: Iterable[Row], arguments: Mapping[str, Any]) -> Listing:
    """Return the list of `found` rows with these arguments."""
    test = test_of(rows, entity, arguments.get("where") or {})
    groups = [[row for row in found if test(row) is True]]
    for path, direction in _terms(arguments.get("order_by")):
        groups = [part for group in groups for part in _split(rows, entity, group, path, direction)]
    distinct = arguments.get("distinct_on") or []
    columns = [distinct] if isinstance(distinct, str) else distinct
    taken = _distinct(entity, groups, columns) if columns else [Group(group, len(group)) for group in groups]
    return Listing(
        [group for group in taken if group.take], arguments.get("offset") or 0, arguments.get("limit")
    )


def _terms(order: Any) -> Iterable[tuple[tuple[str, ...], str]]:
    """Yield the path and the direction of each term of an order, the first one first."""
    for keys in [order] if isinstance(order, Mapping) else order or []:
        for name, value in keys.items():
            if isinstance(value, Mapping):
                yield from (((name, *path), direction) for path, direction in _terms(value))
            elif value is not None:
                yield (name,), value


def _split(
    rows: Rows, entity: str, group: list[Row], path: tuple[str, ...], direction: str
) -> Iterable[list[Row]]:
    keyed = [(_value(rows, entity, row, path), row) for row in group]
    unknown = [row for value, row in keyed if value is None]
    known = [pair for pair in keyed if pair[0] is not None]
    known.sort(key=operator.itemgetter(0), reverse=direction.startswith("desc"))
    parts = [[row for _, row in pairs] for _, pairs in groupby(known, key=operator.itemgetter(0))]
    nulls_first = direction.endswith("nulls_first") or direction == "desc"
    return [unknown, *parts] if nulls_first else [*parts, unknown]


def _value(rows: Rows, entity: str, row: Row, path: tuple[str, ...]) -> Any:
    if len(path) == 1:
        return plain_value(entity, path[0], row)
    related = rows.related(entity, path[0], row)
    return _value(rows, target_of(entity, path[0])[0], related[0], path[1:]) if related else None


def _distinct(entity: str, groups: Iterable[list[Row]], columns: Sequence[str]) -> list[Group]:
    """Return one row for each value of the columns: any of the first that the order does not tell apart."""
    seen: set[str] = set()
    kept = []
    for group in groups:
        values: dict[str, list[Row]] = {}
        for row in group:
            values.setdefault(repr([plain_value(entity, name, row) for name in columns]), []).append(row)
        kept += [Group(found, 1) for value, found in values.items() if value not in seen]
        seen |= set(values)
    return kept
