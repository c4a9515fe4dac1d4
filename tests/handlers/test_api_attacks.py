"""Small requests that ask for much work: each is refused with one clear error, after little work."""

from typing import Any

import pytest

from tests.handlers.budgets import BUDGET, MOST_CALLS, aliases, counted_calls
from tests.handlers.service import SNAKE, code

RUNS = 20
TOO_MUCH = "this request asks for too many comparisons"
LIST = "query($where: flow_run_bool_exp) { flow_run(where: $where) { id } }"
NUMBERS = {"v": list(range(2_000))}


@pytest.fixture(scope="module")
def filled(service_of_module):
    """Create runs of one flow, and a long log."""
    service = service_of_module
    flow_id = service.flow({"tasks": [{"slug": f"task-{number}"} for number in range(100)]})
    runs = [service.run(flow_id, context=NUMBERS, flow_run_name="a" * 200) for _ in range(RUNS)]
    entry = {"flow_run_id": runs[0], "message": "a" * 1_000_000}
    service.mutate(SNAKE, "write_run_logs", {"logs": [entry]}, "success")
    service.log_of = runs[0]
    return service


def names(count):
    return [f"name {number}" for number in range(count)]


def tower(clause, levels, leaf):
    for _ in range(levels):
        leaf = {clause: leaf if clause == "_not" else [leaf]}
    return leaf


FILTERS = {
    "_in of two lists": ({"_and": [{"name": {"_in": names(10_000)}}] * 2}, "_in has 10,000 values"),
    "_nin": ({"name": {"_nin": names(5_001)}}, "_nin has 5,001 values"),
    "ids of flows": ({"flow": {"name": {"_in": names(5_001)}}}, "_in has 5,001 values"),
    "values of JSON": ({"parameters": {"_in": [{}] * 5_001}}, "_in has 5,001 values"),
    "keys": ({"parameters": {"_has_keys_all": names(5_001)}}, "_has_keys_all has 5,001 values"),
    "_and": ({"_and": [{}] * 1_001}, "_and has 1,001 values"),
    "_or in _not": ({"_not": {"_or": [{}] * 1_001}}, "_or has 1,001 values"),
    "_and in _and": ({"_and": [{"_and": [{}] * 1_000}] * 6}, TOO_MUCH),
    "_and of empty filters": ({"_and": [{}] * 50_000}, r"\$where: the lists and objects of this request"),
    "names in variables": ({"name": {"_in": names(100_000)}}, r"\$where: the lists and objects of this"),
    "many clauses": ({"_and": [{"name": {"_neq": "x"}}] * 1_000}, TOO_MUCH),
    "many clauses of a relation": ({"flow": {"_or": [{"name": {"_eq": "x"}}] * 900}}, TOO_MUCH),
    "many _in": ({"_or": [{"name": {"_in": names(1_000)}}] * 20}, TOO_MUCH),
    "_not tower": (tower("_not", 150, {"name": {"_eq": "x"}}), "where is nested too deeply"),
    "_or tower": (tower("_or", 60, {"name": {"_eq": "x"}}), "where is nested too deeply"),
    "JSON tower": ({"context": {"_contains": tower("_or", 60, 1)}}, "where is nested too deeply"),
    "long pattern": ({"name": {"_ilike": "%" + "a" * 10_000 + "b%"}}, "_ilike has 10,003 characters"),
    "long text": ({"name": {"_eq": "a" * 10_001}}, "_eq has 10,001 characters"),
    "long text in JSON": ({"context": {"_contains": {"v": "a" * 10_001}}}, "_contains has 10,001 char"),
    "long key in JSON": ({"context": {"_eq": {"a" * 10_001: 1}}}, "_eq has 10,001 characters"),
    "many patterns": ({"_or": [{"name": {"_like": f"%b%{number}%"}} for number in range(900)]}, TOO_MUCH),
    "one pattern often": ({"_or": [{"name": {"_like": "%a_a_b%"}}] * 100}, TOO_MUCH),
    "_contains product": ({"context": {"_contains": {"v": [0, 1_999] * 100}}}, f"_contains: {TOO_MUCH}"),
    "_contains of nothing": ({"context": {"_contains": {"v": [-1]}}}, f"_contains: {TOO_MUCH}"),
    "_contained_in": ({"context": {"_contained_in": {"v": names(1_000)}}}, f"_contained_in: {TOO_MUCH}"),
    "JSON _in": ({"context": {"_in": [NUMBERS] * 3}}, f"_in: {TOO_MUCH}"),
}


@pytest.mark.parametrize("name", list(FILTERS))
def test_filter_that_asks_for_too_much_is_refused_early(filled, budgets, name):
    where, message = FILTERS[name]

    with counted_calls() as calls:
        error = filled.error(LIST, {"where": where})

    assert code(error) == "BAD_USER_INPUT"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(error["message"])
    assert calls[0] < MOST_CALLS


