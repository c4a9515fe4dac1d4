"""Changes whose work follows from what is stored: a request does its share of them, recovery the rest."""

from collections import Counter

import pytest

from domain.errors import NotFound, TooMuchWork
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from domain.work import Work
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.recovery.tick import Bounds, tick
from operations.task_runs.task_runs import get_task_run, set_task_run_state
from tests.contract.factories import World

pytestmark = pytest.mark.dynoxide_only

TASKS = 90
# A twentieth of a request's budget: some twenty calls of the database, and one batch that has begun.
UNITS = 20_000


def small(world: World) -> World:
    """Return the tenant as a request sees it that may do little."""
    return world.within(Work(max_units=UNITS))


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Wide", "tasks": [{"slug": f"t{number}"} for number in range(TASKS)]})


@pytest.fixture
def running(world, flow_id):
    """Return a function that makes a run with as many tasks Running."""

    def make(tasks=TASKS):
        run_id = world.create(flow_id)
        world.set(run_id, "Running")
        for number in range(1, tasks + 1):
            set_task_run_state(world.context, member_id(run_id, number), None, State({"type": "Running"}))
        return run_id

    return make


def states(world, run_id):
    return Counter(
        get_task_run(world.context, member_id(run_id, number)).state.type for number in range(1, TASKS + 1)
    )


def parts(world):
    """Return the items of task runs."""
    return [item for item in world.items() if item["sk"]["S"].startswith("task#")]


def recover(world):
    """Run ticks of recovery for some minutes."""
    for _ in range(8):
        world.clock.advance(minutes=1)
        tick(world.context, RecoverySettings(), Bounds(time_left=lambda: 100.0))


@pytest.mark.parametrize("way", ["cancel", "set"])
def test_cancellation_of_many_task_runs_is_left_to_recovery(world, running, way):
    run_id, few = running(), small(world)
    if way == "cancel":
        cancel_flow_run(few.context, run_id)
    set_flow_run_state(few.context, run_id, None, State({"type": "Cancelled"}))

    assert world.run(run_id).state.type == "Cancelled"
    assert 0 < states(world, run_id)["Running"] < TASKS
    cancel_flow_run(few.context, run_id)
    assert states(world, run_id)["Running"] > 0
    recover(world)
    assert states(world, run_id) == {"Cancelled": TASKS}


def test_later_runs_of_one_request_are_cancelled_with_less_and_less_work(world, running):
    few, runs = small(world), [running(66) for _ in range(2)]

    for run_id in runs:
        set_flow_run_state(few.context, run_id, None, State({"type": "Cancelled"}))

    left = [states(world, run_id)["Running"] for run_id in runs]
    assert left[0] < left[1] == 66
    recover(world)
    assert [states(world, run_id)["Running"] for run_id in runs] == [0, 0]


def test_run_with_more_than_a_request_deletes_is_gone_at_once(world, running):
    run_id, few = running(), small(world)

    assert delete_flow_run(few.context, run_id)

    assert len(parts(world)) > TASKS // 3
    with pytest.raises(NotFound):
        set_flow_run_state(world.context, run_id, None, State({"type": "Running"}))
    assert not delete_flow_run(small(world).context, run_id)
    recover(world)
    assert parts(world) == world.items("follow-up") == []


def test_tasks_of_a_flow_are_read_once_for_all_cached_states_of_a_request(world, running):
    run_id = running(5)
    through, client = world.interfered()
    cached, calls = {"type": "Cached", "cached_result_expiration": "2100-01-01T00:00:00Z"}, []

    for number in range(1, 6):
        before = len(client.calls)
        set_task_run_state(through.context, member_id(run_id, number), None, State(cached))
        calls.append(len(client.calls) - before)

    assert calls[0] > calls[1]
    assert len(set(calls[1:])) == 1
    assert states(world, run_id)["Cached"] == 5


def test_states_of_one_field_end_when_those_before_were_too_much():
    work = Work(max_units=UNITS)
    work.check_more_changes("states")
    work.note_looked_at(100_000)
    with pytest.raises(TooMuchWork, match=r"^states: .* Those before this one are done"):
        work.check_more_changes("states")
