"""The scalars: UUID, DateTime and JSON, from variables and from literals alike."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from graphql import ConstValueNode, GraphQLScalarType, value_from_ast_untyped

from domain.errors import FlowRunsError
from domain.ids import parse_uuid
from domain.times import format_time, parse_time

Parsed = TypeVar("Parsed")

# Made once: `json.dumps` makes one for each call that has options.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)


def _uuid(value: Any) -> str:
    return _checked(parse_uuid, value)


def _time(value: Any) -> datetime:
    return _checked(parse_time, value)


def _checked(parse: Callable[[object, str], Parsed], value: object) -> Parsed:
    """Parse; a ValueError makes graphql-core say which argument or variable was wrong, and where."""
    try:
        return parse(value, "the value")
    except FlowRunsError as error:
        raise ValueError(error.message) from error


def _time_out(value: Any) -> str:
    return format_time(value) if isinstance(value, datetime) else str(value)


def _json(value: Any) -> Any:
    """Take what Python reads from JSON; what cannot be kept of it, its input mends or refuses."""
    try:
        _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError("the value must be JSON.") from error
    return value


def _literal(node: ConstValueNode) -> Any:
    return _json(value_from_ast_untyped(node))


UUID = GraphQLScalarType(
    "UUID",
    description="A UUID as text; in variable declarations it may also be spelt `uuid`.",
    coerce_input_value=_uuid,
)
DATE_TIME = GraphQLScalarType(
    "DateTime",
    description=(
        "An instant in ISO 8601, also with a blank for the `T`; without an offset it is UTC. "
        "In variable declarations it may also be spelt `timestamptz`."
    ),
    coerce_output_value=_time_out,
    coerce_input_value=_time,
)
JSON = GraphQLScalarType(
    "JSON",
    description="Any JSON value, as a literal or in a variable; may also be spelt `jsonb`.",
    coerce_input_value=_json,
    coerce_input_literal=_literal,
)
