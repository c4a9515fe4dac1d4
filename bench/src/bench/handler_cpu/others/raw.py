"""graphql-core alone, with documents parsed and validated before: the yardstick in every process."""

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse, validate

from bench.handler_cpu.others.rows import Json, parse_time, parse_uuid, root_results, time_out
from bench.handler_cpu.others.sdl import SDL


def acts(cases: list[Json]) -> dict[str, Callable[[], Any]]:
    """Return the acts to time, by case."""
    schema = _schema(root_results(cases))
    acts_by_case: dict[str, Callable[[], Any]] = {}
    for case in cases:
        document = parse(case["query"])
        if errors := validate(schema, document):
            raise SystemExit(f"{case['name']} is no valid document of graphql-core's schema: {errors}")
        acts_by_case[case["name"]] = partial(execute, schema, document, variable_values=case["variables"])
    return acts_by_case


def _schema(results: Json) -> GraphQLSchema:
    schema = build_schema(SDL)
    kinds: Any = schema.type_map
    kinds["UUID"].coerce_input_value = parse_uuid
    kinds["DateTime"].coerce_input_value = parse_time
    kinds["DateTime"].coerce_output_value = time_out
    for name, result in results.items():
        fields = kinds["Query"].fields if name in kinds["Query"].fields else kinds["Mutation"].fields
        fields[name].resolve = partial(_resolve, result)
    return schema


def _resolve(result: Any, _root: None, _info: Any, **_: Any) -> Any:
    return result


def data(result: ExecutionResult) -> Any:
    """Return the data of a result. Leave the benchmark if it has errors."""
    if result.errors:
        raise SystemExit(f"graphql-core failed: {result.errors}")
    return result.data
