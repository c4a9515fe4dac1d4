"""Follow-ups of runs: stored until their work is done, and found in their order."""

from datetime import timedelta

import pytest

from domain.recovery.follow_ups import FollowUp
from tests.contract.clients import no_response_in_time
from tests.contract.factories import START

pytestmark = pytest.mark.usefixtures("pauses")


def at(seconds):
    return START + timedelta(seconds=seconds)


def due(world, latest, after=None):
    return [(follow_up.flow_run_id, follow_up.at) for follow_up in world.store.follow_ups.due(latest, after)]


@pytest.fixture
def runs(world):
    flow_id = world.register()
    return [world.create(flow_id) for _ in range(8)]


def test_follow_ups_are_found_in_the_order_of_their_puts(world, runs):
    for seconds, run_id in enumerate(reversed(runs)):
        world.store.follow_ups.put(run_id, at(seconds))

    in_order = [(run_id, at(seconds)) for seconds, run_id in enumerate(reversed(runs))]
    assert due(world, at(99)) == in_order
    assert due(world, at(3)) == in_order[:4]
    assert due(world, at(5), FollowUp(*in_order[2])) == in_order[3:6]
    assert due(world.neighbour(), at(99)) == []


def test_follow_ups_of_one_instant_are_distinguished(world, runs):
    for run_id in runs:
        world.store.follow_ups.put(run_id, at(0))

    found = due(world, at(0))

    assert found == [(run_id, at(0)) for run_id in sorted(runs)]
    assert due(world, at(0), FollowUp(*found[3])) == found[4:]


def test_follow_up_that_is_put_again_is_found_at_the_later_time_only(world, runs):
    follow_ups = world.store.follow_ups
    follow_ups.put(runs[0], at(0))
    follow_ups.put(runs[0], at(60))

    assert due(world, at(59)) == []
    assert due(world, at(60)) == [(runs[0], at(60))]


def test_mark_of_a_deletion_stays_when_the_run_is_marked_again(world, runs):
    follow_ups = world.store.follow_ups
    follow_ups.put(runs[0], at(0))
    assert follow_ups.get([runs[0]]) == [FollowUp(runs[0], at(0))]
    follow_ups.put(runs[0], at(1), deletes=True)
    follow_ups.put(runs[0], at(2))

    assert follow_ups.get([runs[1], runs[0]]) == [FollowUp(runs[0], at(2), deletes=True)]


def test_follow_up_that_was_put_again_is_not_removed(world, runs):
    follow_ups = world.store.follow_ups
    follow_ups.put(runs[0], at(0))
    (read,) = follow_ups.get([runs[0]])
    follow_ups.put(runs[0], at(1))
    assert not follow_ups.remove(read)
    (read,) = follow_ups.get([runs[0]])

    assert follow_ups.remove(read)

    assert follow_ups.get([runs[0]]) == []
    assert due(world, at(99)) == []
    assert not follow_ups.remove(read)


def test_run_that_does_not_exist_can_be_marked(world, runs):
    unknown = runs[0][:-12] + "ffffffff0000"

    world.store.follow_ups.put(unknown, at(0), deletes=True)

    assert [follow_up.flow_run_id for follow_up in world.store.follow_ups.due(at(1))] == [unknown]


def test_lost_response_of_a_put_does_no_harm(world, runs):
    faulty, client = world.interfered()
    client.lose_responses("update_item", error=no_response_in_time)

    faulty.store.follow_ups.put(runs[0], at(0))

    assert client.all_happened()
    assert due(world, at(1)) == [(runs[0], at(0))]


def test_follow_ups_are_in_no_list_of_runs(world, runs):
    for run_id in runs:
        world.store.follow_ups.put(run_id, at(0))

    lists = world.store.run_lists
    assert list(lists.ids(lists.planned(), descending=False)) == []
    assert list(lists.ids(lists.of_tenant(), descending=False)) == sorted(runs)
