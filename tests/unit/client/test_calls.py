"""Each call of the client: its request, and its result."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta, timezone

import graphql
import pytest

from flow_runs import BadUserInputError, NotFoundError, State
from tests.unit.client.client_service import FLOW_ID, RUN_ID, flow_row, flow_run, history, refusal, service

CREATED = {"create_flow_run": {"id": RUN_ID}}
REGISTERED = {"create_flow": {"id": FLOW_ID}}
COMPRESSED = {"create_flow_from_compressed_string": {"id": FLOW_ID}}


def test_create_flow_run_sends_every_given_input():
    there = service(CREATED)

    flow_run_id = there.client().create_flow_run(
        FLOW_ID,
        parameters={"x": 1},
        context={"c": 2},
        labels=("a", "b"),
        run_config={"type": "LocalRun"},
        run_name="mine",
        scheduled_start_time=datetime(2026, 1, 31, 8, tzinfo=timezone(timedelta(hours=2))),
        idempotency_key="k",
    )

    assert flow_run_id == RUN_ID
    assert there.inputs == [
        {
            "flow_id": FLOW_ID,
            "parameters": {"x": 1},
            "context": {"c": 2},
            "labels": ["a", "b"],
            "run_config": {"type": "LocalRun"},
            "flow_run_name": "mine",
            "scheduled_start_time": "2026-01-31T08:00:00+02:00",
            "idempotency_key": "k",
        }
    ]


def test_create_flow_run_sends_empty_labels_but_no_missing_input():
    there = service(CREATED)

    there.client().create_flow_run(version_group_id="g", labels=[], idempotency_key="k")

    assert there.inputs == [{"version_group_id": "g", "labels": [], "idempotency_key": "k"}]


def test_start_time_without_zone_is_utc_and_a_text_is_sent_unchanged():
    there = service(CREATED, CREATED)
    client = there.client()

    client.create_flow_run(FLOW_ID, scheduled_start_time=datetime(2026, 1, 31, 8))  # noqa: DTZ001 - the point
    client.create_flow_run(FLOW_ID, scheduled_start_time="2026-01-31 08:00:00")

    times = [inputs["scheduled_start_time"] for inputs in there.inputs]
    assert times == ["2026-01-31T08:00:00+00:00", "2026-01-31 08:00:00"]


def test_create_flow_run_without_key_sends_a_random_key():
    there = service(CREATED, CREATED, REGISTERED, COMPRESSED)
    client = there.client()

    client.create_flow_run(FLOW_ID)
    client.create_flow_run(FLOW_ID)
    client.register_flow(FLOW_ID, "My Flow Name")
    client.register_flow(FLOW_ID, {"name": "Big", "description": "x" * 60_000})

    keys = [inputs["idempotency_key"] for inputs in there.inputs]
    assert len(set(keys)) == 4
    assert all(len(key) == 32 for key in keys)


def test_empty_key_is_sent_so_that_the_service_refuses_it():
    there = service(CREATED)

    there.client().create_flow_run(FLOW_ID, idempotency_key="")

    assert there.inputs[0]["idempotency_key"] == ""


@pytest.mark.parametrize("which", [{}, {"flow_id": FLOW_ID, "version_group_id": "g"}])
def test_create_flow_run_needs_either_a_flow_or_a_version_group(which):
    with pytest.raises(BadUserInputError, match="either"):
        service().client().create_flow_run(**which)


def test_labels_given_as_one_text_are_refused():
    client = service().client()

    with pytest.raises(BadUserInputError, match="labels"):
        client.create_flow_run(FLOW_ID, labels="abc")
    with pytest.raises(BadUserInputError, match="labels"):
        client.set_flow_run_labels(RUN_ID, "abc")


def test_flow_run_info_has_aware_times():
    info = service({"flow_run_by_pk": flow_run()}).client().get_flow_run_info(RUN_ID)

    assert (info.id, info.flow_name, info.flow_version, info.project_name) == (
        RUN_ID,
        "My Flow Name",
        2,
        "Hello, World!",
    )
    assert info.created == datetime(2026, 1, 31, 7, 59, 59, 123456, tzinfo=UTC)
    assert info.start_time == datetime(2026, 1, 31, 8, 0, 1, 500000, tzinfo=UTC)
    assert info.end_time is None
    assert info.context == {}
    assert info.current_state == State("Success", "It worked!")


@pytest.mark.parametrize("call", ["get_flow_run_info", "get_flow_run_state", "get_flow_run_states"])
def test_unknown_flow_run_is_not_found(call):
    with pytest.raises(NotFoundError, match=RUN_ID):
        getattr(service({"flow_run_by_pk": None}).client(), call)(RUN_ID)


def test_state_and_history_of_a_flow_run_are_returned():
    row = {
        "state": "Running",
        "state_message": "m",
        "serialized_state": {"type": "Running", "message": "m", "x": 1},
    }
    client = service({"flow_run_by_pk": row}, history("Scheduled", "Running")).client()

    assert client.get_flow_run_state(RUN_ID) == State("Running", "m", {"x": 1})
    states = client.get_flow_run_states(RUN_ID)
    assert [(entry.version, entry.state.type) for entry in states] == [(1, "Scheduled"), (2, "Running")]
    assert states[0].timestamp == datetime(2026, 1, 31, 8, 0, 1, tzinfo=UTC)


def test_find_flow_by_name_and_project_returns_the_newest_version():
    there = service({"flow": [flow_row(version=3), flow_row(version=2)]})

    flow = there.client().find_flow("My Flow Name", "Hello, World!")

    assert (flow.version, flow.project_name) == (3, "Hello, World!")
    assert there.bodies[0]["variables"] == {"name": "My Flow Name", "project": "Hello, World!"}


def test_find_flow_of_two_projects_without_project_is_refused():
    rows = [flow_row(), flow_row(project={"id": "q", "name": "Other"})]

    with pytest.raises(BadUserInputError, match="'Hello, World!', 'Other'"):
        service({"flow": rows}).client().find_flow("My Flow Name")


def test_find_flow_with_unknown_name_is_not_found():
    with pytest.raises(NotFoundError, match="'Nope'"):
        service({"flow": []}).client().find_flow("Nope")


class CoreFlow:
    """A stand-in for Core's `Flow`, which serializes itself."""

    def serialize(self):
        return {"name": "Core's", "tasks": []}


