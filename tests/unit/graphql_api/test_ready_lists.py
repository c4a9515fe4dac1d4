"""Lists of log entries in variables are read as graphql-core reads them, and in one pass."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import parse
from graphql.utilities import coerce_input_value

from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.language.ready_lists import ready_lists, without_lists
from graphql_api.language.variable_limits import composite_variables
from graphql_api.schema import build_schema

SCHEMA = build_schema()
RUN = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
ENTRY = {
    "flow_run_id": RUN.upper(),
    "timestamp": "2026-01-31T08:00:00Z",
    "message": "m",
    "level": "info",
    "info": {"a": [1]},
}
LISTS = {
    "write_run_logs_input": lambda entries: {"logs": entries},
    "[write_run_logs_input_logs!]": lambda entries: entries,
}


def types_of(declared: str) -> Any:
    (operation,) = parse(f"mutation($v: {declared}) {{ __typename }}").definitions
    return composite_variables(SCHEMA, operation)  # type: ignore[arg-type]


@pytest.mark.parametrize("declared", LISTS)
@pytest.mark.parametrize("required", ["", "!"])
def test_valid_entries_are_read_as_graphql_core_reads_them(declared, required):
    types, value = types_of(declared + required), LISTS[declared]([ENTRY, {"flow_run_id": RUN}])

    assert ready_lists(types, {"v": value})["v"] == coerce_input_value(value, types["v"])


@pytest.mark.parametrize(
    "odd", [7, {}, {"flow_run_id": "x"}, ENTRY | {"timestamp": "now", "more": 1}], ids=str
)
def test_entries_are_mended_if_one_of_them_is_not_valid(odd):
    types = types_of("write_run_logs_input!")
    ready = ready_lists(types, {"v": {"logs": [ENTRY, odd]}})["v"]["logs"]

    assert len(ready) == 2
    assert ready[0]["message"] == "m"
    assert "more" not in ready[1]


@pytest.mark.parametrize(
    "value", [None, {}, {"logs": None}, {"logs": ENTRY}, {"logs": [], "more": 1}, []], ids=str
)
def test_anything_else_is_left_to_graphql_core(value):
    assert ready_lists(types_of("write_run_logs_input!"), {"v": value}) == {}
    assert ready_lists(types_of("set_flow_run_states_input!"), {"v": {"states": [value]}}) == {}


def test_graphql_core_gets_ready_lists_without_items():
    types, raw = types_of("write_run_logs_input!"), {"v": {"logs": [ENTRY]}, "w": 1}

    assert without_lists(types, raw, ready_lists(types, raw)) == {"v": {"logs": []}, "w": 1}
    assert raw["v"] == {"logs": [ENTRY]}


@pytest.mark.parametrize(
    ("last", "most"), [(ENTRY, 80), (ENTRY | {"timestamp": "never"}, 170)], ids=["valid", "mended"]
)
def test_entry_takes_few_calls_whether_it_is_valid_or_not(last, most):
    query = "mutation($v: write_run_logs_input!) { write_run_logs(input: $v) { success } }"
    executor = Executor(SCHEMA)

    def calls(count: int) -> int:
        found = 0

        def profile(_frame: Any, event: str, _argument: Any) -> None:
            nonlocal found
            found += event in ("call", "c_call")

        request = GraphQLRequest(query=query, variables={"v": {"logs": [ENTRY] * count + [last]}})
        sys.setprofile(profile)
        try:
            executor.execute(request, SimpleNamespace())
        finally:
            sys.setprofile(None)
        return found

    calls(1)
    assert (calls(300) - calls(100)) / 200 < most
