from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue.queue import TakableSets, is_due, labels_digest, offered_state, takes
from tests.unit.objects import NOW, run

ALPHABET = "abcdefg"
LABELS = st.lists(st.sampled_from(ALPHABET), unique=True, max_size=5)
EVERY_SET = [[label for n, label in enumerate(ALPHABET) if number >> n & 1] for number in range(1 << 7)]


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


def test_digest_is_independent_of_the_order_of_labels():
    assert labels_digest(["x", "y", "z"]) == labels_digest(["z", "x", "y"])
    assert len(labels_digest(["x", "y", "z"])) == 27


def test_digest_of_a_hundred_labels_and_a_time_fit_in_a_sort_key():
    assert len(labels_digest([f"label {number}" for number in range(100)])) == 900


def test_set_of_too_many_labels_is_still_takable():
    labels = [f"label {number}" for number in range(150)]

    assert labels_digest(labels) in TakableSets(labels)


def digests_taken(of_agent):
    return sorted(labels_digest(labels) for labels in EVERY_SET if takes(labels, frozenset(of_agent)))


@given(LABELS)
def test_sets_of_an_agent_follow_each_other_in_the_order_of_keys(of_agent):
    takable, found = TakableSets(of_agent), []
    digest: str | None = takable.first
    while digest is not None:
        found.append(digest)
        digest = takable.after(digest)

    assert found == digests_taken(of_agent)
    assert found[-1] == takable.last


@given(LABELS, LABELS)
def test_next_set_of_an_agent_is_found_from_any_set(of_agent, of_run):
    digest = labels_digest(of_run)

    larger = (taken for taken in digests_taken(of_agent) if taken > digest)

    assert TakableSets(of_agent).after(digest) == next(larger, None)


@given(LABELS, st.text("0123456789abcdef", max_size=40))
def test_next_set_of_an_agent_is_found_from_any_text(of_agent, text):
    larger = (taken for taken in digests_taken(of_agent) if taken > text)

    assert TakableSets(of_agent).after(text) == next(larger, None)


@given(LABELS, LABELS)
def test_keys_are_in_the_order_of_digests(one, other):
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
