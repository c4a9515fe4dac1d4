"""Ariadne as its users call it, and with documents that are cached by its hooks."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ariadne import MutationType, QueryType, ScalarType, graphql_sync, make_executable_schema
from graphql import DocumentNode, GraphQLSchema, parse, validate

from bench.handler_cpu.others.rows import Json, parse_time, parse_uuid, root_results, time_out
from bench.handler_cpu.others.sdl import SDL

QUERIES = ("flow_run", "flow_run_by_pk")


def acts(cases: list[Json]) -> dict[str, dict[str, Callable[[], Any]]]:
    """Return the acts to time, by variant and case."""
    schema = _schema(root_results(cases))
    documents: dict[str, DocumentNode] = {}

    def cached(_context: Any, request: Json) -> DocumentNode:
        source = request["query"]
        if source not in documents:
            documents[source] = parse(source)
        return documents[source]

    valid: set[int] = set()

    def checked_once(schema: GraphQLSchema, document: DocumentNode, *given: Any, **named: Any) -> Any:
        if id(document) in valid:  # documents stay, so that no other object gets the id
            return []
        errors = validate(schema, document, *given, **named)
        if not errors:
            valid.add(id(document))
        return errors

    hooks = {"query_parser": cached, "query_validator": checked_once}
    return {
        "Ariadne": {case["name"]: _call(schema, case) for case in cases},
        "Ariadne, documents kept": {case["name"]: _call(schema, case, **hooks) for case in cases},
    }


def _call(schema: GraphQLSchema, case: Json, **hooks: Any) -> Callable[[], Any]:
    return partial(graphql_sync, schema, {"query": case["query"], "variables": case["variables"]}, **hooks)


def _schema(results: Json) -> GraphQLSchema:
    query, mutation = QueryType(), MutationType()
    for name, result in results.items():
        (query if name in QUERIES else mutation).set_field(name, partial(_resolve, result))
    scalars = [
        ScalarType("UUID", value_parser=parse_uuid),
        ScalarType("DateTime", serializer=time_out, value_parser=parse_time),
        ScalarType("JSON"),
    ]
    return make_executable_schema(SDL, query, mutation, *scalars)


def _resolve(result: Any, _root: None, _info: Any, **_: Any) -> Any:
    return result


def data(result: tuple[bool, Json]) -> Any:
    """Return the data of a result. Leave the benchmark if it has errors."""
    succeeded, body = result
    if not succeeded or "errors" in body:
        raise SystemExit(f"Ariadne failed: {body}")
    return body["data"]
