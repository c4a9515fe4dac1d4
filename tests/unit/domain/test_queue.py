from datetime import timedelta

import pytest

from domain.queue.label_sets import TakableSets, labels_digest
from domain.queue.queue import is_due, offered_state, takes
from tests.unit.objects import NOW, run


@pytest.mark.parametrize(
    ("of_run", "of_agent", "taken"),
    [
        ([], [], True),
        ([], ["a"], False),
        (["a"], [], False),
        (["a"], ["a"], True),
        (["a"], ["a", "b"], True),
        (["a", "b"], ["a"], False),
        (["a", "b"], ["b", "a"], True),
        (["A"], ["a"], False),
    ],
)
def test_agent_takes_runs_whose_labels_it_has_or_unlabelled_ones_without(of_run, of_agent, taken):
    assert takes(of_run, frozenset(of_agent)) is taken
    assert (labels_digest(of_run) in TakableSets(of_agent)) is taken


DUE = {"start_time": NOW.isoformat()}
LATER = {"start_time": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({"type": "Scheduled", **DUE}, True),
        ({"type": "Scheduled", **LATER}, False),
        *(({"type": name}, True) for name in ("Scheduled", "Retrying", "Queued", "Resume")),
        ({"type": "Paused"}, False),
        ({"type": "Paused", **DUE}, True),
        *(({"type": name}, False) for name in ("Running", "Cancelling", "Submitted", "Success", "Failed")),
    ],
    ids=str,
)
def test_run_is_due_when_it_waits_for_a_time_that_has_come(state, due):
    assert is_due(run(state), NOW) is due


@pytest.mark.parametrize("name", ["Retrying", "Resume", "Paused", "Queued"])
@pytest.mark.parametrize("start", [DUE, {}], ids=["with a start time", "without"])
def test_run_in_another_waiting_state_is_offered_as_scheduled(name, start):
    if name == "Paused" and not start:
        return
    waits = run({"type": name, "message": "x", **start})

    state = offered_state(waits)

    assert (state.type, state.due(NOW + timedelta(days=1))) == ("Scheduled", NOW)
    assert "x" not in (state.message or "")


def test_scheduled_run_is_offered_in_its_own_state():
    waits = run({"type": "Scheduled", "message": "x"})

    assert offered_state(waits) is waits.state