@pytest.mark.parametrize(
    ("given", "serialized"),
    [
        ("My Flow Name", {"name": "My Flow Name"}),
        ({"name": "As JSON", "tasks": []}, {"name": "As JSON", "tasks": []}),
        (CoreFlow(), {"name": "Core's", "tasks": []}),
    ],
)
def test_register_flow_accepts_each_form_of_a_flow(given, serialized):
    there = service(REGISTERED)

    assert there.client().register_flow(FLOW_ID, given, version_group_id="g", idempotency_key="k") == FLOW_ID

    assert there.inputs == [
        {
            "project_id": FLOW_ID,
            "version_group_id": "g",
            "set_schedule_active": True,
            "idempotency_key": "k",
            "serialized_flow": serialized,
        }
    ]


def test_large_flow_is_sent_compressed():
    flow = {"name": "Big", "description": "é" * 60_000}
    there = service(COMPRESSED)

    there.client().register_flow(FLOW_ID, flow)

    sent = there.inputs[0]["serialized_flow"]
    assert len(there.requests[0].content) < 5_000
    assert json.loads(gzip.decompress(base64.b64decode(sent))) == flow


def test_register_flow_finds_the_project_by_its_name():
    there = service({"project": [{"id": "p"}]}, REGISTERED)

    there.client().register_flow("Hello, World!", "My Flow Name")

    assert there.bodies[0]["variables"] == {"name": "Hello, World!"}
    assert there.inputs[0]["project_id"] == "p"


def test_register_flow_in_an_unknown_project_is_not_found():
    with pytest.raises(NotFoundError, match="'Nope'"):
        service({"project": []}).client().register_flow("Nope", "My Flow Name")


def test_flow_with_a_value_that_is_no_json_is_refused():
    with pytest.raises(BadUserInputError, match="flow"):
        service().client().register_flow(FLOW_ID, {"name": "x", "tasks": object()})


@pytest.mark.parametrize(
    ("call", "argument"),
    [("set_flow_run_name", ["new"]), ("set_flow_run_labels", [["a"]]), ("delete_flow_run", [])],
)
def test_change_without_success_is_not_found(call, argument):
    with pytest.raises(NotFoundError, match=RUN_ID):
        getattr(service({call: {"success": False}}).client(), call)(RUN_ID, *argument)


def test_create_project_with_taken_name_names_the_project():
    taken = refusal("BAD_USER_INPUT", "Uniqueness violation.")

    with pytest.raises(BadUserInputError, match="project 'P' already"):
        service(taken).client().create_project("P")


def test_small_changes_send_one_input_each():
    there = service(
        {"create_project": {"id": "p"}},
        {"archive_flow": {"id": FLOW_ID}},
        {"cancel_flow_run": {"state": "Cancelling"}},
        {"set_flow_run_name": {"success": True}},
        {"set_flow_run_labels": {"success": True}},
        {"delete_flow_run": {"success": True}},
    )
    client = there.client()

    assert client.create_project("P", "for tests") == "p"
    client.archive_flow(FLOW_ID)
    assert client.cancel_flow_run(RUN_ID) == "Cancelling"
    client.set_flow_run_name(RUN_ID, "new")
    client.set_flow_run_labels(RUN_ID, ["b", "a"])
    client.delete_flow_run(RUN_ID)

    assert there.inputs == [
        {"name": "P", "description": "for tests"},
        {"flow_id": FLOW_ID},
        {"flow_run_id": RUN_ID},
        {"flow_run_id": RUN_ID, "name": "new"},
        {"flow_run_id": RUN_ID, "labels": ["b", "a"]},
        {"flow_run_id": RUN_ID},
    ]
    for body in there.bodies:
        graphql.parse(body["query"])
