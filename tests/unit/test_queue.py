import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue import ANY_LABELS, digests_of, is_due, labels_digest, may_take, takes
from tests.unit.objects import NOW, run

LABELS = st.lists(st.sampled_from("abcdefg"), unique=True, max_size=5)


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
def test_an_agent_takes_runs_of_which_it_has_every_label_and_an_unlabelled_one_those_without(
    of_run, of_agent, taken
):
    assert takes(of_run, frozenset(of_agent)) is taken
    assert may_take(labels_digest(of_run), digests_of(of_agent)) is taken


@given(LABELS, LABELS)
def test_a_digest_rules_out_nothing_that_the_agent_takes(of_run, of_agent):
    assert may_take(labels_digest(of_run), digests_of(of_agent)) or not takes(of_run, frozenset(of_agent))


def test_the_digest_does_not_depend_on_the_order_of_the_labels():
    assert labels_digest(["x", "y", "z"]) == labels_digest(["z", "x", "y"])
    assert len(labels_digest(["x", "y", "z"])) == 12


@pytest.mark.parametrize("of_agent", [[], ["a"]])
def test_where_the_labels_are_unknown_nothing_is_ruled_out(of_agent):
    assert may_take(ANY_LABELS, digests_of(of_agent))


DUE = {"start_time": NOW.isoformat()}
LATER = {"start_time": "2030-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("state", "by_task", "due"),
    [
        ({"type": "Scheduled", **DUE}, False, True),
        ({"type": "Scheduled", **LATER}, False, False),
        ({"type": "Scheduled", **LATER}, True, False),
        *(({"type": name}, False, True) for name in ("Scheduled", "Retrying", "Queued", "Resume")),
        ({"type": "Paused"}, False, False),
        ({"type": "Paused", **DUE}, False, True),
        ({"type": "Running"}, True, True),
        ({"type": "Running"}, False, False),
        *(({"type": name}, True, False) for name in ("Cancelling", "Submitted", "Success", "Failed")),
    ],
    ids=str,
)
def test_a_run_is_due_when_it_waits_for_a_time_that_came_or_runs_while_a_task_run_does(state, by_task, due):
    assert is_due(run(state), NOW, by_task=by_task) is due
