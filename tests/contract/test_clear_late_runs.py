"""Late runs of schedules are cleared at once, after a look at how many they are."""

from datetime import timedelta
from functools import partial

import pytest

from domain.errors import BadUserInput, NotFound
from domain.schedules.rules.skips import SkipReason
from domain.times import format_time
from operations.queue.polling import get_runs_in_queue
from operations.schedules import clearing
from operations.schedules.clearing import Cleared, LateRuns, clear_late_runs
from tests.contract.factories import at_once
from tests.contract.flow_helpers import NOWHERE
from tests.contract.ruled_runs import claim, group_of, ruled_flow, skipped
from tests.contract.test_schedules import flow_with, interval, runs_of

HOUR = timedelta(hours=1)


def clear(world, *, dry_run=False, **given):
    return clear_late_runs(world.context, LateRuns(**given), dry_run=dry_run)


def due(world, flow_id):
    return [run.id for run in runs_of(world, flow_id) if run.scheduled_start_time <= world.clock()]


@pytest.fixture
def flow_id(world):
    """Return a flow of whose schedule five runs are due, and five are not."""
    flow_id = ruled_flow(world)
    world.clock.advance(hours=5, minutes=1)
    return flow_id


@pytest.mark.parametrize("scope", ["flow_group_id", "flow_id", "project_id"])
def test_late_runs_are_counted_and_then_closed(world, flow_id, scope):
    (flow,) = world.store.flows.get([flow_id])
    name = {"flow_group_id": flow.flow_group_id, "flow_id": flow_id, "project_id": flow.project_id}[scope]
    other_id, late = ruled_flow(world), due(world, flow_id)
    world.clock.advance(minutes=1)
    assert len(late) == 5

    assert clear(world, dry_run=True, **{scope: name}) == Cleared(5, left=False)
    assert skipped(world) == {}
    assert clear(world, **{scope: name}) == Cleared(5, left=False)

    assert sorted(skipped(world)) == sorted(late)
    for run_id in late:
        run = world.run(run_id)
        message = (
            f"Skipped: it was due at {format_time(run.scheduled_start_time)}, and late runs were cleared."
        )
        assert (run.state.type, run.state.message) == ("Cancelled", message)
        assert skipped(world)[run_id].reason is SkipReason.LATE
    assert clear(world, **{scope: name}) == Cleared(0, left=False)
    states = [run.state.type for run in (*runs_of(world, flow_id), *runs_of(world, other_id))]
    assert states.count("Scheduled") == 15


@pytest.mark.parametrize("state", ["Submitted", "Running"])
def test_cleared_run_without_rules_begins_only_after_a_user_scheduled_it_anew(world, state):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    world.clock.advance(hours=1, minutes=1)
    (late,) = due(world, flow_id)
    assert world.run(late).rules is None
    assert clear(world, flow_id=flow_id) == Cleared(1, left=False)

    # Without a version, as of a flow whose owner has switched version locking off.
    with pytest.raises(BadUserInput, match=r"does not begin\. Skipped: "):
        world.set(late, state)
    assert world.types(late) == ["Scheduled", "Cancelled"]
    world.set(late, "Scheduled")
    assert world.set(late, state).state.type == state


def test_only_runs_that_are_due_for_so_long_are_closed(world, flow_id):
    first, second, *_ = due(world, flow_id)

    assert clear(world, flow_id=flow_id, late_after=3 * HOUR) == Cleared(2, left=False)
    assert sorted(skipped(world)) == sorted([first, second])


def test_runs_that_were_begun_made_by_hand_or_scheduled_by_a_user_are_left(world, flow_id):
    claimed, begun, moved, ended, late = due(world, flow_id)
    world.create(flow_id)
    claim(world, claimed)
    claim(world, begun, "Running")
    world.set(begun, "Scheduled")
    world.set(moved, "Scheduled")
    world.set(ended, "Cancelled")

    assert clear(world, flow_id=flow_id, dry_run=True) == Cleared(1, left=False)
    assert clear(world, flow_id=flow_id) == Cleared(1, left=False)
    assert list(skipped(world)) == [late]


