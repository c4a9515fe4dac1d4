import sys
from typing import Any

import pytest
from graphql import parse

from domain.errors import BadUserInput
from domain.task_runs.logs import MAX_ENTRIES
from graphql_api.language import documents
from graphql_api.language.variable_limits import (
    MAX_UNKNOWN_NAME,
    MAX_UNKNOWN_NAMES,
    MAX_VARIABLE_VALUES,
    check_variables,
    composite_variables,
    uses_in_json,
)
from graphql_api.schema import build_schema

SCHEMA = build_schema()
FILTER: Any = SCHEMA.type_map["flow_run_bool_exp"]
FIELDS = len(FILTER.fields)


def check(declared, **raw):
    (operation,) = parse(f"query({declared}) {{ hello }}").definitions
    check_variables(composite_variables(SCHEMA, operation), raw)  # type: ignore[arg-type]


def test_only_variables_with_lists_objects_or_enum_values_are_looked_at():
    declared = (
        "query($a: Int, $b: JSON!, $c: [JSON!], $d: flow_run_bool_exp!, $e: UUID, $f: No, $g: order_by)"
        " { hello }"
    )
    (operation,) = parse(declared).definitions

    assert set(composite_variables(SCHEMA, operation)) == {"c", "d", "g"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "of_name"),
    [
        ("$v: flow_run_bool_exp", lambda name: {name: 1}),
        ("$v: flow_run_bool_exp", lambda name: {"_and": [{"_not": {name: 1}}]}),
        ("$v: [flow_run_order_by!]", lambda name: {"name": name}),
        ("$v: [flow_run_order_by!]", lambda name: [{"flow": {name: "asc"}}]),
        ("$v: [flow_run_select_column!]", lambda name: ["name", name]),
        ("$v: [flow_run_select_column!]", lambda name: name),
        ("$v: order_by", lambda name: name),
        ("$v: create_flow_run_input!", lambda name: {name: 1}),
    ],
)
def test_names_that_are_long_or_many_are_refused_before_they_are_compared(declared, of_name):
    check(declared, v=of_name("x" * MAX_UNKNOWN_NAME))
    with pytest.raises(BadUserInput, match=r"^\$v: a name of 1,001 characters is none"):
        check(declared, v=of_name("x" * (MAX_UNKNOWN_NAME + 1)))


def test_object_with_many_unknown_fields_is_refused():
    unknown = {f"unknown{number:06}": number for number in range(MAX_UNKNOWN_NAMES)}
    check("$v: flow_run_bool_exp", v=unknown)
    with pytest.raises(BadUserInput, match=r"^\$v: an object has 101 fields .* such as 'another'"):
        check("$v: flow_run_bool_exp", v={**unknown, "another": 1})
    check("$v: create_flow_run_input!", v={"parameters": {**unknown, "another": 1}})


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


WHERE = "where: {parameters: {_contains: %s}}"


@pytest.mark.parametrize(
    ("document", "uses"),
    [
        ("{ flow_run(where: $v) { id } b: flow_run(where: {parameters: {_contains: $v}}) { id } }", 0),
        (
            "{ flow_run(where: {_or: [{id: {_in: $v}}, $v]}) { id logs(where: $v) { id } } }",
            0,
        ),
        (f"{{ flow_run({WHERE % '{a: $v, b: [$v, {c: $v}]}'}) {{ id }} }}", 3),
        (f"{{ flow_run({WHERE % '[[$v]]'}) {{ id }} b: flow_run({WHERE % '[$v]'}) {{ id }} }}", 2),
        (f"{{ flow {{ flow_runs({WHERE % '{a: $v}'}) {{ id }} }} }}", 200),
        (
            f"{{ ...F }} fragment F on Query {{ ... on Query {{ flow_run({WHERE % '{a: $v}'}) {{ id }} }} }}",
            200,
        ),
        ("mutation { create_flow_run(input: {flow_id: $v, parameters: {a: $v}, labels: [$v]}) { id } }", 1),
    ],
)
def test_uses_of_a_variable_inside_of_json_are_counted(document, uses):
    assert uses_in_json(SCHEMA, parse(document)).get("v", 0) == uses


@pytest.mark.parametrize("uses", [1, 2, 9_000])
def test_values_of_a_variable_count_for_each_use_inside_of_json(uses):
    where = f"{{parameters: {{_contains: {{a: [{'$v ' * uses}]}}}}}}"
    found = documents.read(SCHEMA, f"query($v: [String!]) {{ flow_run(where: {where}) {{ id }} }}")
    operation = found.operation(None)
    assert operation is not None
    most = MAX_VARIABLE_VALUES // 3 // uses

    check_variables(operation.composites, {"v": ["a"] * most}, operation.uses)
    with pytest.raises(BadUserInput, match=r"^\$v"):
        check_variables(operation.composites, {"v": ["a"] * (most + 1)}, operation.uses)
