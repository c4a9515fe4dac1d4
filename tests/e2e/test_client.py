"""The client against the real server."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from flow_runs import (
    BadUserInputError,
    Client,
    IdempotencyKeyReusedError,
    NotFoundError,
    State,
    VersionLockError,
    WaitTimeoutError,
)

PARAMETERS = [
    {"name": "x", "slug": "x", "required": False, "default": 1},
    {"name": "who", "slug": "who", "required": True, "default": None},
]


@pytest.fixture(scope="module")
def client(server):
    with Client(server.url) as connected:
        yield connected


@pytest.fixture
def project(client):
    """Return the name of a project that no other test uses."""
    name = f"Project {uuid.uuid4().hex[:8]}"
    client.create_project(name, "for a test")
    return name


@pytest.fixture
def flow_id(client, project):
    return client.register_flow(project, "My Flow Name")


def test_created_run_is_read_back_with_every_input(client, project):
    # Given
    flow_id = client.register_flow(project, {"name": "My Flow Name", "parameters": PARAMETERS})
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)

    # When
    flow_run_id = client.create_flow_run(
        flow_id,
        parameters={"who": "Ada"},
        context={"c": [1]},
        labels=["b", "a"],
        run_config={"type": "LocalRun"},
        run_name="mine",
        scheduled_start_time=start,
        idempotency_key="k",
    )

    # Then
    info = client.get_flow_run_info(flow_run_id)
    assert (info.id, info.name, info.flow_id, info.flow_name) == (
        flow_run_id,
        "mine",
        flow_id,
        "My Flow Name",
    )
    assert (info.project_name, info.version, info.state, info.flow_version) == (project, 1, "Scheduled", 1)
    assert info.parameters == {"x": 1, "who": "Ada"}
    assert (info.context, info.labels, info.run_config) == ({"c": [1]}, ["a", "b"], {"type": "LocalRun"})
    assert (info.scheduled_start_time, info.idempotency_key) == (start, "k")
    assert info.created is not None
    assert abs(info.created - datetime.now(UTC)) < timedelta(minutes=1)


def test_key_creates_one_run_and_refuses_other_parameters(client, flow_id):
    first = client.create_flow_run(flow_id, parameters={"x": 1}, idempotency_key="k")

    assert client.create_flow_run(flow_id, parameters={"x": 1}, idempotency_key="k") == first
    with pytest.raises(IdempotencyKeyReusedError) as caught:
        client.create_flow_run(flow_id, parameters={"x": 2}, idempotency_key="k")
    assert caught.value.flow_run_id == first


def test_each_creation_without_key_makes_a_run(client, flow_id):
    assert client.create_flow_run(flow_id) != client.create_flow_run(flow_id)


def test_history_has_every_state_of_a_run(client, flow_id):
    # Given
    flow_run_id = client.create_flow_run(flow_id)

    # When each change has the version that the change before has returned
    version = client.set_flow_run_state(flow_run_id, 1, "Submitted")
    version = client.set_flow_run_state(flow_run_id, version, {"type": "Running", "message": "Going."})
    version = client.set_flow_run_state(flow_run_id, version, State("Success", "It worked!", {"extra": 1}))

    # Then
    states = client.get_flow_run_states(flow_run_id)
    assert [(entry.version, entry.state.type) for entry in states] == [
        (1, "Scheduled"),
        (2, "Submitted"),
        (3, "Running"),
        (4, "Success"),
    ]
    state = client.get_flow_run_state(flow_run_id)
    assert (state.type, state.message, state.details["extra"]) == ("Success", "It worked!", 1)
    info = client.wait_for_flow_run(flow_run_id, timeout=5)
    assert info.version == version == 4
    assert info.start_time is not None
    assert info.end_time is not None


def test_stale_version_changes_nothing(client, flow_id):
    flow_run_id = client.create_flow_run(flow_id)
    client.set_flow_run_state(flow_run_id, 1, "Running")

    with pytest.raises(VersionLockError) as caught:
        client.set_flow_run_state(flow_run_id, 1, "Success")

    error = caught.value
    assert (error.given_version, error.current_version, error.current_state) == (1, 2, "Running")
    assert error.flow_run_id == flow_run_id
    assert client.get_flow_run_info(flow_run_id).version == 2


def test_one_of_many_changes_with_the_same_version_wins(client, flow_id):
    # Given
    flow_run_id = client.create_flow_run(flow_id)

    def submit(_: int) -> bool:
        try:
            client.set_flow_run_state(flow_run_id, 1, "Submitted")
        except VersionLockError:
            return False
        return True

    # When
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(submit, range(16)))

    # Then
    assert won.count(True) == 1
    assert client.get_flow_run_info(flow_run_id).version == 2


def test_state_without_version_is_set_at_any_version(client, flow_id):
    flow_run_id = client.create_flow_run(flow_id)
    client.set_flow_run_state(flow_run_id, 1, "Running")

    assert client.set_flow_run_state(flow_run_id, None, "Failed") == 3


def test_find_flow_returns_the_newest_version_and_no_archived_one(client, project):
    # Given
    first = client.register_flow(project, "My Flow Name")
    second = client.register_flow(project, {"name": "My Flow Name", "parameters": PARAMETERS})

    # When / Then
    found = client.find_flow("My Flow Name", project)
    assert (found.id, found.version, found.archived) == (second, 2, False)
    assert found.parameters == PARAMETERS
    with pytest.raises(BadUserInputError):
        client.create_flow_run(first)
    client.archive_flow(second)
    with pytest.raises(NotFoundError):
        client.find_flow("My Flow Name", project)


def test_register_flow_with_the_same_key_registers_nothing(client, project):
    first = client.register_flow(project, "My Flow Name", idempotency_key="same")

    assert client.register_flow(project, "My Flow Name", idempotency_key="same") == first
    assert client.register_flow(project, "My Flow Name") != first


def test_large_flow_is_registered(client, project):
    flow_id = client.register_flow(project, {"name": "Large", "tasks": [{"slug": "x" * 1000}] * 300})

    assert client.find_flow("Large", project).id == flow_id


def test_find_flow_of_two_projects_without_project_is_refused(client):
    name, projects = f"Flow {uuid.uuid4().hex[:8]}", [f"Project {uuid.uuid4().hex[:8]}" for _ in range(2)]
    for project in projects:
        client.create_project(project)
        client.register_flow(project, name)

    with pytest.raises(BadUserInputError, match=projects[0]):
        client.find_flow(name)
    assert client.find_flow(name, projects[1]).project_name == projects[1]


def test_create_project_with_taken_name_is_refused(client, project):
    with pytest.raises(BadUserInputError, match="already"):
        client.create_project(project)


def test_runs_are_listed_newest_first_and_by_filters(client, project, flow_id):
    # Given
    old, new = client.create_flow_run(flow_id), client.create_flow_run(flow_id)
    client.set_flow_run_state(old, 1, "Running")

    # When / Then
    def listed(**filters):
        return [run.id for run in client.list_flow_runs(**filters)]

    assert listed(project=project) == [new, old]
    assert listed(project=project, limit=1) == [new]
    assert listed(flow="My Flow Name", project=project, state="Running") == [old]
    assert listed(flow="Another", project=project) == []
    assert listed(limit=1) == [new]


def test_run_can_be_renamed_labelled_and_deleted(client, flow_id):
    flow_run_id = client.create_flow_run(flow_id)

    client.set_flow_run_name(flow_run_id, "renamed")
    client.set_flow_run_labels(flow_run_id, ["b", "a"])
    info = client.get_flow_run_info(flow_run_id)
    assert (info.name, info.labels, info.version) == ("renamed", ["a", "b"], 1)

    client.delete_flow_run(flow_run_id)
    with pytest.raises(NotFoundError):
        client.get_flow_run_info(flow_run_id)


def test_cancel_of_a_running_and_of_a_waiting_run(client, flow_id):
    waiting, running = client.create_flow_run(flow_id), client.create_flow_run(flow_id)
    client.set_flow_run_state(running, 1, "Running")

    assert client.cancel_flow_run(waiting) == "Cancelled"
    assert client.cancel_flow_run(running) == "Cancelling"
    assert client.cancel_flow_run(waiting) == "Cancelled"


def test_wait_for_a_run_that_does_not_end_times_out(client, flow_id):
    with pytest.raises(WaitTimeoutError):
        client.wait_for_flow_run(client.create_flow_run(flow_id), timeout=0.1)


@pytest.mark.parametrize(
    "call",
    [
        lambda client, missing: client.get_flow_run_info(missing),
        lambda client, missing: client.get_flow_run_state(missing),
        lambda client, missing: client.get_flow_run_states(missing),
        lambda client, missing: client.set_flow_run_state(missing, 1, "Running"),
        lambda client, missing: client.cancel_flow_run(missing),
        lambda client, missing: client.set_flow_run_name(missing, "x"),
        lambda client, missing: client.set_flow_run_labels(missing, []),
        lambda client, missing: client.delete_flow_run(missing),
        lambda client, missing: client.create_flow_run(missing),
        lambda client, missing: client.archive_flow(missing),
        lambda client, _: client.find_flow("No such flow"),
        lambda client, _: client.register_flow("No such project", "x"),
    ],
)
def test_unknown_id_or_name_is_not_found(client, call):
    with pytest.raises(NotFoundError):
        call(client, str(uuid.uuid4()))


@pytest.mark.parametrize(
    "call",
    [
        lambda client, _: client.get_flow_run_info("no uuid"),
        lambda client, flow_id: client.create_flow_run(flow_id, scheduled_start_time="tomorrow"),
        lambda client, flow_id: client.set_flow_run_state(client.create_flow_run(flow_id), 1, "Nonsense"),
        lambda client, flow_id: client.create_flow_run(flow_id, idempotency_key=""),
    ],
)
def test_invalid_input_is_refused(client, flow_id, call):
    with pytest.raises(BadUserInputError):
        call(client, flow_id)


def test_graphql_sends_any_document(client):
    assert client.graphql("{ api { backend } }")["api"]["backend"] == "SERVER"
