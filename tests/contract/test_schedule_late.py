"""Runs that are due for too long are closed as skipped: by the claim, and by the poll that meets them."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.schedules.rules.skips import SkipReason
from operations.queue.polling import get_runs_in_queue
from operations.schedules.tick import keep_up_all
from tests.contract.clients import Deaf
from tests.contract.factories import START, at_once
from tests.contract.gaps import put_items_back
from tests.contract.mortals import interrupted
from tests.contract.ruled_runs import claim, due_runs, ruled_flow, skipped
from tests.contract.test_schedules import runs_of

pytestmark = pytest.mark.usefixtures("pauses")
HOUR = timedelta(hours=1)


def tolerant(world, late_after):
    """Return the same tenant in a deployment with a default for late runs."""
    other = world.through(world.client)
    other.context = replace(world.context, schedule_late_after=late_after)
    return other


def poll(world):
    return get_runs_in_queue(world.context, None, [])


def without_agents(world, hours, **rules):
    """Let time pass with a tick each hour, and no agent. Return the automatic runs by their due times."""
    flow_id = ruled_flow(world, HOUR, **rules)
    for _ in range(hours):
        world.clock.advance(hours=1)
        keep_up_all(world.context, lambda: 1.0)
    world.clock.advance(minutes=1)
    due = [run for run in runs_of(world, flow_id) if run.scheduled_start_time <= world.clock()]
    assert len(due) == hours
    return [run.id for run in due]


class TestPile:
    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("policy", ["allow", "skip", "buffer_all"])
    def test_of_three_days_one_run_starts_and_the_others_are_skips(self, world, policy):
        *late, last = without_agents(world, 72, overlap=policy, late_after=3_600)

        assert poll(world) == [last]
        assert claim(world, last) == "Submitted"
        assert len(late) == 71
        notes = skipped(world)
        assert sorted(notes) == sorted(late)
        assert {note.reason for note in notes.values()} == {SkipReason.LATE}
        for run_id in late:
            run = world.run(run_id)
            assert (run.state.type, run.version) == ("Cancelled", 2)
            assert run.state.message == "Skipped: i" + notes[run_id].message[1:]
            assert notes[run_id].message.startswith("It was due at 2040-01-")
            assert notes[run_id].time == run.scheduled_start_time

    @pytest.mark.dynoxide_only
    def test_polls_at_once_close_each_run_once(self, world):
        *late, last = without_agents(world, 24, late_after=3_600)

        found = at_once(*[partial(poll, world)] * 8)

        assert poll(world) == [last]
        assert {run_id for ids in found for run_id in ids} <= {last, *late}
        assert sorted(skipped(world)) == sorted(late)
        assert {world.run(run_id).version for run_id in late} == {2}

    @pytest.mark.dynoxide_only
    def test_a_poll_that_dies_or_is_not_heard_leaves_each_run_whole(self, world):
        *late, last = without_agents(world, 4, late_after=3_600)
        before = world.items()
        for unheard in (False, True):
            number = 0
            while True:
                put_items_back(world, before)
                number += 1
                killed = interrupted(world, poll, number, unheard=unheard)
                closed = [run_id for run_id in late if world.run(run_id).state.type == "Cancelled"]
                assert sorted(skipped(world)) == sorted(closed)
                assert poll(world) == [last]
                assert sorted(skipped(world)) == sorted(late)
                if not killed:
                    break
        for number in range(1, 30):
            put_items_back(world, before)
            assert poll(world.through(Deaf(world.client, number))) == [last]
            assert sorted(skipped(world)) == sorted(late)
            assert {world.run(run_id).version for run_id in late} == {2}


class TestClaims:
    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_a_run_that_is_due_for_just_so_long_begins(self, world, state):
        (run_id,) = due_runs(world, 1, late_after=60)
        world.clock.advance(seconds=59)

        assert claim(world, run_id, state) == state

    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_a_run_that_is_due_for_longer_is_closed(self, world, state):
        (run_id,) = due_runs(world, 1, late_after=60)
        world.clock.advance(seconds=60)

        assert claim(world, run_id, state) == "Cancelled"
        assert [note.reason for note in skipped(world).values()] == [SkipReason.LATE]

    def test_a_run_that_was_claimed_in_time_begins_whenever_its_process_comes(self, world):
        (run_id,) = due_runs(world, 1, late_after=60)
        assert claim(world, run_id) == "Submitted"
        world.clock.advance(hours=5)

        assert claim(world, run_id, "Running") == "Running"

    def test_a_run_that_has_begun_or_was_scheduled_by_a_user_is_never_late(self, world):
        begun, moved = due_runs(world, 2, late_after=2 * 3_600)
        assert claim(world, begun, "Running") == "Running"
        world.set(begun, "Scheduled")
        world.set(moved, "Scheduled")
        world.clock.advance(hours=5)

        assert set(poll(world)) >= {begun, moved}
        assert [claim(world, run_id) for run_id in (begun, moved)] == ["Submitted"] * 2

    def test_a_run_that_has_waited_for_its_turn_for_too_long_is_late(self, world):
        first, second = due_runs(world, 2, overlap="buffer_all", late_after=2 * 3_600)
        assert [claim(world, run_id) for run_id in (first, second)] == ["Submitted", "Scheduled"]
        world.clock.advance(hours=3)

        assert second not in poll(world)
        assert skipped(world)[second].reason is SkipReason.LATE

    def test_a_run_that_a_user_scheduled_anew_is_not_late_either_after_it_had_to_wait(self, world):
        first, second = due_runs(world, 2, overlap="buffer_all", late_after=2 * 3_600)
        assert claim(world, first) == "Submitted"
        world.set(second, "Scheduled")
        assert claim(world, second) == "Scheduled"
        world.clock.advance(hours=3)

        assert second in poll(world)
        world.set(first, "Success")
        assert claim(world, second) == "Submitted"

    def test_a_run_that_a_user_scheduled_anew_is_not_late_however_often_it_had_to_wait(self, world):
        first, second = due_runs(world, 2, overlap="buffer_all", late_after=2 * 3_600)
        assert claim(world, first) == "Submitted"
        world.set(second, "Scheduled")
        for _ in range(40):
            world.clock.advance(minutes=6)
            assert claim(world, second) == "Scheduled"

        world.clock.advance(minutes=6)
        assert second in poll(world)
        world.set(first, "Success")
        assert claim(world, second) == "Submitted"


class TestDefault:
    def test_default_of_the_deployment_holds_for_automatic_runs_without_a_rule(self, world):
        first, second = due_runs(world, 2)
        by_hand = world.create(world.run(first).flow_id, scheduled_start_time=START)
        strict = tolerant(world, timedelta(minutes=30))

        assert set(poll(strict)) == {second, by_hand}
        assert world.run(first).state.type == "Cancelled"
        assert list(skipped(world)) == [first]

    @pytest.mark.parametrize("state", ["Submitted", "Running"])
    def test_default_holds_for_claims(self, world, state):
        first, second = due_runs(world, 2)
        strict = tolerant(world, timedelta(minutes=30))

        assert [claim(strict, run_id, state) for run_id in (first, second)] == ["Cancelled", state]

    def test_rule_of_the_schedule_goes_before_the_default(self, world):
        first, _ = due_runs(world, 2, late_after=2 * 3_600)

        assert first in poll(tolerant(world, timedelta(minutes=30)))
        assert claim(tolerant(world, timedelta(minutes=30)), first) == "Submitted"
