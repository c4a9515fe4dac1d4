"""A write whose response was lost: the repeat finds the write and changes nothing a second time."""

from datetime import timedelta

import pytest

from domain.errors import ApiError, IdempotencyKeyReused, VersionLockingError
from operations.flows.archiving import archive_flow
from operations.flows.extending import add_tasks
from tests.contract.clients import connection_closed, no_response_in_time, server_error
from tests.contract.factories import START, incompressible

LARGE = incompressible(5_000)

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture(
    params=[(1, no_response_in_time), (2, connection_closed), (2, server_error)],
    ids=["one time-out", "two closed connections", "two server errors"],
)
def lost(request):
    """The number of lost responses, and the error that the caller sees."""
    return request.param


@pytest.fixture
def flow_id(world):
    return world.register()


@pytest.mark.parametrize("parameters", [{}, {"x": LARGE}], ids=["one item", "two items"])
def test_creation_without_a_key_makes_one_run(world, flow_id, lost, parameters):
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items" if parameters else "put_item", *lost)

    run_id = faulty.create(flow_id, parameters=parameters)

    assert client.all_happened()
    assert [item["pk"]["S"].rpartition("#")[2] for item in world.items("run")] == [run_id]
    assert world.run(run_id).inputs.parameters == parameters


def test_creation_with_a_key_makes_one_run(world, flow_id, lost):
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    run_id = faulty.create(flow_id, idempotency_key="k", parameters={"x": 1})

    assert client.all_happened()
    assert world.create(flow_id, idempotency_key="k") == run_id
    assert len(world.items("run")) == 1


def test_creation_with_an_expired_key_makes_one_new_run(world, flow_id, lost):
    old = world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=25)
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    run_id = faulty.create(flow_id, idempotency_key="k")

    assert client.all_happened()
    assert run_id != old
    assert len(world.items("run")) == 2


def test_creation_returns_its_own_run_though_others_use_the_key_meanwhile(world, flow_id):
    def other_use():
        world.clock.advance(hours=1)
        world.create(flow_id, idempotency_key="k")

    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", meanwhile=other_use)

    run_id = faulty.create(flow_id, idempotency_key="k", parameters={"x": 1})

    assert [item["run_id"]["S"] for item in world.items("key")] == [run_id]
    assert len(world.items("run")) == 1


def test_creation_that_lost_its_key_to_other_inputs_is_a_conflict(world, flow_id):
    other_ids = []

    def other_first(_):
        other_ids.append(world.create(flow_id, idempotency_key="k", parameters={"x": 2}))
        raise no_response_in_time()

    faulty, client = world.interfered()
    client.alter("transact_write_items", other_first)

    with pytest.raises(IdempotencyKeyReused, match="with other parameters") as raised:
        faulty.create(flow_id, idempotency_key="k", parameters={"x": 1})

    assert [raised.value.extensions["flow_run_id"]] == other_ids
    assert len(world.items("run")) == 1


def test_repeated_use_of_a_key_moves_its_end_once(world, flow_id, lost):
    first = world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=3)
    faulty, client = world.interfered()
    client.lose_responses("update_item", *lost)

    assert faulty.create(flow_id, idempotency_key="k") == first
    assert client.all_happened()
    assert world.key_end() == START + timedelta(hours=27)


