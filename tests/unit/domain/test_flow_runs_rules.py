import pytest

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import cancelled_from
from domain.flow_runs.histories import version_conflict
from domain.flow_runs.states import KIND_OF, Kind, State, parse_state
from tests.unit.objects import RUN, run

FINISHED = sorted(name for name, kind in KIND_OF.items() if kind is Kind.FINISHED)


def test_current_state_is_the_last_of_the_history():
    flow_run = run({"type": "Scheduled"}, {"type": "Running"})

    assert (flow_run.latest.version, flow_run.state.type) == (2, "Running")


@pytest.mark.parametrize("name", FINISHED)
def test_ended_run_is_not_cancelled(name):
    assert cancelled_from(State({"type": name})) is None


def test_run_that_is_stopping_is_not_asked_to_stop_again():
    assert cancelled_from(State({"type": "Cancelling"})) is None


def test_running_run_is_asked_to_stop():
    wanted = cancelled_from(State({"type": "Running"}))

    assert wanted is not None
    assert parse_state(wanted.data).type == "Cancelling"


@pytest.mark.parametrize("name", sorted(set(KIND_OF) - set(FINISHED) - {"Running", "Cancelling"}))
def test_waiting_run_is_cancelled_at_once(name):
    wanted = cancelled_from(State({"type": name}))

    assert wanted is not None
    assert parse_state(wanted.data).type == "Cancelled"


def test_version_conflict_names_the_given_version_and_the_current_state():
    current = run({"type": "Scheduled"}, {"type": "Running"}).latest

    error = version_conflict("flow_run", RUN, 1, current)

    assert isinstance(error, VersionLockingError)
    assert error.message.startswith("State update failed")
    assert error.extensions == {
        "code": "VERSION_LOCKING_ERROR",
        "flow_run_id": RUN,
        "given_version": 1,
        "current_version": 2,
        "current_state": "Running",
    }
