"""The scalars UUID, DateTime and JSON, read from variables and literals alike, and their other names."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from graphql import (
    DocumentNode,
    GraphQLScalarType,
    GraphQLSchema,
    NamedTypeNode,
    OperationDefinitionNode,
    TypeNode,
)

from domain.errors import FlowRunsError
from domain.ids import parse_uuid
from domain.times import format_time, parse_time
from graphql_api.errors import BadScalar
from graphql_api.language.json_literals import literal_of, value_of

Parsed = TypeVar("Parsed")


def _uuid(value: Any) -> str:
    return _checked(parse_uuid, value)


def _time(value: Any) -> datetime:
    return _checked(parse_time, value)


def _checked(parse: Callable[[object, str], Parsed], value: object) -> Parsed:
    """Return the parsed value. Raises BadScalar, to which graphql-core adds the argument or the variable."""
    try:
        return parse(value, "the value")
    except FlowRunsError as error:
        raise BadScalar(error.message) from error


def _time_out(value: Any) -> str:
    return format_time(value) if isinstance(value, datetime) else str(value)


def _json(value: Any) -> Any:
    """Return a value that Python has read from JSON. Its input mends or refuses parts that cannot be kept.

    Its parts are not looked at, because whatever the request brings has been read from JSON.
    """
    if not isinstance(value, str | int | float | list | dict | None):
        raise BadScalar("the value must be JSON.")
    return value


UUID = GraphQLScalarType(
    "UUID",
    description="A UUID as text. In variable declarations it may also be spelt `uuid`.",
    coerce_input_value=_uuid,
)
DATE_TIME = GraphQLScalarType(
    "DateTime",
    description=(
        "An instant in ISO 8601, with `T` or a blank; UTC if it has no offset. "
        "In variable declarations it may also be spelt `timestamptz`."
    ),
    coerce_output_value=_time_out,
    coerce_input_value=_time,
)
JSON = GraphQLScalarType(
    "JSON",
    description=(
        "Any JSON value, as a literal or in a variable. "
        "In variable declarations it may also be spelt `json` or `jsonb`."
    ),
    coerce_input_value=_json,
    coerce_input_literal=value_of,
    value_to_literal=literal_of,
)

# Prefect Core declares its variables with the names that Hasura gives to PostgreSQL's types.
SCALAR_SPELLINGS: Final[Mapping[str, str]] = {
    "uuid": "UUID",
    "timestamptz": "DateTime",
    "json": "JSON",
    "jsonb": "JSON",
}


def with_our_scalars(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """Return the document with our names of scalars in its variable declarations."""
    names = {
        theirs: ours
        for theirs, ours in SCALAR_SPELLINGS.items()
        if theirs not in schema.type_map and ours in schema.type_map
    }

    def renamed(definition: Any) -> Any:
        variables = getattr(definition, "variable_definitions", None)
        if not isinstance(definition, OperationDefinitionNode) or not variables:
            return definition
        return replace(
            definition,
            variable_definitions=tuple(replace(v, type=_renamed(v.type, names)) for v in variables),
        )

    return replace(document, definitions=tuple(renamed(definition) for definition in document.definitions))


def _renamed(node: TypeNode, names: Mapping[str, str]) -> TypeNode:
    if isinstance(node, NamedTypeNode):
        ours = names.get(node.name.value)
        return replace(node, name=replace(node.name, value=ours)) if ours else node
    wrapper: Any = node  # a list or a non-null type
    inner = _renamed(wrapper.type, names)
    return node if inner is wrapper.type else replace(wrapper, type=inner)
