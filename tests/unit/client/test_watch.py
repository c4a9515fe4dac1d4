"""Watching a run until it ends."""

import pytest

from flow_runs import NotFoundError, WaitTimeoutError
from tests.unit.client.client_service import RUN_ID, flow_run, history, service


def test_each_state_comes_once_in_order_until_the_run_ends():
    there = service(
        history("Scheduled"),
        history("Scheduled"),
        history("Scheduled", "Submitted", "Running"),
        history("Scheduled", "Submitted", "Running", "Failed"),
    )

    types = [entry.state.type for entry in there.client().watch(RUN_ID)]

    assert types == ["Scheduled", "Submitted", "Running", "Failed"]
    assert there.answers == type(there.answers)()


def test_a_finished_state_that_was_left_again_does_not_end_the_watch():
    there = service(
        history("Scheduled", "Failed", "Scheduled"), history("Scheduled", "Failed", "Scheduled", "Success")
    )

    assert [entry.version for entry in there.client().watch(RUN_ID)] == [1, 2, 3, 4]


def test_a_quiet_run_is_asked_about_less_and_less_often():
    there = service(*[history("Scheduled")] * 14, history("Scheduled", "Success"))

    list(there.client().watch(RUN_ID))

    assert there.waits == sorted(there.waits)
    assert there.waits[0] == 0.5
    assert there.waits[-1] == 5.0


def test_a_change_makes_it_ask_often_again():
    there = service(
        history("Scheduled"),
        history("Scheduled"),
        history("Scheduled", "Running"),
        history("Scheduled", "Running", "Success"),
    )

    list(there.client().watch(RUN_ID))

    assert there.waits == [0.5, 0.65, 0.5]


def test_waiting_ends_with_the_finished_run():
    there = service(history("Scheduled", "Success"), {"flow_run_by_pk": flow_run()})

    assert there.client().wait_for_flow_run(RUN_ID).state == "Success"


def test_waiting_ends_when_the_time_is_up():
    there = service(history("Scheduled"))

    with pytest.raises(WaitTimeoutError, match="within 0 seconds"):
        there.client().wait_for_flow_run(RUN_ID, timeout=0)


def test_a_run_that_ended_in_time_is_no_timeout():
    there = service(history("Success"), {"flow_run_by_pk": flow_run()})

    there.client().wait_for_flow_run(RUN_ID, timeout=0)


def test_a_run_that_is_not_there_is_not_waited_for():
    with pytest.raises(NotFoundError):
        service({"flow_run_by_pk": None}).client().wait_for_flow_run(RUN_ID)
