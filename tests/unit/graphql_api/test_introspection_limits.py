from typing import Any

import pytest
from graphql import get_introspection_query, graphql_sync, parse

from graphql_api.language import introspection_limits
from graphql_api.language.introspection_limits import MAX_INTROSPECTED, introspection_excess
from graphql_api.schema import build_schema

SCHEMA = build_schema()
FULL = get_introspection_query(
    descriptions=True, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
)


def size(document):
    """Return the number of fields that a document asks for."""
    parts: list[Any] = list(parse(document).definitions)
    fragments = {part.name.value: part for part in parts if part.kind == "fragment_definition"}
    counted = introspection_limits._Size(SCHEMA, fragments)
    return sum(counted.of(None, part.selection_set) for part in parts if part.kind == "operation_definition")


def fields(value):
    if isinstance(value, dict):
        return sum(1 + fields(below) for below in value.values())
    return sum(map(fields, value)) if isinstance(value, list) else 0


@pytest.mark.parametrize(
    "document",
    [
        FULL,
        "{ __schema { types { fields { name args { name type { name ofType { name } } } } } } }",
        "{ __schema { types { name fields { name type { fields { name type { name } } } } } } }",
        "{ __schema { types { possibleTypes { name } interfaces { name } enumValues { name } } } }",
        "{ __schema { types { inputFields { name type { inputFields { name type { kind } } } } } } }",
        "{ __schema { directives { name args { name } } queryType { fields { name } } } }",
        '{ __type(name: "flow_run") { ...T fields { type { ...T } } } } fragment T on __Type { name }',
        '{ hello __type(name: "nothing") { name } }',
        "{ hello }",
    ],
)
def test_size_is_the_number_of_fields_that_are_resolved(document):
    result = graphql_sync(SCHEMA, document, None)

    assert result.errors is None
    shown = fields({key: value for key, value in (result.data or {}).items() if key != "hello"})
    roots = sum(1 for key in result.data or {} if key != "hello")
    assert size(document) == shown - roots


def test_whole_schema_fits_twice_into_one_request():
    assert introspection_excess(SCHEMA, parse(FULL)) is None
    assert 2 * size(FULL) <= MAX_INTROSPECTED < 3 * size(FULL)


def test_type_that_a_variable_names_counts_as_the_largest():
    document = "query($n: String!) { __type(name: $n) { name fields { name } inputFields { name } } }"
    largest = max(
        size(f'{{ __type(name: "{name}") {{ name fields {{ name }} inputFields {{ name }} }} }}')
        for name in SCHEMA.type_map
    )

    assert size(document) == largest


def test_counting_ends_at_the_limit(monkeypatch):
    seen = []
    below = introspection_limits._Size._below

    def counted(self, element, name):
        seen.append(name)
        return below(self, element, name)

    monkeypatch.setattr(introspection_limits._Size, "_below", counted)
    aliases = " ".join(
        f"a{n}: __schema {{ types {{ fields {{ name args {{ name }} }} }} }}" for n in range(99)
    )

    assert introspection_excess(SCHEMA, parse(f"{{ {aliases} }}")) is not None
    assert len(seen) < MAX_INTROSPECTED
