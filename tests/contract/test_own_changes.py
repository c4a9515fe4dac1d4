"""A state change returns its own entry, although others change the run before the response comes."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from domain.errors import VersionLockingError
from domain.flow_runs.states import State
from domain.task_runs.task_runs import TaskRunChange
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.reads.query import row_of_known
from operations.reads.rows import Need
from operations.task_runs.task_runs import get_or_create_task_run, get_task_run
from tests.contract.clients import no_response_in_time
from tests.contract.factories import START, incompressible
from tests.contract.limits import limit_label, limit_tag, set_task

LARGE = incompressible(3_000)

pytestmark = pytest.mark.usefixtures("pauses")

WRITES = ("update_item", "transact_write_items", "put_item")


def followed(client, others, *, lost, has_happened=lambda: True):
    """Let others come right after the write that sets the state. The response of that write may be lost."""

    def write(send):
        response = send()
        for operation in WRITES:
            client.forget(operation)
        if not has_happened():  # this write came before the state change
            followed(client, others, lost=lost, has_happened=has_happened)
            return response
        others()
        if lost:
            raise no_response_in_time()
        return response

    for operation in WRITES:
        client.alter(operation, write)


def other_changes(world, change, count):
    """Return the changes of another writer, which go on from the run's current version."""

    def others():
        for number in range(count):
            world.clock.advance(seconds=1)
            change({"type": "Running" if number % 2 else "Failed", "message": f"Other {number}."})

    return others


def room(world):
    return world.new_run(), 1


def full_list(world):
    run_id = world.new_run()
    for version in range(1, 16):
        world.set(run_id, "Submitted", version)
    return run_id, 16


def slot_to_take(world):
    limit_label(world, "limited", 5)
    return world.new_run(labels=["limited"]), 1


def slot_to_give_back(world):
    run_id, _ = slot_to_take(world)
    world.set(run_id, "Running", 1)
    return run_id, 2


RUNS = [room, full_list, slot_to_take, slot_to_give_back]


