"""Changes of a state: the version locks, and a lost response neither hides nor invents a conflict."""

import pytest

from flow_runs import AnswerLostError, State, VersionLockError
from tests.unit.client.client_service import LOST, NO_CONNECTION, RUN_ID, conflict, history, refusal, service

DONE = {"set_flow_run_state": {"id": RUN_ID, "flow_run": {"version": 2, "state": "Running"}}}


def write_id_of(there):
    return there.inputs[0]["state"]["write_id"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("Success", {"type": "Success", "message": None}),
        (State("Failed", "Disk full."), {"type": "Failed", "message": "Disk full."}),
        (
            State("Scheduled", details={"start_time": "2026-01-31T08:00:00+00:00"}),
            {"type": "Scheduled", "message": None, "start_time": "2026-01-31T08:00:00+00:00"},
        ),
        (
            {"type": "Success", "_result": {"type": "NoResultType"}},
            {"type": "Success", "_result": {"type": "NoResultType"}},
        ),
    ],
)
def test_set_state_sends_the_version_and_each_form_of_a_state(given, sent):
    there = service(DONE)

    assert there.client().set_flow_run_state(RUN_ID, 1, given) == 2

    (inputs,) = there.inputs
    assert len(inputs["state"].pop("write_id")) == 32
    assert inputs == {"flow_run_id": RUN_ID, "version": 1, "state": sent}


def test_set_state_does_not_change_the_given_state():
    state = {"type": "Success"}

    service(DONE).client().set_flow_run_state(RUN_ID, 1, state)

    assert state == {"type": "Success"}


def test_two_changes_never_share_a_write_id():
    there = service(DONE, DONE)
    client = there.client()

    client.set_flow_run_state(RUN_ID, 1, "Running")
    client.set_flow_run_state(RUN_ID, 1, "Running")

    first, second = there.inputs
    assert first["state"]["write_id"] != second["state"]["write_id"]


def test_change_without_version_has_no_write_id():
    there = service(DONE)

    assert there.client().set_flow_run_state(RUN_ID, None, "Running") == 2

    assert there.inputs[0] == {
        "flow_run_id": RUN_ID,
        "version": None,
        "state": {"type": "Running", "message": None},
    }


def test_conflict_at_the_first_attempt_is_raised():
    there = service(conflict(given=1, current=2))

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 1, "Running")

    assert len(there.requests) == 1


@pytest.mark.parametrize("failure", [LOST, refusal("API_ERROR"), refusal("INTERNAL_ERROR")])
def test_conflict_with_our_own_lost_write_is_a_success(failure):
    there = service(failure, conflict(given=1, current=2))
    there.responses.append(lambda: history("Scheduled", "Running", write_id=write_id_of(there)))

    assert there.client().set_flow_run_state(RUN_ID, 1, "Running") == 2


def test_lost_write_is_recognised_below_a_newer_state():
    # Given a history whose newest state is not ours
    def with_ours_before_theirs():
        data = history("Scheduled", "Running", "Success")
        data["flow_run_by_pk"]["states"][1]["serialized_state"]["write_id"] = write_id_of(there)
        return data

    there = service(LOST, conflict(given=1, current=3), with_ours_before_theirs)

    # When / Then
    assert there.client().set_flow_run_state(RUN_ID, 1, "Running") == 2


def test_state_that_was_read_gets_a_new_write_id():
    # Otherwise two clients that read the same state and set it again would take each other's write for their
    # own.
    there = service(
        LOST, conflict(given=2, current=3), history("Scheduled", "Paused", "Paused", write_id="read")
    )

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 2, State("Paused", details={"write_id": "read"}))


@pytest.mark.parametrize("theirs", [{}, {"write_id": "theirs"}])
def test_equal_state_of_another_client_is_a_conflict(theirs):
    # Two agents that race for one run set the same state, and exactly one may win.
    there = service(LOST, conflict(given=1, current=2), history("Scheduled", "Running", **theirs))

    with pytest.raises(VersionLockError) as caught:
        there.client().set_flow_run_state(RUN_ID, 1, {"type": "Running", "message": "is Running"})

    assert caught.value.current_version == 2


def test_conflict_after_a_refused_connection_reads_no_history():
    there = service(NO_CONNECTION, conflict(given=1, current=2))

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 1, "Running")

    assert len(there.requests) == 2


def test_unreadable_history_after_a_conflict_raises_its_own_error():
    there = service(LOST, conflict(given=1, current=2), LOST)
    client = there.client(retries=1)
    there.responses.append(LOST)

    with pytest.raises(AnswerLostError) as caught:
        client.set_flow_run_state(RUN_ID, 1, "Running")

    assert isinstance(caught.value.__cause__, VersionLockError)
