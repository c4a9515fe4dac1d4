"""Ariadne, as its users call it, and with documents kept by way of the hooks that it has for that."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ariadne import MutationType, QueryType, ScalarType, graphql_sync, make_executable_schema
from graphql import DocumentNode, GraphQLSchema, parse, validate

from bench.handler_cpu.others.rows import Json, answers, parse_time, parse_uuid, time_out
from bench.handler_cpu.others.sdl import SDL

QUERIES = ("flow_run", "flow_run_by_pk")


def acts(cases: list[Json]) -> dict[str, dict[str, Callable[[], Any]]]:
    """What to time, by way of calling and case."""
    schema = _schema(answers(cases))
    keep: dict[str, DocumentNode] = {}

    def kept(_context: Any, request: Json) -> DocumentNode:
        source = request["query"]
        if source not in keep:
            keep[source] = parse(source)
        return keep[source]

    valid: set[int] = set()

    def checked_once(schema: GraphQLSchema, document: DocumentNode, *given: Any, **named: Any) -> Any:
        if id(document) in valid:  # kept for ever, so that the id is its own
            return []
        errors = validate(schema, document, *given, **named)
        if not errors:
            valid.add(id(document))
        return errors

    hooks = {"query_parser": kept, "query_validator": checked_once}
    return {
        "Ariadne": {case["name"]: _call(schema, case) for case in cases},
        "Ariadne, documents kept": {case["name"]: _call(schema, case, **hooks) for case in cases},
    }


def _call(schema: GraphQLSchema, case: Json, **hooks: Any) -> Callable[[], Any]:
    return partial(graphql_sync, schema, {"query": case["query"], "variables": case["variables"]}, **hooks)


def _schema(found: Json) -> GraphQLSchema:
    query, mutation = QueryType(), MutationType()
    for name, answer in found.items():
        (query if name in QUERIES else mutation).set_field(name, partial(_answer, answer))
    scalars = [
        ScalarType("UUID", value_parser=parse_uuid),
        ScalarType("DateTime", serializer=time_out, value_parser=parse_time),
        ScalarType("JSON"),
    ]
    return make_executable_schema(SDL, query, mutation, *scalars)


def _answer(answer: Any, _root: None, _info: Any, **_: Any) -> Any:
    return answer


def data(result: tuple[bool, Json]) -> Any:
    """What a case answered. Leaves the program when it failed."""
    succeeded, body = result
    if not succeeded or "errors" in body:
        raise SystemExit(f"Ariadne failed: {body}")
    return body["data"]
