"""The types of states in the client, which agree with the rules of the service."""

import pytest

from domain.flow_runs.states import KIND_OF, Kind
from flow_runs import BadUserInputError, State
from flow_runs.states import FAILED, FINISHED, SUCCESSFUL, state_json


@pytest.mark.parametrize("name", KIND_OF)
def test_finished_and_running_agree_with_the_service(name):
    assert State(name).is_finished == (KIND_OF[name] is Kind.FINISHED)
    assert State(name).is_running == (KIND_OF[name] is Kind.RUNNING)


def test_every_type_of_the_client_is_known_to_the_service():
    assert set(KIND_OF) >= FINISHED
    assert not FAILED & SUCCESSFUL


def test_cancelled_is_neither_success_nor_failure():
    state = State("Cancelled")

    assert (state.is_finished, state.is_successful, state.is_failed) == (True, False, False)


def test_state_keeps_its_json():
    data = {"type": "Scheduled", "message": "m", "start_time": "2026-01-31T08:00:00+00:00", "_result": None}

    assert State.from_json(data).to_json() == data


@pytest.mark.parametrize("value", [None, 3, ["Success"]])
def test_value_that_is_no_state_is_refused(value):
    with pytest.raises(BadUserInputError, match="state"):
        state_json(value)