WHERE = "($w: flow_run_bool_exp!)"
DOCUMENTS: dict[str, tuple[str, Any, str]] = {
    "order_by": (
        "{ flow_run(order_by: [" + "{name: asc}" * 2_000 + "]) { id } }",
        None,
        "order_by has 2,000 values",
    ),
    "order_by keys": (
        "{ flow_run(order_by: [" + "{name: asc, state: asc, id: asc}" * 34 + "]) { id } }",
        None,
        "order_by has 102 values",
    ),
    "distinct_on": (
        "{ flow_run(distinct_on: [" + "name " * 5_000 + "]) { id } }",
        None,
        "distinct_on has 5,000 values",
    ),
    "order_by of JSON": (
        "{ " + aliases(2, "flow_run(order_by: {context: asc}) { id }") + " }",
        None,
        TOO_MUCH,
    ),
    "distinct_on of JSON": (
        "{ " + aliases(2, "flow_run(distinct_on: [context]) { id }") + " }",
        None,
        f"distinct_on: {TOO_MUCH}",
    ),
    "columns": (
        "{ flow_run_aggregate { aggregate { count(columns: [" + "name " * 99 + "id id" + "]) } } }",
        None,
        "below the root at most 100",
    ),
    "distinct columns": (
        "{ flow_run_aggregate { aggregate { "
        + aliases(20, "count(columns: [context], distinct: true)")
        + " } } }",
        None,
        f"columns: {TOO_MUCH}",
    ),
    "counts": (
        "{ flow_run_aggregate { aggregate { " + aliases(190, "count(columns: [name id state])") + " } } }",
        None,
        f"columns: {TOO_MUCH}",
    ),
    "extremes": (
        "{ flow_run_aggregate { aggregate { max { " + aliases(190, "name") + " } "
        "min { created } } " + aliases(5, "nodes { flow { tasks { id name } } }") + " } }",
        None,
        TOO_MUCH,
    ),
    "aliases": (
        "query" + WHERE + " { " + aliases(90, "flow_run(where: $w) { id }") + " }",
        {"w": {"_or": [{"name": {"_neq": "x"}}] * 20}},
        TOO_MUCH,
    ),
    "a list shared by many clauses": (
        "query($v: [String!]) { flow_run(where: {_or: [" + "{name: {_in: $v}}" * 900 + "]}) { id } }",
        {"v": names(5_000)},
        f"_in: {TOO_MUCH}",
    ),
    "a JSON value shared by many clauses": (
        "query($v: JSON) { flow_run(where: {_or: [" + "{context: {_contains: $v}}" * 900 + "]}) { id } }",
        {"v": names(5_000)},
        f"_contains: {TOO_MUCH}",
    ),
    "values below the root": (
        "{ flow_run { states(where: {_or: [" + "{}" * 100 + "]}) { id } } }",
        None,
        "below the root at most 100 are possible",
    ),
    "values in a fragment": (
        "{ flow_run { ...F } } fragment F on flow_run { states(where: {_or: [" + "{}" * 100 + "]}) { id } }",
        None,
        "below the root at most 100 are possible",
    ),
    "lists of shared rows": ("{ flow_run { flow { tasks { id name slug tags mapped } } } }", None, TOO_MUCH),
    "runs of shared flows, three times": (
        "{ flow_run { flow { flow_runs { flow { flow_runs { flow { flow_runs { id } } } } } } } }",
        None,
        "more than [0-9,]+ rows over all its lists|asks for too much|" + TOO_MUCH,
    ),
    "filters of shared rows": (
        "query($w: task_bool_exp!) { flow_run { flow { tasks(where: $w) { id } } } }",
        {"w": {"_or": [{"name": {"_eq": "x"}}] * 9}},
        TOO_MUCH,
    ),
    "filter on a list inside": (
        "query" + WHERE + " { flow_run(where: $w) { id } }",
        {"w": {"flow": {"tasks": {"_or": [{"name": {"_eq": "x"}}] * 9}}}},
        TOO_MUCH,
    ),
    "introspection": (
        "{ " + aliases(99, "__schema { types { fields { name args { name } } } }") + " }",
        None,
        "facts about the schema",
    ),
    "introspection in one field": (
        "{ __schema { types { fields { args { " + aliases(190, "name") + " } } } } }",
        None,
        "facts about the schema",
    ),
    "introspection of a type that a variable names": (
        "query($n: String!) { "
        + aliases(
            60,
            "__type(name: $n) { fields { args { type { inputFields { name type { name } } } } } }",
        )
        + " }",
        {"n": "Query"},
        "facts about the schema",
    ),
    "labels": (
        "mutation($input: set_flow_run_labels_input!) { set_flow_run_labels(input: $input) { __typename } }",
        {"input": {"flow_run_id": "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21", "labels": names(100_000)}},
        r"\$input: the lists and objects",
    ),
    "states": (
        "mutation($input: setFlowRunStatesInput!) { setFlowRunStates(input: $input) { states { id } } }",
        {"input": {"states": [{}] * 100_000}},
        r"\$input: the lists and objects",
    ),
}


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_document_that_asks_for_too_much_is_refused_early(filled, budgets, name):
    document, variables, message = DOCUMENTS[name]

    with counted_calls() as calls:
        result = filled.send(document, variables)

    assert {code(error) for error in result["errors"]} == {"BAD_USER_INPUT"}
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(result["errors"][0]["message"])
    assert calls[0] < MOST_CALLS


