"""No agent starves: runs that an agent may not take neither hide its runs nor raise the cost of a poll."""

from datetime import timedelta
from itertools import combinations

import pytest

from domain.flow_runs.states import parse_state
from domain.ids import member_id
from domain.queue.label_sets import labels_digest
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.states import set_flow_run_labels
from operations.queue.polling import MAX_MARKERS, MAX_RUNS_A_POLL
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state
from storage.queue import waiting_sets
from tests.contract.backlog import backlog, useless_markers
from tests.contract.clients import client_error
from tests.contract.factories import SHARDS, START
from tests.contract.polls import measured_poll, poll


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow", "tasks": [{"slug": "one-1"}, {"slug": "two-1"}]})


@pytest.fixture
def many(request):
    """Return the number of late runs: more than any bound of a poll, where the store stays fast."""
    return 300 if request.node.callspec.params["database"] == "moto" else 600


@pytest.fixture
def measured(world, request):
    """Return a function that polls and returns ids, calls by name, and read units (useless on moto)."""

    def cost(*labels, before=None):
        found, calls, units = measured_poll(world, *labels, before=before)
        return found, calls, None if request.node.callspec.params["database"] == "moto" else units

    return cost


def task(world, run_id, state, number=1, map_index=-1):
    task_id = member_id(world.run(run_id).flow_id, number)
    found = get_or_create_task_run(world.context, run_id, task_id, map_index)
    data = {"type": state} if isinstance(state, str) else state
    return set_task_run_state(world.context, found.id, None, parse_state(data))


FOREIGN = {
    "one label that nobody serves": [["nobody"]],
    "no labels": [[]],
    "two of which the agent has one": [["mine", "nobody"]],
    "the agent's and many others": [["mine", *(f"other {number}" for number in range(60))]],
    "as many as a run can have": [[f"label {number}" for number in range(100)]],
    "forty sets around the agent's": [[f"customer {number}"] for number in range(40)],
    "forty sets with the agent's label": [["mine", f"customer {number}"] for number in range(40)],
}


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_late_runs_of_others_cost_an_agent_nothing(world, flow_id, measured, foreign, many):
    mine = [world.create(flow_id, labels=["mine"]) for _ in range(3)]
    both = world.create(flow_id, labels=["mine", "too"])
    alone = measured("mine"), measured("mine", "too")
    backlog(world, flow_id, many, foreign)

    found, _, _ = cost = measured("mine")
    assert sorted(found) == sorted(mine)
    assert cost[1:] == ({"query": SHARDS, "batch_get_item": 1}, alone[0][2])
    found, calls, units = measured("mine", "too")
    assert sorted(found) == sorted([*mine, both])
    # One query more for each set of the agent, and for each set between two of them.
    assert calls["query"] <= 4 * SHARDS
    assert units is None or units <= alone[1][2] + 3 * SHARDS


def test_labelled_runs_cost_an_agent_without_labels_nothing(world, flow_id, measured, many):
    mine = world.create(flow_id)
    backlog(world, flow_id, many, [["a"], ["b"], ["c", "d"]])

    found, calls, _ = measured()

    assert (found, calls) == ([mine], {"query": SHARDS, "get_item": 1})


@pytest.mark.dynoxide_only
def test_poll_without_takable_runs_costs_the_same_however_many_are_late(world, flow_id, measured, many):
    idle = measured("mine")
    assert idle == ([], {"query": SHARDS}, idle[2])
    backlog(world, flow_id, many, [["nobody"], ["nobody", "else"], []])

    assert measured("mine") == idle
    found, calls, _ = measured("mine", "too")
    assert (found, set(calls)) == ([], {"query"})
    assert calls["query"] <= 3 * SHARDS


@pytest.mark.dynoxide_only
def test_takable_runs_of_all_sets_are_returned_longest_due_first(world, flow_id):
    fitting = [["a"], ["a", "b"], ["b"], ["a", "b", "c"], ["c"]]
    made = backlog(world, flow_id, 60, fitting)
    backlog(world, flow_id, 600, [["a", "x"], ["x"], ["b", "x", "y"], [], ["0"], ["z"]])

    assert poll(world, "c", "b", "a") == made[:MAX_RUNS_A_POLL]
    assert poll(world, "c", "b", "a", before=START - timedelta(seconds=55)) == made[:6]
    only_b = [run_id for number, run_id in enumerate(made) if fitting[number % 5] == ["b"]]
    assert poll(world, "b") == only_b


@pytest.mark.dynoxide_only
def test_planned_runs_do_not_hide_due_runs(world, flow_id, measured, many):
    backlog(world, flow_id, many, [["mine"], ["mine", "too"], []], start=START + timedelta(hours=1))
    mine = world.create(flow_id, labels=["mine"])
    too = world.create(flow_id, labels=["too"])

    assert measured("mine")[:2] == ([mine], {"query": SHARDS, "get_item": 1})
    found, calls, _ = measured("mine", "too")
    assert sorted(found) == sorted([mine, too])
    assert calls["query"] <= 3 * SHARDS


@pytest.mark.dynoxide_only
def test_agent_with_many_labels_takes_runs_of_many_sets(world, flow_id, measured, many):
    labels = [f"l{number}" for number in range(30)]
    sets = [list(chosen) for chosen in combinations(labels[:6], 3)]
    made = backlog(world, flow_id, 20, sets)
    foreign = [[*chosen, "nobody"] for chosen in combinations(labels, 2)]
    backlog(world, flow_id, many, foreign)

    found, calls, _ = measured(*labels)

    assert found == made
    # No more queries than there are sets.
    assert calls["query"] <= SHARDS * (len(sets) + len(foreign) + 1)


