from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue.queue import TakableSets, is_due, labels_digest, offered_state, takes
from tests.unit.objects import NOW, run

ALPHABET = "abcdefg"
LABELS = st.lists(st.sampled_from(ALPHABET), unique=True, max_size=5)
EVERY_SET = [[each for n, each in enumerate(ALPHABET) if number >> n & 1] for number in range(1 << 7)]


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
    assert (labels_digest(of_run) in TakableSets(of_agent)) is taken


def test_a_digest_does_not_depend_on_the_order_of_the_labels():
    assert labels_digest(["x", "y", "z"]) == labels_digest(["z", "x", "y"])
    assert len(labels_digest(["x", "y", "z"])) == 27


def test_the_digest_of_the_largest_set_and_a_time_fit_in_a_sort_key():
    assert len(labels_digest([f"label {number}" for number in range(100)])) == 900


def test_more_labels_than_a_run_can_have_hide_it_from_nobody():
    labels = [f"label {number}" for number in range(150)]

    assert labels_digest(labels) in TakableSets(labels)


def digests_taken(of_agent):
    return sorted(labels_digest(each) for each in EVERY_SET if takes(each, frozenset(of_agent)))


@given(LABELS)
def test_the_sets_that_an_agent_takes_follow_each_other_in_the_order_of_their_keys(of_agent):
    takable, found = TakableSets(of_agent), []
    digest: str | None = takable.first
    while digest is not None:
        found.append(digest)
        digest = takable.after(digest)

    assert found == digests_taken(of_agent)
    assert found[-1] == takable.last


@given(LABELS, LABELS)
def test_from_any_set_the_next_one_that_an_agent_takes_is_told(of_agent, of_run):
    digest = labels_digest(of_run)

    larger = (each for each in digests_taken(of_agent) if each > digest)

    assert TakableSets(of_agent).after(digest) == next(larger, None)


@given(LABELS, st.text("0123456789abcdef", max_size=40))
def test_and_from_any_text(of_agent, text):
    larger = (each for each in digests_taken(of_agent) if each > text)

    assert TakableSets(of_agent).after(text) == next(larger, None)


@given(LABELS, LABELS)
def test_keys_are_in_the_order_of_the_digests(one, other):
    digests = labels_digest(one), labels_digest(other)

    assert (digests[0] < digests[1]) is (f"{digests[0]}#2040" < f"{digests[1]}#2040")


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
def test_a_run_is_due_when_it_waits_for_a_time_that_came(state, due):
    assert is_due(run(state), NOW) is due


@pytest.mark.parametrize("name", ["Retrying", "Resume", "Paused", "Queued"])
@pytest.mark.parametrize("start", [DUE, {}], ids=["with a start time", "without"])
def test_who_waits_otherwise_is_offered_as_scheduled_since_it_was_due(name, start):
    if name == "Paused" and not start:
        return
    waits = run({"type": name, "message": "x", **start})

    state = offered_state(waits)

    assert (state.type, state.due(NOW + timedelta(days=1))) == ("Scheduled", NOW)
    assert "x" not in (state.message or "")


def test_who_is_scheduled_is_offered_as_it_is():
    waits = run({"type": "Scheduled", "message": "x"})

    assert offered_state(waits) is waits.state
