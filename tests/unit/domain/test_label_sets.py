"""Sets of labels by their digests: which of them an agent takes, also if labels have the same nine digits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue import label_sets
from domain.queue.label_sets import OneSet, TakableSets, former_digest, labels_digest
from domain.queue.queue import takes
from tests.alike import ALIKE

ALPHABET = ["a", "b", "c", "d", "e", *ALIKE]
LABELS = st.lists(st.sampled_from(ALPHABET), unique=True, max_size=6)
EVERY_SET = [[label for n, label in enumerate(ALPHABET) if number >> n & 1] for number in range(1 << 7)]
# The longest text of a time in a sort key, behind its `#`.
TIME = "#2026-01-31T07:00:00.000000"


def test_digest_is_independent_of_the_order_of_labels():
    assert labels_digest(["x", "y", "z"]) == labels_digest(["z", "x", "y"])
    assert len(former_digest(["x", "y", "z"])) == 27


def test_no_labels_have_an_empty_digest():
    assert labels_digest([]) == former_digest([]) == ""


def test_digest_of_a_hundred_labels_and_a_time_fit_in_a_sort_key():
    labels = [f"label {number}" for number in range(100)]

    assert len(former_digest(labels)) == 900
    assert len(f"{labels_digest(labels)}{TIME}") <= 1_024


def test_digests_of_all_sets_differ_even_if_labels_have_the_same_digits():
    assert former_digest(ALIKE[:1]) == former_digest(ALIKE[1:]) == former_digest(ALIKE)
    assert len({labels_digest(labels) for labels in EVERY_SET}) == len(EVERY_SET)


def test_set_of_too_many_labels_is_still_takable():
    labels = [f"label {number}" for number in range(150)]

    assert labels_digest(labels) in TakableSets(labels)


@given(LABELS, LABELS)
def test_agent_takes_the_digests_of_the_sets_that_it_takes(of_run, of_agent):
    is_taken = takes(of_run, frozenset(of_agent))

    assert (labels_digest(of_run) in TakableSets(of_agent)) is is_taken
    assert former_digest(of_run) in TakableSets(of_agent) or not is_taken


def digests_taken(of_agent):
    sets = [labels for labels in EVERY_SET if takes(labels, frozenset(of_agent))]
    return sorted({digest for labels in sets for digest in (former_digest(labels), labels_digest(labels))})


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
    digests = [digest(labels) for labels in (one, other) for digest in (former_digest, labels_digest)]

    for first, second in pairwise(sorted(set(digests))):
        assert f"{first}#2040" < f"{second}#2020"


@given(LABELS, LABELS)
def test_one_set_has_its_digests_and_no_other(wanted, labels):
    one, digest = OneSet(wanted), labels_digest(labels)

    assert (digest in one) is (set(labels) == set(wanted))
    assert former_digest(wanted) in one
    own = [each for each in (former_digest(wanted), labels_digest(wanted)) if each > digest]
    assert one.after(digest) == next(iter(own), None)
    assert one.last == labels_digest(wanted)


class TestAgentWithTooManyLabelsOfTheSameDigits:
    @pytest.fixture(autouse=True)
    def few_alike(self, monkeypatch):
        monkeypatch.setattr(label_sets, "_MOST_ALIKE", 1)

    @pytest.mark.parametrize("labels", [[*ALIKE], ["a", *ALIKE], [*ALIKE, "b", "e"]], ids=len)
    def test_each_of_its_sets_is_takable_and_is_never_leapt_over(self, labels):
        takable = TakableSets(labels)
        wanted = digests_taken(labels)
        every = sorted({labels_digest(each) for each in EVERY_SET} | set(wanted))

        for digest in wanted:
            assert digest in takable
            assert f"{digest}#" <= f"{takable.last}#"
        for digest in every:
            following = takable.after(digest)
            behind = [taken for taken in wanted if taken > digest]
            if following is None:
                assert behind == []
            else:
                assert f"{digest}#~" < f"{following}#" <= f"{min([*behind, '~'])}#"

    def test_hash_of_other_labels_fits_so_that_the_labels_of_the_run_decide(self):
        assert labels_digest(ALIKE) in TakableSets(ALIKE)
        assert f"{former_digest(ALIKE)}.another-hash" in TakableSets(ALIKE)
        assert f"{former_digest(ALIKE)}.another-hash" not in TakableSets(ALIKE[:1])
