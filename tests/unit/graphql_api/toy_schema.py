"""A small schema whose fields fail in every way, for the tests of execution and of the HTTP handler."""

from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
)

from domain.errors import FlowRunsError, VersionLockingError


def build_toy_schema(writes: list[str] | None = None) -> GraphQLSchema:
    """Return the schema. `writes` collects the texts that the mutation `write` gets."""
    collected = [] if writes is None else writes
    uuid = GraphQLScalarType("UUID", parse_value=UUID, serialize=str)
    json = GraphQLScalarType("JSON")
    row = GraphQLObjectType(
        "Row",
        lambda: {
            "id": GraphQLField(GraphQLInt),
            "text": GraphQLField(GraphQLString),
            "row": GraphQLField(row),
        },
    )

    def write(_source: Any, _info: Any, text: str) -> str:
        collected.append(text)
        return text

    def rows(_source: Any, _info: Any, count: int, length: int) -> list[dict[str, Any]]:
        return [{"id": index, "text": "ö" * length} for index in range(count)]

    integer = GraphQLNonNull(GraphQLInt)
    text = {"text": GraphQLArgument(GraphQLNonNull(GraphQLString))}
    query = {
        "hello": GraphQLField(GraphQLString, resolve=lambda *_: "👋 hello"),
        "row": GraphQLField(row, resolve=lambda *_: {"id": 1}),
        "by_id": GraphQLField(
            GraphQLString,
            args={"id": GraphQLArgument(GraphQLNonNull(uuid))},
            resolve=lambda *_, **given: str(given["id"]),
        ),
        "echo": GraphQLField(
            json, args={"value": GraphQLArgument(json)}, resolve=lambda *_, value=None: value
        ),
        "rows": GraphQLField(
            GraphQLList(row),
            args={"count": GraphQLArgument(integer), "length": GraphQLArgument(integer)},
            resolve=rows,
        ),
        "context": GraphQLField(json, resolve=lambda _, info: info.context),
        "locked": GraphQLField(
            GraphQLString, resolve=_raise(VersionLockingError("It is at 3.", {"current_version": 3}))
        ),
        "broken": GraphQLField(GraphQLString, resolve=_raise(KeyError("secret detail"))),
        "not_an_int": GraphQLField(GraphQLInt, resolve=lambda *_: "secret detail"),
        "missing": GraphQLField(GraphQLNonNull(GraphQLString), resolve=lambda *_: None),
        "domain_error": GraphQLField(
            GraphQLString, args={"code": GraphQLArgument(GraphQLString)}, resolve=_raise_domain_error
        ),
    }
    mutation = {
        "write": GraphQLField(GraphQLString, args=text, resolve=write),
        "write_rows": GraphQLField(
            GraphQLList(row),
            args=text,
            resolve=lambda s, i, text: write(s, i, text) and rows(s, i, 4, 1_000_000),
        ),
    }
    return GraphQLSchema(
        query=GraphQLObjectType("Query", query), mutation=GraphQLObjectType("Mutation", mutation)
    )


def _raise(error: Exception) -> Any:
    def resolve(*_: Any) -> Any:
        raise error

    return resolve


def _raise_domain_error(*_: Any, code: str) -> Any:
    raise next(kind for kind in FlowRunsError.__subclasses__() if kind.code == code)("as it is")
