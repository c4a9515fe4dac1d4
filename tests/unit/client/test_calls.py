"""What each call sends, and what it makes of the answer."""

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


def test_a_run_is_created_with_everything_that_was_given():
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


def test_what_was_not_given_is_not_sent_and_an_empty_list_of_labels_is():
    there = service(CREATED)

    there.client().create_flow_run(version_group_id="g", labels=[], idempotency_key="k")

    assert there.inputs == [{"version_group_id": "g", "labels": [], "idempotency_key": "k"}]


def test_a_start_without_a_zone_is_utc_and_a_text_goes_as_it_is():
    there = service(CREATED, CREATED)
    client = there.client()

    client.create_flow_run(FLOW_ID, scheduled_start_time=datetime(2026, 1, 31, 8))  # noqa: DTZ001 - the point
    client.create_flow_run(FLOW_ID, scheduled_start_time="2026-01-31 08:00:00")

    times = [inputs["scheduled_start_time"] for inputs in there.inputs]
    assert times == ["2026-01-31T08:00:00+00:00", "2026-01-31 08:00:00"]


def test_every_create_carries_a_key_of_its_own_when_none_is_given():
    there = service(CREATED, CREATED, REGISTERED, COMPRESSED)
    client = there.client()

    client.create_flow_run(FLOW_ID)
    client.create_flow_run(FLOW_ID)
    client.register_flow(FLOW_ID, "My Flow Name")
    client.register_flow(FLOW_ID, {"name": "Big", "description": "x" * 60_000})

    keys = [inputs["idempotency_key"] for inputs in there.inputs]
    assert len(set(keys)) == 4
    assert all(len(key) == 32 for key in keys)


def test_an_empty_key_is_sent_for_the_service_to_refuse():
    there = service(CREATED)

    there.client().create_flow_run(FLOW_ID, idempotency_key="")

    assert there.inputs[0]["idempotency_key"] == ""


@pytest.mark.parametrize("which", [{}, {"flow_id": FLOW_ID, "version_group_id": "g"}])
def test_a_run_is_of_a_flow_or_of_a_version_group(which):
    with pytest.raises(BadUserInputError, match="either"):
        service().client().create_flow_run(**which)


def test_one_text_is_not_taken_for_a_list_of_labels():
    client = service().client()

    with pytest.raises(BadUserInputError, match="labels"):
        client.create_flow_run(FLOW_ID, labels="abc")
    with pytest.raises(BadUserInputError, match="labels"):
        client.set_flow_run_labels(RUN_ID, "abc")


def test_a_run_is_read_with_its_times_aware():
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
def test_a_run_that_is_not_there_is_not_found(call):
    with pytest.raises(NotFoundError, match=RUN_ID):
        getattr(service({"flow_run_by_pk": None}).client(), call)(RUN_ID)


def test_the_state_and_the_history_are_read():
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


def test_a_flow_is_found_by_name_within_a_project():
    there = service({"flow": [flow_row(version=3), flow_row(version=2)]})

    flow = there.client().find_flow("My Flow Name", "Hello, World!")

    assert (flow.version, flow.project_name) == (3, "Hello, World!")
    assert there.bodies[0]["variables"] == {"name": "My Flow Name", "project": "Hello, World!"}


def test_a_flow_name_that_two_projects_have_is_not_guessed():
    rows = [flow_row(), flow_row(project={"id": "q", "name": "Other"})]

    with pytest.raises(BadUserInputError, match="'Hello, World!', 'Other'"):
        service({"flow": rows}).client().find_flow("My Flow Name")


def test_a_flow_that_is_not_there_is_not_found():
    with pytest.raises(NotFoundError, match="'Nope'"):
        service({"flow": []}).client().find_flow("Nope")


class CoreFlow:
    """Stands for Core's `Flow`: what counts is that it serializes itself."""

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
def test_a_flow_is_registered_in_any_form(given, serialized):
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


def test_a_large_flow_travels_compressed():
    flow = {"name": "Big", "description": "é" * 60_000}
    there = service(COMPRESSED)

    there.client().register_flow(FLOW_ID, flow)

    sent = there.inputs[0]["serialized_flow"]
    assert len(there.requests[0].content) < 5_000
    assert json.loads(gzip.decompress(base64.b64decode(sent))) == flow


def test_a_project_is_named_by_its_name_too():
    there = service({"project": [{"id": "p"}]}, REGISTERED)

    there.client().register_flow("Hello, World!", "My Flow Name")

    assert there.bodies[0]["variables"] == {"name": "Hello, World!"}
    assert there.inputs[0]["project_id"] == "p"


def test_a_project_that_is_not_there_is_not_found():
    with pytest.raises(NotFoundError, match="'Nope'"):
        service({"project": []}).client().register_flow("Nope", "My Flow Name")


def test_a_flow_that_json_cannot_hold_is_refused():
    with pytest.raises(BadUserInputError, match="flow"):
        service().client().register_flow(FLOW_ID, {"name": "x", "tasks": object()})


@pytest.mark.parametrize(
    ("call", "argument"),
    [("set_flow_run_name", ["new"]), ("set_flow_run_labels", [["a"]]), ("delete_flow_run", [])],
)
def test_a_change_without_success_means_that_there_is_no_such_run(call, argument):
    with pytest.raises(NotFoundError, match=RUN_ID):
        getattr(service({call: {"success": False}}).client(), call)(RUN_ID, *argument)


def test_a_project_name_that_is_taken_is_said_to_be():
    answer = refusal("BAD_USER_INPUT", "Uniqueness violation.")

    with pytest.raises(BadUserInputError, match="project 'P' already"):
        service(answer).client().create_project("P")


def test_the_small_changes_send_one_input_each():
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
