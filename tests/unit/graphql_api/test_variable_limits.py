import sys
from typing import Any

import pytest
from graphql import parse

from domain.errors import BadUserInput
from domain.task_runs.logs import MAX_ENTRIES
from graphql_api.language import documents
from graphql_api.language.variable_limits import (
    MAX_VARIABLE_VALUES,
    check_variables,
    composite_variables,
    uses_in_literals,
)
from graphql_api.schema import build_schema

SCHEMA = build_schema()
FILTER: Any = SCHEMA.type_map["flow_run_bool_exp"]
FIELDS = len(FILTER.fields)


def check(declared, **raw):
    (operation,) = parse(f"query({declared}) {{ hello }}").definitions
    check_variables(composite_variables(SCHEMA, operation), raw)  # type: ignore[arg-type]


def test_only_variables_with_lists_or_objects_are_looked_at():
    declared = "query($a: Int, $b: JSON!, $c: [JSON!], $d: flow_run_bool_exp!, $e: UUID, $f: No) { hello }"
    (operation,) = parse(declared).definitions

    assert set(composite_variables(SCHEMA, operation)) == {"c", "d"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "value", "most"),
    [
        ("$v: [String!]!", ["a"], MAX_VARIABLE_VALUES // 3),
        ("$v: [JSON]", [[1] * 100], MAX_VARIABLE_VALUES // 3),
        ("$v: [flow_run_bool_exp!]", [{}], MAX_VARIABLE_VALUES // (1 + FIELDS)),
        ("$v: [flow_run_order_by!]", [None], MAX_VARIABLE_VALUES),
    ],
)
def test_list_is_refused_beyond_its_limit(declared, value, most):
    check(declared, v=value * most)
    with pytest.raises(BadUserInput, match=r"^\$v: the lists and objects of this request's variables"):
        check(declared, v=value * (most + 1))


def test_lists_at_any_depth_and_in_several_variables_count_together():
    third = {"_and": [{"flow": {"name": {"_in": ["a"] * (MAX_VARIABLE_VALUES // 9)}}}]}
    declared = "$v: flow_run_bool_exp, $w: flow_run_bool_exp, $x: flow_run_bool_exp"

    check(declared, v=third, w=third)
    with pytest.raises(BadUserInput, match=r"^\$x"):
        check(declared, v=third, w=third, x=third)


def test_json_values_count_as_one_whatever_they_hold():
    flow = {"tasks": [{"slug": str(number)} for number in range(300_000)]}

    check("$v: create_flow_input!", v={"serialized_flow": flow})


def test_longest_batch_of_log_entries_of_a_client_is_within_the_limit():
    names = ("flow_run_id", "task_run_id", "timestamp", "name", "message", "level", "info")

    check("$v: write_run_logs_input!", v={"logs": [dict.fromkeys(names, "a")] * int(MAX_ENTRIES * 1.5)})


@pytest.mark.parametrize("wrong", [1, "a", None, [1], {"_and": 1}, {"_and": {"_and": {}}}, {"unknown": [1]}])
def test_values_of_other_types_are_left_to_graphql(wrong):
    check("$v: flow_run_bool_exp", v=wrong)


def test_nothing_of_a_list_that_is_too_long_is_looked_at():
    calls = 0

    def profile(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(profile)
    try:
        with pytest.raises(BadUserInput):
            check("$v: [flow_run_bool_exp!]", v=[{}] * 1_000_000)
    finally:
        sys.setprofile(None)

    assert calls < 2_000


@pytest.mark.parametrize(
    ("document", "uses"),
    [
        ("{ a(b: $v) { c(d: $v) } }", 0),
        ("{ a(b: {c: $v}) b: a(b: [[$v, {d: $v}]]) }", 3),
        ("{ a { b(c: [$v]) } }", 200),
        ("{ ...F } fragment F on Query { a(b: {c: $v}) ... { a(b: {c: $v}) } }", 400),
    ],
)
def test_uses_of_a_variable_inside_of_literals_are_counted(document, uses):
    assert uses_in_literals(parse(document)).get("v", 0) == uses


@pytest.mark.parametrize("uses", [1, 2, 9_000])
def test_values_of_a_variable_count_for_each_use_inside_of_a_literal(uses):
    where = f"{{parameters: {{_contains: {{a: [{'$v ' * uses}]}}}}}}"
    found = documents.read(SCHEMA, f"query($v: [String!]) {{ flow_run(where: {where}) {{ id }} }}")
    operation = found.operation(None)
    assert operation is not None
    most = MAX_VARIABLE_VALUES // 3 // uses

    check_variables(operation.composites, {"v": ["a"] * most}, operation.uses)
    with pytest.raises(BadUserInput, match=r"^\$v"):
        check_variables(operation.composites, {"v": ["a"] * (most + 1)}, operation.uses)
