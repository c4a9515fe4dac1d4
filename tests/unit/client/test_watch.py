"""The watch of a run until its end."""

import pytest

from flow_runs import NotFoundError, WaitTimeoutError
from tests.unit.client.client_service import RUN_ID, flow_run, history, service


def test_watch_yields_each_state_once_in_order_until_the_end():
    there = service(
        history("Scheduled"),
        history("Scheduled"),
        history("Scheduled", "Submitted", "Running"),
        history("Scheduled", "Submitted", "Running", "Failed"),
    )

    types = [entry.state.type for entry in there.client().watch(RUN_ID)]

    assert types == ["Scheduled", "Submitted", "Running", "Failed"]
    assert there.responses == type(there.responses)()


def test_watch_goes_on_after_an_end_state_that_was_left():
    there = service(
        history("Scheduled", "Failed", "Scheduled"), history("Scheduled", "Failed", "Scheduled", "Success")
    )

    assert [entry.version for entry in there.client().watch(RUN_ID)] == [1, 2, 3, 4]


def test_run_without_new_states_is_read_less_and_less_often():
    there = service(*[history("Scheduled")] * 14, history("Scheduled", "Success"))

    list(there.client().watch(RUN_ID))

    assert there.waits == sorted(there.waits)
    assert there.waits[0] == 0.5
    assert there.waits[-1] == 5.0


def test_new_state_shortens_the_pause_of_the_watch():
    there = service(
        history("Scheduled"),
        history("Scheduled"),
        history("Scheduled", "Running"),
        history("Scheduled", "Running", "Success"),
    )

    list(there.client().watch(RUN_ID))

    assert there.waits == [0.5, 0.65, 0.5]


def test_wait_for_flow_run_returns_the_ended_run():
    there = service(history("Scheduled", "Success"), {"flow_run_by_pk": flow_run()})

    assert there.client().wait_for_flow_run(RUN_ID).state == "Success"


def test_wait_for_flow_run_ends_at_its_timeout():
    there = service(history("Scheduled"))

    with pytest.raises(WaitTimeoutError, match="within 0 seconds"):
        there.client().wait_for_flow_run(RUN_ID, timeout=0)


def test_run_that_ended_before_the_timeout_is_no_error():
    there = service(history("Success"), {"flow_run_by_pk": flow_run()})

    there.client().wait_for_flow_run(RUN_ID, timeout=0)


def test_wait_for_an_unknown_flow_run_is_not_found():
    with pytest.raises(NotFoundError):
        service({"flow_run_by_pk": None}).client().wait_for_flow_run(RUN_ID)