@pytest.fixture
def few_leaps(monkeypatch):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", 4)
    monkeypatch.setattr(waiting_sets, "SMALLEST_PAGE", 1)


@pytest.mark.dynoxide_only
@pytest.mark.usefixtures("few_leaps")
def test_each_of_too_many_sets_is_found_within_a_few_polls(world, flow_id):
    labels = [f"l{number}" for number in range(9)]
    made = backlog(world, flow_id, 36, map(list, combinations(labels, 2)))

    found = [poll(world, *labels) for _ in range(len(made) // 2)]

    assert all(found)
    assert {run_id for some in found for run_id in some} == set(made)


@pytest.mark.usefixtures("few_leaps")
@pytest.mark.dynoxide_only
def test_sets_of_others_do_not_hide_takable_sets(world, flow_id):
    labels = [f"l{number}" for number in range(9)]
    sets = sorted((list(chosen) for chosen in combinations(labels, 2)), key=labels_digest)
    backlog(world, flow_id, 144, [[*label_set, "nobody"] for label_set in sets])
    fitting = [sets[0], sets[18], sets[-2], sets[-1]]
    made = backlog(world, flow_id, 12, fitting)

    found = {run_id for _ in range(len(sets) // 2) for run_id in poll(world, *labels)}

    assert found == set(made)


@pytest.mark.usefixtures("few_leaps")
def test_poll_that_cannot_store_its_place_returns_its_runs(world, flow_id, pauses):
    labels = [f"l{number}" for number in range(9)]
    backlog(world, flow_id, 36, map(list, combinations(labels, 2)))
    poller, client = world.interfered()
    client.fail("put_item", *[client_error("InternalServerError", status=500)] * 20)

    assert poll(poller, *labels)
    assert "put_item" in client.calls


def test_run_with_misspelt_label_is_found_after_new_labels(world, flow_id):
    late = backlog(world, flow_id, 30, [["nobdy"]])

    for run_id in late[:3]:
        set_flow_run_labels(world.context, run_id, ["nobody"])

    assert poll(world, "nobody") == late[:3]


class TestWaitingTaskRuns:
    @pytest.mark.dynoxide_only
    def test_run_with_many_waiting_children_has_one_entry(self, world, flow_id, measured):
        run_id = world.create(flow_id, labels=["far"])
        world.set(run_id, "Running")
        for index in range(150):
            task(world, run_id, "Retrying", map_index=index)
        near = world.create(flow_id, labels=["near"])
        same = world.create(flow_id, labels=["far"])

        assert measured("near")[:2] == ([near], {"query": SHARDS, "get_item": 1})
        assert sorted(poll(world, "far")) == sorted([run_id, same])
        markers = [item for item in world.items("waiting") if "status_shard" in item]
        assert len(markers) == 1

    @pytest.mark.dynoxide_only
    def test_markers_of_other_agents_runs_cost_nothing(self, world, flow_id, measured):
        idle = measured("near")
        for _ in range(80):
            run_id = world.create(flow_id, labels=["far"])
            world.set(run_id, "Running")
            task(world, run_id, "Retrying")

        assert measured("near") == idle
        near = world.create(flow_id, labels=["near"])
        assert poll(world, "near") == [near]

    @pytest.mark.parametrize("state", ["Failed", "Success", "Aborted", "Paused", "Submitted", "Cancelling"])
    @pytest.mark.dynoxide_only
    def test_useless_markers_are_met_once(self, world, flow_id, measured, state):
        for _ in range(30):
            run_id = world.create(flow_id, labels=["mine"])
            world.set(run_id, "Running")
            task(world, run_id, "Retrying")
            world.set(run_id, state)
        mine = world.create(flow_id, labels=["mine"])

        assert poll(world, "mine") == [mine]
        found, calls, _ = measured("mine")
        assert found == [mine]
        assert set(calls) == {"query", "get_item"}

    @pytest.mark.parametrize("state", ["Failed", "Paused"])
    @pytest.mark.dynoxide_only
    def test_useless_markers_hide_no_run_however_many_come_first(self, world, flow_id, measured, state):
        useless_markers(world, flow_id, 700, ["mine"], state)
        mine = [world.create(flow_id, labels=["mine"]) for _ in range(2)]
        idle = {"query", "get_item", "batch_get_item"}

        found, calls, units = measured("mine")

        assert found == sorted(mine)
        # Some markers are moved. Of the other markers only the keys are read.
        assert calls["delete_item"] == MAX_MARKERS
        assert units is None or units <= 2.5 * MAX_MARKERS + 50
        for _ in range(700 // MAX_MARKERS):
            assert poll(world, "mine") == sorted(mine)
        assert set(measured("mine")[1]) <= idle

    @pytest.mark.dynoxide_only
    def test_good_marker_is_found_behind_useless_ones_by_later_polls(self, world, flow_id):
        useless_markers(world, flow_id, 250, ["mine"], "Failed")
        run_id = world.create(flow_id, labels=["mine"])
        world.set(run_id, "Running")
        task(world, run_id, "Retrying")

        assert [poll(world, "mine") for _ in range(3)] == [[], [], [run_id]]

    def test_deleted_run_with_waiting_task_runs_leaves_no_marker(self, world, flow_id):
        run_id = world.create(flow_id)
        world.set(run_id, "Running")
        task(world, run_id, "Retrying")

        delete_flow_run(world.context, run_id)

        assert [item["sk"]["S"] for item in world.partition(run_id)] == ["follow-up"]
        assert poll(world) == []