@pytest.mark.parametrize(
    "pattern",
    ["%a_a_a_b%", "%" + "a_" * 4_000 + "b%", "%_a" * 3_000 + "b%"],
    ids=["short", "long", "many"],
)
def test_patterns_on_a_long_text_are_refused_early(filled, budgets, pattern):
    where = {"flow_run_id": {"_eq": filled.log_of}, "message": {"_ilike": pattern}}

    with counted_calls() as calls:
        error = filled.error("query($w: log_bool_exp) { log(where: $w) { id } }", {"w": where})

    assert error["message"].startswith(f"_ilike: {TOO_MUCH}")
    assert calls[0] < MOST_CALLS


@pytest.mark.parametrize("pattern", ["%" + "a" * 9_990 + "b%", "%" + "_" * 9_990 + "b%", "%a" * 4_990])
def test_patterns_that_find_nothing_quickly_are_answered(filled, pattern):
    where = {"flow_run_id": {"_eq": filled.log_of}, "message": {"_ilike": pattern}}

    found = filled.data("query($w: log_bool_exp) { log(where: $w) { level } }", {"w": where})

    assert len(found["log"]) == (pattern.endswith("a"))


def test_fields_after_the_budget_is_used_up_fail_too(filled, budgets):
    document = "query" + WHERE + " { a: flow_run(where: $w) { id } b: flow_run { id } c: hello }"

    result = filled.send(document, {"w": {"_and": [{"name": {"_neq": "x"}}] * 900}})

    assert result["data"] is None
    assert budgets.last.units < BUDGET * 3
    single = filled.send("{ b: flow_run { id } c: hello }")
    assert len(single["data"]["b"]) == RUNS


def test_rows_that_may_be_null_fail_once(filled, budgets):
    document = "query($w: task_bool_exp!) { flow_run { flow { flow_group { id } tasks(where: $w) { id } } } }"

    result = filled.send(document, {"w": {"_or": [{"name": {"_eq": "x"}}] * 20}})

    assert result["data"] is None
    assert [error["message"].startswith(f"where: {TOO_MUCH}") for error in result["errors"]] == [True]
    assert len(result["errors"][0]["path"]) > 2


def test_mutation_that_reads_too_much_tells_what_was_written(filled, budgets):
    fields = aliases(150, "tasks { id name slug }")
    document = (
        "mutation($i: create_flow_run_input!) {"
        f" a: create_flow_run(input: $i) {{ id flow_run {{ flow {{ {fields} }} }} }}"
        " b: create_flow_run(input: $i) { id } }"
    )
    flow_id = filled.read(filled.log_of, "flow_id")["flow_id"]

    result = filled.send(document, {"i": {"flow_id": flow_id}})

    assert [error["message"][:5] for error in result["errors"]] == ["limit"]
    made = [result["data"][name]["id"] for name in "ab"]
    assert result["data"]["a"]["flow_run"]["flow"] is None
    for run_id in made:
        filled.mutate(SNAKE, "delete_flow_run", {"flow_run_id": run_id}, "success")


def test_arguments_that_are_null_ask_for_nothing(filled, budgets):
    document = "{ flow_run(where: null, order_by: null, distinct_on: null, limit: null) { name } }"

    assert len(filled.data(document)["flow_run"]) == RUNS


def test_what_clients_ask_for_takes_a_small_part_of_the_budget(filled, budgets):
    where = {
        "_and": [{"flow": {"name": {"_eq": "My Flow Name"}}}, {"state": {"_in": ["Scheduled", "Running"]}}]
    }
    document = (
        "query" + WHERE + " { flow_run(where: $w, order_by: {created: desc}, limit: 50)"
        " { id name state version flow { name } states { state timestamp } } }"
    )

    assert len(filled.data(document, {"w": where})["flow_run"]) == RUNS

    assert budgets.last.units < BUDGET / 6
