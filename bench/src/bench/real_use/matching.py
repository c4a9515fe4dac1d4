"""The comparison of a response with a world: the document is evaluated plainly.

Rows that the order of a list does not tell apart may come in any order, and a page may have any of them.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from graphql import FieldNode, SelectionSetNode, parse, value_from_ast_untyped
from graphql.language import OperationDefinitionNode

from bench.real_use.filters import Group, Listing, listing
from bench.real_use.rows import Row, Rows, is_column, plain_value, shown_value, target_of
from domain.times import format_time

Difference = str | None
# Lists without a limit that may leave out their oldest rows, if the response says so: they have at least
# these.
_AT_LEAST: Final = {"log": 15_000, "task_run": 1_000}
_AGGREGATE: Final = "_aggregate"
_BY_ID: Final = "_by_pk"
# The ends of the names of fields that are no rows.
_FIGURES: Final = (_AGGREGATE, "aggregate", "min", "max")


class Judge:
    """A judge of the response to one document; `says_left_out` if the response tells of left out rows.

    `left_out` is the first difference that only the rows make that it tells of.
    """

    def __init__(self, rows: Rows, variables: Mapping[str, Any], *, says_left_out: bool) -> None:
        self._rows = rows
        self._variables = dict(variables)
        self._says_left_out = says_left_out
        self.left_out: Difference = None

    def difference(self, document: str, data: Mapping[str, Any]) -> Difference:
        """Return the first difference between the data of a response and the world; None if there is none."""
        (operation,) = parse(document).definitions
        assert isinstance(operation, OperationDefinitionNode)  # noqa: S101 - the documents have one operation
        return next(
            (found for field in _fields(operation.selection_set) if (found := self._root(field, data))), None
        )

    def _root(self, field: FieldNode, data: Mapping[str, Any]) -> Difference:
        name, actual = field.name.value, data[_key(field)]
        if name.endswith(_AGGREGATE):
            entity = name.removesuffix(_AGGREGATE)
            return self._aggregate(field, entity, self._all(entity, field), actual)
        if name.endswith(_BY_ID):
            entity = name.removesuffix(_BY_ID)
            where = {"id": {"_eq": self._arguments(field)["id"]}}
            return self._one(
                field, entity, self._listed(entity, self._rows.all(entity, where), {"where": where}), actual
            )
        return self._list(
            field, name, self._listed(name, self._all(name, field), self._arguments(field)), actual
        )

    def _all(self, entity: str, field: FieldNode) -> Iterable[Row]:
        return self._rows.all(entity, self._arguments(field).get("where") or {})

    def _listed(self, entity: str, found: Iterable[Row], arguments: Mapping[str, Any]) -> Listing:
        return listing(self._rows, entity, found, arguments)

    def _arguments(self, field: FieldNode) -> dict[str, Any]:
        return {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in field.arguments or ()
        }

    def _row(
        self, selection: SelectionSetNode, entity: str, row: Row, actual: Mapping[str, Any]
    ) -> Difference:
        fields = _fields(selection)
        if list(actual) != [_key(field) for field in fields]:
            return f"{entity} has the fields {list(actual)}"
        for field in fields:
            difference = self._field(field, entity, row, actual[_key(field)])
            if difference:
                return difference
        return None

    def _field(self, field: FieldNode, entity: str, row: Row, actual: Any) -> Difference:
        name = field.name.value
        if is_column(entity, name):
            expected = shown_value(entity, name, row)
            return (
                None if actual == expected else f"{entity}.{name} is {_short(actual)}, not {_short(expected)}"
            )
        relation = name.removesuffix(_AGGREGATE)
        target, many = target_of(entity, relation)
        found = self._rows.related(entity, relation, row)
        if name.endswith(_AGGREGATE):
            return self._aggregate(field, target, found, actual)
        listed = self._listed(target, found, self._arguments(field))
        return (self._list if many else self._one)(field, target, listed, actual)

    def _one(self, field: FieldNode, entity: str, listed: Listing, actual: Any) -> Difference:
        return self._list(field, entity, listed, [] if actual is None else [actual])

    def _aggregate(
        self, field: FieldNode, entity: str, found: Iterable[Row], actual: Mapping[str, Any]
    ) -> Difference:
        arguments = self._arguments(field)
        listed = self._listed(entity, found, arguments)
        page = [row for group in listed.groups for row in group.rows[: group.take]]
        for part in _fields(field.selection_set):
            if part.name.value == "nodes":
                difference = self._list(part, entity, listed, actual["nodes"])
            else:
                difference = self._figures(part, entity, page, actual[_key(part)])
            if difference:
                return difference
        return None

    def _figures(
        self, part: FieldNode, entity: str, page: Sequence[Row], actual: Mapping[str, Any]
    ) -> Difference:
        for figure in _fields(part.selection_set):
            name, value = figure.name.value, actual[_key(figure)]
            expected = len(page) if name == "count" else self._extremes(figure, entity, page)
            if value != expected:
                return f"{entity}'s {name} is {_short(value)}, not {_short(expected)}"
        return None

    def _extremes(self, figure: FieldNode, entity: str, page: Sequence[Row]) -> dict[str, Any]:
        choose = {"min": min, "max": max}[figure.name.value]
        found = {}
        for field in _fields(figure.selection_set):
            values = [
                value for row in page if (value := plain_value(entity, field.name.value, row)) is not None
            ]
            extreme = choose(values, default=None)
            found[_key(field)] = format_time(extreme) if isinstance(extreme, datetime) else extreme
        return found

    def _list(
        self, field: FieldNode, entity: str, listed: Listing, actual: Sequence[Mapping[str, Any]]
    ) -> Difference:
        selection = field.selection_set
        assert selection is not None  # noqa: S101 - rows have fields
        start = self._start(field, entity, listed, len(actual))
        if start is None:
            difference: Difference = f"{entity} has {len(actual):,} rows, not {listed.length:,}"
        else:
            difference = self._in_groups(selection, entity, listed.groups, start, actual)
        if difference is None or not self._says_left_out:
            return difference
        possible = [row for group in listed.groups for row in group.rows]
        if len(actual) > listed.length or self._among(selection, entity, possible, actual):
            return difference
        self.left_out = difference
        return None

    def _start(self, field: FieldNode, entity: str, listed: Listing, count: int) -> int | None:
        """Return the place in the list of the first row that is shown; None if there are too few or too many.

        Some lists may leave out their oldest rows.
        """
        if count == listed.length:
            return listed.offset
        least = _AT_LEAST.get(entity)
        if not self._says_left_out or least is None or not least <= count < listed.length:
            return None
        return listed.total - count if _is_oldest_first(self._arguments(field)) else listed.offset

    def _in_groups(
        self,
        selection: SelectionSetNode,
        entity: str,
        groups: Sequence[Group],
        start: int,
        actual: Sequence[Mapping[str, Any]],
    ) -> Difference:
        first = 0
        for group in groups:
            end = first + group.take
            shown = actual[max(0, first - start) : max(0, end - start)]
            difference = self._among(selection, entity, group.rows, shown) if shown else None
            if difference:
                return difference
            first = end
        return None

    def _among(
        self,
        selection: SelectionSetNode,
        entity: str,
        candidates: Sequence[Row],
        shown: Sequence[Mapping[str, Any]],
    ) -> Difference:
        """Return a difference unless each of the rows that are shown is another one of the candidates."""
        if len(candidates) == 1:
            return self._row(selection, entity, candidates[0], shown[0])
        names = [
            (_key(field), field.name.value)
            for field in _fields(selection)
            if is_column(entity, field.name.value)
        ]
        left: dict[str, list[Row]] = defaultdict(list)
        for row in candidates:
            left[_text([shown_value(entity, name, row) for _, name in names])].append(row)
        for one in shown:
            rows = left[_text([one.get(key) for key, _ in names])]
            if not rows:
                return f"{entity} has a row that should not be there: {_short(one)}"
            differences = [self._row(selection, entity, row, one) for row in rows]
            if None not in differences:
                return differences[0]
            rows.pop(differences.index(None))
        return None


def _fields(selection: SelectionSetNode | None) -> list[FieldNode]:
    return [node for node in (selection.selections if selection else ()) if isinstance(node, FieldNode)]


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _is_oldest_first(arguments: Mapping[str, Any]) -> bool:
    return "asc" in json.dumps(arguments.get("order_by"))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    return repr(value)[:80]


def items_in(data: Any) -> int:
    """Return of how many stored items the data of a response shows something.

    Equal rows to which other rows lead, such as the flow of many runs, are one item. A heartbeat is another
    item than its run, and read even if there is none.
    """
    related: set[str] = set()
    return _items_in(data, related) + len(related)


def _items_in(data: Any, related: set[str]) -> int:
    if isinstance(data, list):
        return sum(1 + _items_in(one, related) for one in data if isinstance(one, dict))
    if not isinstance(data, dict):
        return 0
    found = int("heartbeat" in data)
    for name, value in data.items():
        if isinstance(value, dict) and value and not name.endswith(_FIGURES):
            related.add(f"{name} {_text(value)}")
        found += _items_in(value, related)
    return found


def rows_in(data: Any) -> int:
    """Return how many rows the data of a response has, those inside of rows included."""
    if isinstance(data, dict):
        return sum(map(rows_in, data.values()))
    if isinstance(data, list):
        return sum(1 + rows_in(one) for one in data if isinstance(one, dict))
    return 0
