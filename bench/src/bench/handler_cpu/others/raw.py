"""graphql-core by itself, its documents parsed and validated beforehand: the yardstick in every process."""

from collections.abc import Callable
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, execute, parse, validate

from bench.handler_cpu.others.rows import Json, answers, parse_time, parse_uuid, time_out
from bench.handler_cpu.others.sdl import SDL


def acts(cases: list[Json]) -> dict[str, Callable[[], Any]]:
    """What to time, by case."""
    schema = _schema(answers(cases))
    made: dict[str, Callable[[], Any]] = {}
    for case in cases:
        document = parse(case["query"])
        if errors := validate(schema, document):
            raise SystemExit(f"{case['name']} is no document of graphql-core's schema: {errors}")
        made[case["name"]] = partial(execute, schema, document, variable_values=case["variables"])
    return made


def _schema(found: Json) -> GraphQLSchema:
    schema = build_schema(SDL)
    kinds: Any = schema.type_map
    kinds["UUID"].coerce_input_value = parse_uuid
    kinds["DateTime"].coerce_input_value = parse_time
    kinds["DateTime"].coerce_output_value = time_out
    for name, answer in found.items():
        fields = kinds["Query"].fields if name in kinds["Query"].fields else kinds["Mutation"].fields
        fields[name].resolve = partial(_answer, answer)
    return schema


def _answer(answer: Any, _root: None, _info: Any, **_: Any) -> Any:
    return answer


def data(result: ExecutionResult) -> Any:
    """What a case answered. Leaves the program when it failed."""
    if result.errors:
        raise SystemExit(f"graphql-core failed: {result.errors}")
    return result.data
