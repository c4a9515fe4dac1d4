"""What inputs cost: the largest single changes of clients are possible, and repeated ones are not free."""

import pytest

from domain.sizes import json_text
from domain.task_runs.logs import MAX_ENTRIES
from domain.work_bounds import CHANGE, MAX_UNITS_OF_CHANGES
from graphql_api.mutations import costs
from graphql_api.mutations.states import MAX_STATES
from operations.flows.compressed import MAX_FLOW_BYTES


def test_flow_of_the_most_tasks_is_possible():
    task = json_text({"slug": "task-12345", "name": "task", "type": "Task"})
    text = f'{{"name": "Many", "tasks": [{",".join([task] * 65_000)}]}}'
    assert (
        CHANGE + costs.of_decompressed("a" * 1_000_000, MAX_FLOW_BYTES) + costs.of_flow(text)
        < MAX_UNITS_OF_CHANGES
    )


def test_most_log_entries_of_one_call_are_possible():
    entry = costs.LOG_ENTRY + costs.of_text("a" * 200) + costs.of_text("prefect.CloudTaskRunner")
    assert CHANGE + 100 * costs.RUN_OF_LOGS + MAX_ENTRIES * entry < MAX_UNITS_OF_CHANGES


def test_most_states_of_one_call_are_possible():
    state = {"type": "Success", "message": "It worked!", "result": "a" * 20_000}
    assert CHANGE + MAX_STATES * (costs.STATE + costs.of_json(state)) < MAX_UNITS_OF_CHANGES


@pytest.mark.parametrize(
    "value", ["a" * 10_000, ["a"] * 2_000, [[]] * 1_000, [0] * 2_000, {"a": "中" * 3_000}], ids=str
)
def test_value_costs_as_a_text_what_it_costs_itself(value):
    cost = costs.of_json(value)
    assert cost == pytest.approx(costs.of_json(json_text(value)), abs=1)
    assert cost > 200


@pytest.mark.parametrize("cost", [costs.of_json, costs.of_flow])
def test_single_value_that_is_too_large_meets_the_bound_on_its_size(cost):
    text = "[" + "[]," * 1_000_000 + "0]"
    decompressed = costs.of_decompressed("a" * 1_000_000, MAX_FLOW_BYTES)
    assert CHANGE + costs.STATE + decompressed + cost(text) <= MAX_UNITS_OF_CHANGES
    assert 2 * cost(text) > MAX_UNITS_OF_CHANGES


def test_short_texts_are_free_and_wide_ones_cost_more():
    assert costs.of_text("a" * 40) == 0
    assert costs.of_text("中" * 100) == 2 * costs.of_text("a" * 100)
    assert costs.of_texts(["a"] * 10) == 10
