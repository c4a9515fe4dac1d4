from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue.label_sets import labels_digest
from domain.queue.waiting_markers import (
    FRESH,
    LATER,
    MUCH_LATER,
    SETTLED,
    SOON,
    Marker,
    marker_after_look,
    marker_before_waiting,
    marker_while_waiting,
    may_have_waiting,
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
def test_marker_before_waiting_has_the_labels_is_in_time_and_fresh(marker, due):
    after = marker_before_waiting(marker, run(labels=["a"]), due, NOW)

    assert after.digest == labels_digest(["a"])
    assert after.due <= due
    assert NOW - after.touched < FRESH
    assert marker_before_waiting(after, run(labels=["a"]), due, NOW) == after


@given(MARKERS, SECONDS)
def test_marker_while_waiting_is_met_in_time_and_then_stays(marker, due):
    after = marker_while_waiting(marker, run(labels=["a"]), due, NOW)

    assert after.digest == labels_digest(["a"])
    assert after.due <= max(due, NOW) + LATER
    assert marker_while_waiting(after, run(labels=["a"]), due, NOW) == after


@given(MARKERS.filter(bool), STATES, st.none() | SECONDS, st.booleans())
def test_marker_that_was_met_in_vain_is_not_met_again_at_once(marker, state, first, has_run):
    flow_run = run({"type": state}, labels=["a"], start_time=NOW if has_run else None)

    after = marker_after_look(marker, flow_run, first, NOW)

    if after is None:
        # Every request that found it good has written its task run. A run set Running gets a new marker.
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


def test_flow_run_that_is_gone_needs_no_marker():
    assert marker_after_look(Marker(RUN, "", NOW, NOW), None, NOW, NOW) is None


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
def test_task_runs_may_wait_if_the_flow_run_was_running_or_ended(flow_run, may):
    assert may_have_waiting(flow_run) is may