@pytest.mark.parametrize("held", [True, False], ids=["version given", "no version"])
@pytest.mark.parametrize("message", ["small", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("states", [0, 15], ids=["room", "full list"])
def test_state_is_set_once(world, flow_id, lost, held, message, states):
    # Given
    run_id = world.create(flow_id)
    for version in range(1, states + 1):
        world.set(run_id, "Submitted", version)
    faulty, client = world.interfered()
    operation = "update_item" if message == "small" and not states else "transact_write_items"
    client.lose_responses(operation, *lost)

    # When
    run = faulty.set(run_id, {"type": "Running", "message": message}, states + 1 if held else None)

    # Then: a change without a version has read the run, so it need not send the write again
    assert client.all_happened() or not held
    assert (run.version, run.state.type) == (states + 2, "Running")
    assert world.types(run_id) == ["Scheduled"] + ["Submitted"] * states + ["Running"]


@pytest.mark.parametrize("held", [True, False], ids=["version given", "no version"])
@pytest.mark.parametrize("others", [1, 4, 20, 40])
@pytest.mark.parametrize("before", [0, 15], ids=["room", "full list"])
def test_state_is_set_once_though_others_follow_before_its_repeat(world, flow_id, held, others, before):
    # Given
    run_id = world.create(flow_id)
    for version in range(1, before + 1):
        world.set(run_id, "Submitted", version)

    def set_others():
        for _ in range(others):
            world.set(run_id, "Paused")

    faulty, client = world.interfered()
    client.lose_responses("transact_write_items" if before else "update_item", meanwhile=set_others)

    # When
    faulty.set(run_id, "Running", before + 1 if held else None)

    # Then
    assert client.all_happened()
    assert world.types(run_id) == ["Scheduled"] + ["Submitted"] * before + ["Running"] + ["Paused"] * others


@pytest.mark.parametrize("others", [1, 4, 20])
def test_state_without_a_version_that_did_not_arrive_is_set_after_others(world, flow_id, others):
    # Given
    run_id = world.create(flow_id)

    def others_only(_):
        for _ in range(others):
            world.set(run_id, "Paused")
        raise no_response_in_time()

    faulty, client = world.interfered()
    client.alter("update_item", others_only)

    # When
    faulty.set(run_id, "Running")

    # Then
    assert world.types(run_id) == ["Scheduled"] + ["Paused"] * others + ["Running"]


@pytest.mark.parametrize("others", [1, 20])
def test_state_with_a_version_that_did_not_arrive_loses_to_others(world, flow_id, others):
    run_id = world.create(flow_id)

    def others_only(_):
        for _ in range(others):
            world.set(run_id, "Paused")
        raise no_response_in_time()

    faulty, client = world.interfered()
    client.alter("update_item", others_only)

    with pytest.raises(VersionLockingError):
        faulty.set(run_id, "Running", 1)
    assert world.types(run_id) == ["Scheduled"] + ["Paused"] * others


def test_state_without_a_version_is_given_up_if_no_write_gets_a_response(world, flow_id, pauses):
    run_id = world.create(flow_id)
    faulty, client = world.interfered()
    client.fail("update_item", *[no_response_in_time()] * 100)

    with pytest.raises(ApiError):
        faulty.set(run_id, "Running")

    assert client.calls.count("update_item") == len(pauses) + 1 < 20
    assert world.types(run_id) == ["Scheduled"]


def test_registration_makes_one_version(world, lost):
    # Given
    project_id = world.project()
    first = world.register(project_id=project_id)
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    # When
    second = faulty.register(project_id=project_id)

    # Then
    assert client.all_happened()
    flows = {flow.id: flow for flow in world.store.flows.get([first, second])}
    assert [(flows[flow_id].version, flows[flow_id].archived) for flow_id in (first, second)] == [
        (1, True),
        (2, False),
    ]
    assert len(world.items("flow")) == 2


def test_registration_makes_one_version_though_another_follows_meanwhile(world):
    # Given
    project_id = world.project()
    followers = []
    faulty, client = world.interfered()
    client.lose_responses(
        "transact_write_items", meanwhile=lambda: followers.append(world.register(project_id=project_id))
    )

    # When
    first = faulty.register(project_id=project_id)

    # Then
    (second,) = followers
    flows = {flow.id: flow for flow in world.store.flows.get([first, second])}
    assert [(flows[flow_id].version, flows[flow_id].archived) for flow_id in (first, second)] == [
        (1, True),
        (2, False),
    ]
    assert world.store.flows.group(flows[first].flow_group_id).current_flow_id == second


def test_tasks_are_added_once(world, lost):
    flow_id = world.register({"name": "Flow", "tasks": [{"slug": "a"}]})
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    add_tasks(faulty.context, flow_id, [{"slug": "b"}])

    assert client.all_happened()
    assert world.store.flows.serialized([flow_id])[flow_id]["tasks"] == [{"slug": "a"}, {"slug": "b"}]


def test_flow_is_archived(world, flow_id, lost):
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    archive_flow(faulty.context, flow_id)

    assert client.all_happened()
    (flow,) = world.store.flows.get([flow_id])
    assert flow.archived
    assert world.store.flows.group(flow.flow_group_id).current_flow_id is None


def test_project_is_made_once(world, lost):
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", *lost)

    project_id = faulty.project("Once")

    assert client.all_happened()
    assert [project.id for project in world.store.projects.all()] == [project_id]


@pytest.mark.parametrize("parameters", [{}, {"x": LARGE}], ids=["one item", "two items"])
def test_deletion_of_a_run_returns_true(world, flow_id, lost, parameters):
    run_id = world.create(flow_id, parameters=parameters)
    faulty, client = world.interfered()
    client.lose_responses("delete_item", *lost)

    assert faulty.store.flow_runs.delete(run_id) is True
    assert client.all_happened()
    assert world.partition(run_id) == []


def test_name_labels_and_heartbeat_of_a_run_are_written(world, flow_id, lost):
    run_id = world.create(flow_id)
    faulty, client = world.interfered()
    client.lose_responses("update_item", *lost)
    client.lose_responses("put_item", *lost)

    assert faulty.store.flow_runs.rename(run_id, "other", world.clock())
    assert faulty.store.flow_runs.set_labels(run_id, ["a"], world.clock())
    faulty.store.flow_runs.heartbeat(run_id, world.clock())

    assert client.all_happened()
    run = world.run(run_id)
    assert (run.name, run.labels, run.heartbeat) == ("other", ["a"], START)