def test_runs_that_wait_for_their_turn_are_closed(world):
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=3, minutes=1)
    first, *others = due(world, flow_id)
    for run_id in (first, *others):
        claim(world, run_id)

    assert clear(world, flow_id=flow_id) == Cleared(2, left=False)
    assert sorted(skipped(world)) == sorted(others)


def test_a_request_closes_some_and_a_repeat_the_others(world, flow_id, monkeypatch):
    monkeypatch.setattr(clearing, "MAX_CLEARED", 2)
    late = due(world, flow_id)

    assert clear(world, flow_id=flow_id, dry_run=True) == Cleared(2, left=True)
    results = [clear(world, flow_id=flow_id) for _ in range(3)]
    assert results == [Cleared(2, left=True), Cleared(2, left=True), Cleared(1, left=False)]
    assert sorted(skipped(world)) == sorted(late)


def test_late_runs_behind_a_page_of_others_are_cleared(world, monkeypatch):
    monkeypatch.setattr(clearing, "MAX_CLEARED", 2)
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=8, minutes=1)
    moved, begun, again, resumed, waits, *late = due(world, flow_id)
    world.set(moved, "Scheduled")
    claim(world, begun, "Running")
    world.set(begun, "Scheduled")
    world.set(resumed, "Resume")
    world.set(again, "Queued")
    assert claim(world, waits) == "Scheduled"
    assert len(late) == 3

    assert clear(world, flow_id=flow_id, dry_run=True) == Cleared(2, left=True)
    results = [clear(world, flow_id=flow_id) for _ in range(3)]
    assert results == [Cleared(2, left=True), Cleared(2, left=False), Cleared(0, left=False)]
    assert sorted(skipped(world)) == sorted([waits, *late])


def test_runs_that_a_user_scheduled_anew_and_that_wait_since_are_left_and_keep_no_others(world, monkeypatch):
    monkeypatch.setattr(clearing, "MAX_CLEARED", 2)
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=9, minutes=1)
    begun, *others = due(world, flow_id)
    assert claim(world, begun) == "Submitted"
    mine, late = others[:5], others[5:]
    for run_id in mine:
        world.set(run_id, "Scheduled")
        assert claim(world, run_id) == "Scheduled"
    assert len(late) == 3

    assert clear(world, flow_id=flow_id, dry_run=True) == Cleared(2, left=True)
    results = [clear(world, flow_id=flow_id) for _ in range(3)]
    assert results == [Cleared(2, left=True), Cleared(1, left=False), Cleared(0, left=False)]
    assert sorted(skipped(world)) == sorted(late)


@pytest.mark.dynoxide_only
def test_requests_and_agents_at_once_close_or_begin_each_run_once(world, flow_id):
    late = due(world, flow_id)

    at_once(
        *[partial(clear, world, flow_id=flow_id)] * 4,
        *(partial(claim, world, run_id) for run_id in late),
        partial(get_runs_in_queue, world.context, None, []),
    )

    states = {run_id: world.run(run_id).state.type for run_id in late}
    assert set(states.values()) <= {"Submitted", "Cancelled"}
    assert sorted(skipped(world)) == sorted(
        run_id for run_id, state in states.items() if state == "Cancelled"
    )
    assert {world.run(run_id).version for run_id in late} == {2}


def test_unknown_ids_and_unusable_inputs_are_refused(world, flow_id):
    for scope in ("flow_group_id", "flow_id", "project_id"):
        with pytest.raises(NotFound):
            clear(world, **{scope: NOWHERE})
    for given in ({}, {"flow_id": flow_id, "flow_group_id": group_of(world, flow_id)}):
        with pytest.raises(BadUserInput, match="Give one of"):
            clear(world, **given)
    for span in (timedelta(seconds=-1), timedelta(days=366)):
        with pytest.raises(BadUserInput, match="late_after"):
            clear(world, flow_id=flow_id, late_after=span)
    assert skipped(world) == {}


def test_runs_of_a_schedule_without_rules_are_cleared_too(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    world.clock.advance(hours=2, minutes=1)

    assert clear(world, flow_id=flow_id) == Cleared(2, left=False)
