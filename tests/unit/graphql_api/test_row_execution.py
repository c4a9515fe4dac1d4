"""Rows as graphql-core itself executes them: the same data, the same errors in the same order."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    get_argument_values,
    parse,
)
from graphql.execution import Executor
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api import row_execution
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.row_execution import RowExecution, attached, column, related
from operations.reads.rows import Row
from tests.examples import examples

SCALARS: dict[str, tuple[GraphQLScalarType, type | None]] = {
    "text": (GraphQLString, str),
    "number": (GraphQLInt, None),
    "flag": (GraphQLBoolean, bool),
    "time": (DATE_TIME, None),
    "key": (UUID, str),
    "json": (JSON, None),
}
LISTS = ("few", "many", "other")


@dataclass
class Thing:
    """The value of a row: each column returns a value, or raises an error."""

    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        found = self.values.get(name)
        if isinstance(found, ZeroDivisionError):
            raise found
        return found


def columns():
    for name, (scalar, plain) in SCALARS.items():
        for suffix, nullable in (("", True), ("_required", False)):

            def get(thing, name=name + suffix):
                return thing.get(name)

            yield (
                name + suffix,
                GraphQLField(
                    scalar if nullable else GraphQLNonNull(scalar),
                    resolve=lambda row, _info, get=get: get(row.value),
                    extensions=column(get, scalar, plain, nullable=nullable),
                ),
            )


def fields():
    made = dict(columns())
    for name, kind in (("one", THING), ("one_required", GraphQLNonNull(THING))):
        made[name] = GraphQLField(
            kind, resolve=lambda row, _info, name=name: row.related[name], extensions=related(name)
        )
    items = {"few": GraphQLNonNull(THING), "many": THING, "other": GraphQLNonNull(THING)}
    for name, item in items.items():
        made[name] = GraphQLField(
            GraphQLNonNull(GraphQLList(item)) if name == "few" else GraphQLList(item),
            {"first": GraphQLArgument(GraphQLInt)},
            resolve=lambda row, _info, first=None, name=name: (
                row.related[name] if first is None else row.related[name][:first]
            ),
            extensions=attached(name) if name == "many" else {},
        )
    return made


THING = GraphQLObjectType("thing", fields)
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "things": GraphQLField(
                GraphQLList(GraphQLNonNull(THING)), resolve=lambda rows, _info: rows["things"]
            ),
            "thing": GraphQLField(THING, resolve=lambda rows, _info: rows["thing"]),
        },
    )
)
VALUES: dict[str, list[Any]] = {
    "text": ["", "a", 7, True, [1]],
    "number": [0, -1, 2**31, 1.5, True, "7", "x"],
    "flag": [True, False, 1, "x"],
    "time": [datetime(2026, 1, 2, tzinfo=UTC), "soon"],
    "key": ["6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21", 7],
    "json": [{"a": [1]}, [], 0, False, ""],
}
ODD = [None, ZeroDivisionError("no")]
NAMES = [f"{name}{suffix}" for name in VALUES for suffix in ("", "_required")]


def row(dice, odd, levels=3):
    """Return a row, of whose values a share is odd: null, or an error. The deepest have no other rows."""
    values = {
        name: dice.choice(ODD if dice.random() < odd else VALUES[name.removesuffix("_required")])
        for name in NAMES
    }
    made = Row(Thing(values), {"one": None, "one_required": None, **{name: [] for name in LISTS}})
    if levels == 0:
        return made
    for name in ("one", "one_required"):
        if dice.random() > odd:
            made.related[name] = row(dice, odd, levels - 1)
    for name in LISTS:
        made.related[name] = [row(dice, odd, levels - 1) for _ in range(dice.randrange(3))]
        if dice.random() < odd / 4:
            made.related[name] = dice.choice([None, [None], 7, (made.related["one"],)])
    if dice.random() < odd / 4:
        del made.related["one"]
    return made


def selection(dice, levels=3):
    """Return the text of a selection of a row."""
    parts = dice.choices([*NAMES, "__typename"], k=dice.randint(1, 5))
    parts = [f"{dice.choice(['', '', f'a{number}: '])}{part}" for number, part in enumerate(parts)]
    for name in dice.sample(["one", "one_required", *LISTS], k=dice.randrange(4) if levels else 0):
        given = dice.choice(["", "", "(first: 1)", "(first: $n)"]) if name in LISTS else ""
        parts.append(f"{name}_{len(given)}: {name}{given} {selection(dice, levels - 1)}")
    wrappers = ["{}", "{}", "{}", "... on thing {{ {} }}", "... @skip(if: $no) {{ {} }}"]
    return "{ " + " ".join(dice.choice(wrappers).format(part) for part in parts) + " }"


def execute(kind, text, root, variables=None):
    """Return the data of an execution of this class, and all that its errors tell."""
    never: Any = lambda _value: False  # noqa: E731
    execution: Any = kind.build(
        SCHEMA,
        parse(text),
        root,
        raw_variable_values=variables,
        is_awaitable=never,
        is_async_iterable=never,
    )
    result = execution.execute_operation()
    return result.data, [error.formatted for error in result.errors or ()]


@settings(max_examples=examples(300))
@given(seed=st.integers(0, 2**32), odd=st.sampled_from([0.0, 0.01, 0.1, 0.3]), propagates=st.booleans())
def test_rows_are_executed_as_graphql_core_executes_them(seed, odd, propagates):
    dice = random.Random(seed)  # noqa: S311
    root = {"things": [row(dice, odd) for _ in range(dice.randrange(3))], "thing": row(dice, odd)}
    directive = "" if propagates else "@experimental_disableErrorPropagation"
    text = f"query($n: Int, $no: Boolean!) {directive} {{ things {selection(dice)} thing {selection(dice)} }}"

    plain, ours = (execute(kind, text, root, {"n": 1, "no": False}) for kind in (Executor, RowExecution))

    assert ours == plain
    assert list(_keys(ours[0])) == list(_keys(plain[0]))


def _keys(value):
    """Yield the keys of a result in their order."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            yield from _keys(below)
    elif isinstance(value, list):
        for below in value:
            yield from _keys(below)


@pytest.mark.parametrize("count", [1, 50])
def test_columns_of_rows_are_shown_without_the_resolvers_of_graphql_core(monkeypatch, count):
    resolved = []

    def build(*given):
        resolved.append(given[-1].key)
        return Executor.build_resolve_info(*given)

    monkeypatch.setattr(RowExecution, "build_resolve_info", build)
    one = Row(Thing({"text": "a", "number_required": 7}))
    things = [Row(Thing({"text": "a", "number_required": 7}), {"one": one}) for _ in range(count)]

    data, errors = execute(
        RowExecution, "{ things { text n: number_required one { text } } }", {"things": things}
    )

    assert data == {"things": [{"text": "a", "n": 7, "one": {"text": "a"}}] * count}
    assert (errors, resolved) == ([], ["things"])


def test_arguments_of_a_field_are_read_once_for_all_rows(monkeypatch):
    read = []

    def count(*given):
        read.append(given)
        return get_argument_values(*given)

    monkeypatch.setattr(row_execution, "get_argument_values", count)
    things = [Row(Thing(), {"few": [Row(Thing({"text": "a"}))] * 3}) for _ in range(20)]

    data, _ = execute(RowExecution, "{ things { few(first: 2) { text } } }", {"things": things})

    assert data == {"things": [{"few": [{"text": "a"}] * 2}] * 20}
    assert len(read) == 1
