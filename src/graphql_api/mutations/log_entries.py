"""Raw log entries, made valid.

No entry is refused, because clients send a refused batch again and again, and lose all later logs of the run.
"""

import json
from typing import Any, Final

from graphql import ConstValueNode, GraphQLEnumType, GraphQLEnumValue, value_from_ast_untyped

from domain.errors import BadUserInput
from domain.ids import parse_uuid
from domain.odd_values import mended
from domain.task_runs.logs import LEVELS, level_of
from domain.times import parse_time
from graphql_api.language.raw_inputs import Spell

# The flow run of entries without one.
NO_FLOW_RUN: Final = "00000000-0000-0000-0000-000000000000"


class _LogLevel(GraphQLEnumType):
    """An enum that accepts any value, because an unknown level means INFO."""

    def coerce_input_value(self, input_value: Any, hide_suggestions: bool = False) -> str:  # noqa: ARG002
        return level_of(input_value)

    def coerce_input_literal(self, value_node: ConstValueNode, hide_suggestions: bool = False) -> str:  # noqa: ARG002
        return level_of(value_from_ast_untyped(value_node))


LOG_LEVEL: Final = _LogLevel(
    "log_level",
    {name: GraphQLEnumValue(name) for name in LEVELS},
    description="The level of a log entry, in any case. Any other level means INFO.",
)


def mend_entry(raw: Any, spell: Spell) -> Any:
    """Return an entry with valid types: unknown fields are left out, other values become null or texts."""
    if not isinstance(raw, dict):
        return {spell("flow_run_id"): NO_FLOW_RUN}
    names = {spell(name): name for name in _MENDERS}
    return {spell("flow_run_id"): NO_FLOW_RUN} | {
        name: _MENDERS[names[name]](value) for name, value in raw.items() if name in names
    }


def _flow_run_id(value: Any) -> str:
    return _uuid(value) or NO_FLOW_RUN


def _uuid(value: Any) -> str | None:
    try:
        return parse_uuid(value, "")
    except BadUserInput:
        return None


def _time(value: Any) -> str | None:
    try:
        parse_time(value, "")
    except BadUserInput:
        return None
    return str(value)


def _text(value: Any) -> str | None:
    readable = mended(value)
    return readable if isinstance(readable, str | None) else json.dumps(readable, ensure_ascii=False)


def _as_it_is(value: Any) -> Any:
    return value


_MENDERS: Final = {
    "flow_run_id": _flow_run_id,
    "task_run_id": _uuid,
    "timestamp": _time,
    "name": _text,
    "message": _text,
    "level": _as_it_is,
    "info": _as_it_is,
}
