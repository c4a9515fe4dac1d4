"""Setting a state: the version locks, and a lost answer neither hides nor invents a conflict."""

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
def test_a_state_is_sent_with_its_version_in_any_spelling(given, sent):
    there = service(DONE)

    assert there.client().set_flow_run_state(RUN_ID, 1, given) == 2

    (inputs,) = there.inputs
    assert len(inputs["state"].pop("write_id")) == 32
    assert inputs == {"flow_run_id": RUN_ID, "version": 1, "state": sent}


def test_the_callers_own_state_is_not_changed():
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


def test_a_change_without_a_version_is_sent_as_it_is():
    there = service(DONE)

    assert there.client().set_flow_run_state(RUN_ID, None, "Running") == 2

    assert there.inputs[0] == {
        "flow_run_id": RUN_ID,
        "version": None,
        "state": {"type": "Running", "message": None},
    }


def test_a_conflict_is_raised_at_once():
    there = service(conflict(given=1, current=2))

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 1, "Running")

    assert len(there.requests) == 1


@pytest.mark.parametrize("failure", [LOST, refusal("API_ERROR"), refusal("INTERNAL_ERROR")])
def test_a_conflict_with_our_own_lost_write_is_a_success(failure):
    there = service(failure, conflict(given=1, current=2))
    there.answers.append(lambda: history("Scheduled", "Running", write_id=write_id_of(there)))

    assert there.client().set_flow_run_state(RUN_ID, 1, "Running") == 2


def test_our_lost_write_is_recognised_when_somebody_has_changed_the_run_since():
    # Given a history in which our write is not the newest
    def with_ours_before_theirs():
        answer = history("Scheduled", "Running", "Success")
        answer["flow_run_by_pk"]["states"][1]["serialized_state"]["write_id"] = write_id_of(there)
        return answer

    there = service(LOST, conflict(given=1, current=3), with_ours_before_theirs)

    # When / Then
    assert there.client().set_flow_run_state(RUN_ID, 1, "Running") == 2


def test_a_state_that_was_read_and_is_set_again_gets_an_id_of_its_own():
    # Two who read the same state and set it again must not take each other's write for their own.
    there = service(
        LOST, conflict(given=2, current=3), history("Scheduled", "Paused", "Paused", write_id="read")
    )

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 2, State("Paused", details={"write_id": "read"}))


@pytest.mark.parametrize("theirs", [{}, {"write_id": "theirs"}])
def test_somebody_elses_equal_state_is_still_a_conflict(theirs):
    # Two agents that race for one run set the same state: exactly one of them may win.
    there = service(LOST, conflict(given=1, current=2), history("Scheduled", "Running", **theirs))

    with pytest.raises(VersionLockError) as caught:
        there.client().set_flow_run_state(RUN_ID, 1, {"type": "Running", "message": "is Running"})

    assert caught.value.current_version == 2


def test_a_conflict_after_a_refused_connection_needs_no_second_look():
    there = service(NO_CONNECTION, conflict(given=1, current=2))

    with pytest.raises(VersionLockError):
        there.client().set_flow_run_state(RUN_ID, 1, "Running")

    assert len(there.requests) == 2


def test_when_the_history_cannot_be_read_neither_success_nor_conflict_is_claimed():
    there = service(LOST, conflict(given=1, current=2), LOST)
    client = there.client(retries=1)
    there.answers.append(LOST)

    with pytest.raises(AnswerLostError) as caught:
        client.set_flow_run_state(RUN_ID, 1, "Running")

    assert isinstance(caught.value.__cause__, VersionLockError)
