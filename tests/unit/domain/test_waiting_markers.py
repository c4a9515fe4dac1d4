from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue.queue import labels_digest
from domain.queue.waiting_markers import (
    FRESH,
    LATER,
    MUCH_LATER,
    SETTLED,
    SOON,
    Marker,
    after_look,
    kept,
    may_have_waiting,
    raised,
)
from tests.unit.objects import NOW, RUN, run

SECONDS = st.integers(-5_000, 5_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
STATES = st.sampled_from(["Running", "Paused", "Scheduled", "Submitted", "Cancelling", "Failed", "Success"])
MARKERS = st.none() | st.builds(
    Marker,
    flow_run_id=st.just(RUN),
    digest=st.sampled_from([labels_digest([]), labels_digest(["a"])]),
    due=SECONDS,
    touched=st.integers(0, 5_000).map(lambda seconds: NOW - timedelta(seconds=seconds)),
)


@given(MARKERS, SECONDS)
def test_a_marker_for_a_task_run_is_under_the_labels_early_enough_and_fresh(marker, due):
    after = raised(marker, run(labels=["a"]), due, NOW)

    assert after.digest == labels_digest(["a"])
    assert after.due <= due
    assert NOW - after.touched < FRESH
    assert raised(after, run(labels=["a"]), due, NOW) == after


@given(MARKERS, SECONDS)
def test_one_that_is_kept_is_met_in_time_and_changed_no_more(marker, due):
    after = kept(marker, run(labels=["a"]), due, NOW)

    assert after.digest == labels_digest(["a"])
    assert after.due <= max(due, NOW) + LATER
    assert kept(after, run(labels=["a"]), due, NOW) == after


@given(MARKERS.filter(bool), STATES, st.none() | SECONDS, st.booleans())
def test_one_that_was_met_in_vain_is_not_met_at_once_again(marker, state, first, has_run):
    flow_run = run({"type": state}, labels=["a"], start_time=NOW if has_run else None)

    after = after_look(marker, flow_run, first, NOW)

    if after is None:
        # Whoever found it good has written his task run, and whoever sets the run Running puts another.
        assert NOW - marker.touched >= SETTLED
        assert first is None or state != "Running"
        assert state == "Running" or may_have_waiting(flow_run)
        return
    assert after.digest == labels_digest(["a"])
    assert after.touched == marker.touched
    waits_soon = state == "Running" and first is not None and after.due == first
    assert waits_soon or after.due >= max(marker.due, NOW) + SOON
    if NOW - marker.touched < SETTLED:
        assert after.due <= max(marker.due, NOW) + SOON
    else:
        assert after.due <= max(marker.due, NOW, first or NOW) + MUCH_LATER


def test_a_run_that_is_gone_needs_none():
    assert after_look(Marker(RUN, "", NOW, NOW), None, NOW, NOW) is None


@pytest.mark.parametrize(
    ("flow_run", "may"),
    [
        (run({"type": "Scheduled"}, {"type": "Submitted"}), False),
        (run({"type": "Scheduled"}, {"type": "Submitted"}, start_time=NOW), True),
        (run({"type": "Scheduled"}, {"type": "Aborted"}, {"type": "Scheduled"}), True),
        (run({"type": "Scheduled"}, end_time=NOW), True),
    ],
    ids=["new", "was running", "was aborted", "ended long ago"],
)
def test_task_runs_may_wait_of_a_run_that_goes_on(flow_run, may):
    assert may_have_waiting(flow_run) is may
