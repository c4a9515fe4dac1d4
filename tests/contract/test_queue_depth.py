"""The depth of the queue: the runs that are due and not taken."""

from datetime import timedelta

import pytest

from domain.errors import BadUserInput
from operations.reads.counts.queue_depth import QueueDepth, queue_depth


def test_queue_depth_has_due_and_late_runs_alone(world):
    flow_id = world.register()
    first = world.clock.time
    for labels in (["a"], ["b"], []):
        world.create(flow_id, labels=labels)
    taken = world.create(flow_id)
    world.set(taken, "Submitted")
    world.create(flow_id, scheduled_start_time=first + timedelta(days=1))
    world.clock.advance(seconds=40)
    world.create(flow_id)

    assert queue_depth(world.context, 30, 100) == QueueDepth(4, 3, first, is_complete=True)
    assert queue_depth(world.context, 41, 100) == QueueDepth(4, 0, first, is_complete=True)
    world.clock.advance(days=2)
    assert queue_depth(world.context, 0, 100) == QueueDepth(5, 5, first, is_complete=True)


def test_queue_depth_of_an_empty_queue_is_zero(world):
    assert queue_depth(world.context, 30, 100) == QueueDepth(0, 0, None, is_complete=True)


@pytest.mark.dynoxide_only
def test_queue_depth_costs_the_same_beyond_its_bound(world):
    flow_id, costs = world.register(), []
    for _ in range(2):
        for _ in range(30):
            world.create(flow_id)
        world.clock.advance(seconds=1)
        metered, consumed = world.metered()
        found = queue_depth(metered.context, 30, 5)
        assert (found.due, found.is_complete) == (5, False)
        costs.append((consumed.read_units, consumed.calls.total()))

    assert costs[0] == costs[1]


@pytest.mark.parametrize("late_after", [-1, 10**9])
def test_queue_depth_with_a_time_that_is_none_is_refused(world, late_after):
    with pytest.raises(BadUserInput, match="late_after must be from 0"):
        queue_depth(world.context, late_after, 100)


@pytest.mark.parametrize("most", [0, 1_001])
def test_queue_depth_of_none_or_too_many_is_refused(world, most):
    with pytest.raises(BadUserInput, match="most must be from 1 to 1,000"):
        queue_depth(world.context, 30, most)