@pytest.mark.parametrize("make", RUNS)
@pytest.mark.parametrize("message", ["Small.", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("lost", [False, True], ids=["response received", "response lost"])
@pytest.mark.parametrize("others", [1, 3, 30])
def test_state_change_of_a_flow_run_returns_its_own_state(world, make, message, lost, others):
    # Given
    run_id, version = make(world)
    world.clock.advance(seconds=1)
    at, state = world.clock(), {"type": "Running", "message": message}
    if make is slot_to_give_back:
        state["type"] = "Success"
    faulty, client = world.interfered()
    followed(
        client,
        other_changes(world, partial(world.set, run_id), others),
        lost=lost,
        has_happened=lambda: get_flow_run(world.context, run_id).version > version,
    )

    # When
    run = faulty.set(run_id, state, version)

    # Then
    assert (run.version, run.state.data, run.latest.timestamp, run.updated) == (version + 1, state, at, at)
    assert run.history[-1].version == version + 1
    if state["type"] == "Running":
        assert (run.start_time, run.end_time) == (at, None)
    else:
        assert (run.start_time, run.end_time) == (START, at)
    assert len(world.types(run_id)) == version + 1 + others
    with pytest.raises(VersionLockingError):
        world.set(run_id, "Success", run.version)


@pytest.mark.parametrize("lost", [False, True], ids=["response received", "response lost"])
@pytest.mark.parametrize("others", [1, 30])
def test_state_change_without_a_version_returns_its_own_state(world, lost, others):
    run_id = world.new_run()
    faulty, client = world.interfered()
    followed(client, other_changes(world, partial(world.set, run_id), others), lost=lost)

    run = faulty.set(run_id, {"type": "Running", "message": "Mine."})

    assert (run.version, run.state.message) == (2, "Mine.")
    assert world.run(run_id).history[1].state.message == "Mine."


@pytest.mark.parametrize("lost", [False, True], ids=["response received", "response lost"])
def test_queued_run_is_returned_as_queued_though_it_is_running_by_now(world, lost):
    # Given
    limit_label(world, "limited", 1)
    holder, run_id = world.new_run(labels=["limited"]), world.new_run(labels=["limited"])
    world.set(holder, "Running", 1)

    def others():
        world.set(holder, "Success", 2)
        world.set(run_id, "Running", 2)

    faulty, client = world.interfered()
    followed(client, others, lost=lost, has_happened=lambda: get_flow_run(world.context, run_id).version > 1)

    # When
    run = faulty.set(run_id, "Running", 1)

    # Then
    assert (run.version, run.state.type) == (2, "Queued")


@pytest.mark.parametrize("lost", [False, True], ids=["response received", "response lost"])
def test_cancellation_returns_the_state_that_it_set(world, lost):
    run_id = world.new_run()
    faulty, client = world.interfered()
    followed(
        client,
        other_changes(world, partial(world.set, run_id), 2),
        lost=lost,
        has_happened=lambda: get_flow_run(world.context, run_id).version > 1,
    )

    run = cancel_flow_run(faulty.context, run_id)

    assert (run.version, run.state.type) == (2, "Cancelled")


def task_run(world, *, states=(), tags=()):
    flow_id = world.register({"name": "Flow", "tasks": [{"slug": "a", "tags": list(tags)}]})
    run_id = world.create(flow_id)
    world.set(run_id, "Running", 1)
    task_run_id = get_or_create_task_run(world.context, run_id, f"{flow_id[:-4]}0001", None).id
    for state in states:
        set_task(world, task_run_id, state)
    return task_run_id, 1 + len(states)


def first_state(world):
    return task_run(world)


def later_state(world):
    return task_run(world, states=["Retrying"])


def task_run_with_a_full_list(world):
    return task_run(world, states=["Retrying"] * 15)


def task_run_with_a_slot(world):
    limit_tag(world, "db", 3)
    return task_run(world, states=["Retrying"], tags=["db"])


@pytest.mark.parametrize("make", [first_state, later_state, task_run_with_a_full_list, task_run_with_a_slot])
@pytest.mark.parametrize("message", ["Small.", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("held", [True, False], ids=["version given", "no version"])
@pytest.mark.parametrize("lost", [False, True], ids=["response received", "response lost"])
@pytest.mark.parametrize("others", [1, 17, 30])
def test_state_change_of_a_task_run_returns_its_own_state(world, make, message, held, lost, others):
    # Given
    task_run_id, version = make(world)
    faulty, client = world.interfered()
    change = partial(set_task, world, task_run_id, "Failed")
    followed(
        client,
        lambda: [change() for _ in range(others)],
        lost=lost,
        has_happened=lambda: get_task_run(world.context, task_run_id).version > version,
    )

    # When
    found = set_task(faulty, task_run_id, "Running", "db", version=version if held else None, message=message)

    # Then
    assert (found.version, found.state.type, found.state.message) == (version + 1, "Running", message)
    assert found.end_time is None
    assert get_task_run(world.context, task_run_id).version == version + 1 + others


@pytest.mark.parametrize("others", [0, 1, 18, 40])
def test_first_attempt_that_arrives_after_its_repeat_is_refused(world, others):
    """Even without a version, because a late first attempt would set the state a second time."""
    # Given
    run_id = world.new_run()
    late = []

    def held_back(send):
        late.append(send)
        raise no_response_in_time()

    faulty, client = world.interfered()
    client.alter("update_item", held_back)

    # When
    run = faulty.set(run_id, {"type": "Running", "message": "Mine."})
    for _ in range(others):
        world.set(run_id, "Paused")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        late[0]()

    # Then
    assert run.version == 2
    assert world.types(run_id) == ["Scheduled", "Running"] + ["Paused"] * others


def test_row_of_a_state_change_has_no_state_that_followed(world):
    # Given
    run_id = world.new_run(parameters={"x": LARGE})
    for version in range(1, 20):
        world.set(run_id, "Submitted", version)
    run = world.set(run_id, {"type": "Running", "message": LARGE}, 20)
    for version in range(21, 40):
        world.set(run_id, "Failed", version)

    # When
    need = Need({"version", "serialized_state", "parameters", "end_time"}, {"states": Need({"version"})})
    row = row_of_known(world.context, "flow_run", run, need)

    # Then
    assert (row.value.version, row.value.state.data["message"], row.value.end_time) == (21, LARGE, None)
    assert row.value.inputs.parameters == {"x": LARGE}
    assert [state.value.entry.version for state in row.related["states"]] == list(range(1, 22))


def test_row_of_a_state_change_of_a_deleted_run_is_returned(world):
    run_id = world.new_run()
    run = world.set(run_id, "Running", 1)
    world.store.flow_runs.delete(run_id)

    row = row_of_known(world.context, "flow_run", run, Need({"version", "heartbeat"}))

    assert row.value.version == 2


def test_task_run_with_a_large_state_is_read_with_the_whole_state(world):
    """Runners begin with the state that they find, so that a shortened state would lose a result."""
    task_run_id, _ = task_run(world)
    set_task(world, task_run_id, "Success", _result={"type": "PrefectResult", "location": LARGE})

    assert get_task_run(world.context, task_run_id).state.data["_result"]["location"] == LARGE


def test_states_set_in_parallel_are_each_returned_as_they_were_set(world):
    task_run_id, version = task_run_with_a_full_list(world)
    address = get_task_run(world.context, task_run_id).address
    faulty, client = world.interfered()
    followed(client, partial(set_task, world, task_run_id, "Failed"), lost=True)
    change = TaskRunChange(address=address, version=version, state=State({"type": "Cancelled"}))

    (found,) = faulty.store.task_runs.set_states([change], world.clock(), faulty.context.token())

    assert (found.version, found.state.type) == (version + 1, "Cancelled")
