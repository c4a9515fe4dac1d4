import math
from datetime import UTC, datetime

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    graphql_sync,
)

from domain.odd_values import UnkeptNumber, mended
from graphql_api.language.scalars import DATE_TIME, JSON, UUID

ID = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


def take(scalar, literal, variables=None, declared=""):
    """Return the value that a resolver gets for a literal, or the error."""
    seen = []
    field = GraphQLField(
        JSON, {"value": GraphQLArgument(scalar)}, lambda _root, _info, **given: seen.append(given)
    )
    schema = GraphQLSchema(GraphQLObjectType("Query", {"field": field}), types=[UUID, DATE_TIME, JSON])
    result = graphql_sync(
        schema, f"query {declared} {{ field(value: {literal}) }}", variable_values=variables
    )
    return result.errors[0] if result.errors else seen[0]["value"]


def test_uuid_is_read_in_any_spelling_from_literal_and_variable():
    assert take(UUID, f'"{ID.upper()}"') == ID
    assert take(UUID, "$id", {"id": ID.replace("-", "")}, "($id: UUID)") == ID


@pytest.mark.parametrize(
    "literal", ['"x"', '""', "5", "true", "{a: 1}", "[]", "9" * 5000], ids=lambda text: text[:9]
)
def test_value_that_is_no_uuid_is_refused_with_the_reason(literal):
    error = take(UUID, literal)

    assert isinstance(error, GraphQLError)
    assert "must be a UUID" in error.message


def test_time_is_read_in_iso_form_or_with_a_blank():
    eight = datetime(2026, 1, 31, 8, tzinfo=UTC)

    assert take(DATE_TIME, '"2026-01-31 08:00:00"') == eight
    assert take(DATE_TIME, "$at", {"at": "2026-01-31T09:00:00+01:00"}, "($at: DateTime)") == eight


@pytest.mark.parametrize("literal", ['"tomorrow"', '""', "1769846400", "1e400", "false", "{}"])
def test_value_that_is_no_time_is_refused_with_an_example(literal):
    error = take(DATE_TIME, literal)

    assert isinstance(error, GraphQLError)
    assert "ISO 8601, such as 2026-01-31T08:00:00+00:00" in error.message


def test_time_is_written_in_the_form_of_postgresql():
    assert (
        DATE_TIME.coerce_output_value(datetime(2026, 1, 31, 8, 0, 0, 500_000, tzinfo=UTC))
        == "2026-01-31T08:00:00.5+00:00"
    )


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('{type: "Success" message: "It worked!"}', {"type": "Success", "message": "It worked!"}),
        ("{a: [1, 2.5, null, true, {b: ENUM}], c: {}}", {"a": [1, 2.5, None, True, {"b": "ENUM"}], "c": {}}),
        ('"{\\"a\\": 2}"', '{"a": 2}'),
        ('"""block "quoted" text"""', 'block "quoted" text'),
        ("[]", []),
        ("9007199254740993", 9007199254740993),
        ('"👋 \\u00e9 \\u{1F44B}"', "👋 é 👋"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_json_is_read_from_a_literal(literal, value):
    assert take(JSON, literal) == value


@pytest.mark.parametrize(
    "value", [{"a": [1, None, {"b": "👋"}]}, [], "text", 5, 0.5, True, {"NaN": "NaN"}], ids=repr
)
def test_json_is_read_from_a_variable(value):
    assert take(JSON, "$value", {"value": value}, "($value: JSON)") == value


def test_variables_inside_a_json_literal_are_read():
    variables = {"number": 3, "id": ID, "object": {"k": None}}

    taken = take(
        JSON,
        "{a: $number, b: [$object, $id], c: $absent}",
        variables,
        "($number: JSON, $id: UUID, $object: JSON, $absent: JSON)",
    )

    assert taken == {"a": 3, "b": [{"k": None}, ID]}


@pytest.mark.parametrize("literal", ["1e400", "[-1e999]", "{a: 1e400}"])
def test_infinite_number_in_a_json_literal_is_left_to_the_input(literal):
    assert not isinstance(take(JSON, literal), GraphQLError)


@pytest.mark.parametrize(
    "number", [math.nan, math.inf, -math.inf, UnkeptNumber("1e-400"), UnkeptNumber("9" * 5000)], ids=repr
)
@pytest.mark.parametrize("literal", ["{a: $value}", "[{b: $value}]"])
def test_odd_number_in_a_variable_inside_of_a_json_literal_is_left_to_the_input(number, literal):
    for value in (number, [[number]], {"k": [number]}):
        taken = take(JSON, literal, {"value": value}, "($value: JSON)")

        assert mended(taken) != taken
        assert str(taken).count(repr(number)) == 1


@pytest.mark.parametrize("value", [{1, 2}, object()])
def test_python_object_in_a_variable_is_refused_as_json(value):
    error = take(JSON, "$value", {"value": value}, "($value: JSON)")

    assert isinstance(error, GraphQLError)
    assert "must be JSON" in error.message


def test_variable_inside_of_a_json_literal_is_not_made_anew():
    value = [{"a": [1, 2]}]
    assert take(JSON, "{x: $v, y: [$v]}", {"v": value}, "($v: JSON)")["x"] is value


@pytest.mark.parametrize(("value", "uses"), [([], 4), ({}, 4), ("a" * 2_000, 4), ("a", 50), (1, 50)])
def test_large_variable_stands_in_a_json_literal_a_few_times(value, uses):
    def literal(count):
        return f"[{', '.join(['$v'] * count)}]"

    assert take(JSON, literal(uses), {"v": value}, "($v: JSON)") == [value] * uses
    if uses == 4:
        assert "can stand 4 times in a value" in str(take(JSON, literal(5), {"v": value}, "($v: JSON)"))
