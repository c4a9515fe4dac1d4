"""Failures in a row of a schedule's runs are counted with their ends, each once."""

from functools import partial

import pytest

from domain.errors import VersionLockingError
from operations.flow_runs.ending import cancel_flow_run
from operations.flows.deleting import delete_flow
from tests.contract.clients import Deaf
from tests.contract.factories import at_once
from tests.contract.gaps import put_items_back
from tests.contract.mortals import interrupted
from tests.contract.ruled_runs import due_runs

pytestmark = pytest.mark.usefixtures("pauses")


def record(world, run_id):
    found = world.store.schedules.get(world.run(run_id).flow_group_id)
    assert found is not None
    return found


def end(world, run_id, state):
    for each in ("Submitted", "Running", state):
        world.set(run_id, each)


@pytest.fixture
def runs(world):
    return due_runs(world, 5, pause_after_failures=100)


def test_failures_in_a_row_are_counted_and_a_success_begins_anew(world, runs):
    counted = []
    for run_id, state in zip(runs, ("Failed", "Failed", "Success", "Success", "Failed"), strict=True):
        end(world, run_id, state)
        counted.append(record(world, run_id).failures)

    assert counted == [1, 2, 0, 0, 1]


def test_a_failure_lets_the_next_tick_look_and_changes_nothing_else(world, runs):
    before = record(world, runs[0])

    end(world, runs[0], "Failed")

    after = record(world, runs[0])
    assert (after.next_look, after.failures) == (world.clock(), 1)
    assert (after.changed, after.made, after.until) == (before.changed, before.made, before.until)
    assert after.revision > before.revision
    assert next(world.store.schedules.due(world.clock(), 0)) == after.group_id


def test_a_cancelled_run_counts_as_neither(world, runs):
    end(world, runs[0], "Failed")
    end(world, runs[1], "Cancelled")
    cancel_flow_run(world.context, runs[2])

    assert record(world, runs[0]).failures == 1


def test_an_end_after_an_end_does_not_count_again(world, runs):
    end(world, runs[0], "Failed")
    for state in ("Failed", "TimedOut", "Success", "Failed"):
        world.set(runs[0], state)

    assert record(world, runs[0]).failures == 1
    world.set(runs[0], "Running")  # it is run again
    world.set(runs[0], "Failed")
    assert record(world, runs[0]).failures == 2


def test_runs_of_other_schedules_count_nothing(world, runs):
    (other,) = due_runs(world, 1, overlap="skip")
    end(world, other, "Failed")

    assert record(world, other).failures == record(world, runs[0]).failures == 0


def test_ends_at_once_count_once(world, runs):
    world.set(runs[0], "Running")

    results = at_once(*[partial(world.set, runs[0], "Failed", 2)] * 8)

    assert sum(isinstance(result, VersionLockingError) for result in results) == 7
    assert record(world, runs[0]).failures == 1


@pytest.mark.dynoxide_only
def test_ends_of_all_runs_at_once_count_each(world, runs):
    for run_id in runs:
        world.set(run_id, "Running")

    at_once(*(partial(world.set, run_id, "Failed") for run_id in runs))

    assert record(world, runs[0]).failures == 5


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("version", [3, None])
@pytest.mark.parametrize("state", ["Failed", "Success"])
def test_lost_responses_and_deaths_count_once_or_not_at_all(world, runs, state, version):
    end(world, runs[0], "Failed")
    for each in ("Submitted", "Running"):
        world.set(runs[1], each)
    before, counted = world.items(), {"Failed": 2, "Success": 0}[state]
    for number in range(1, 12):
        put_items_back(world, before)
        world.through(Deaf(world.client, number)).set(runs[1], state, version)
        assert (record(world, runs[1]).failures, world.run(runs[1]).version) == (counted, 4)
    for unheard in (False, True):
        number, killed = 0, True
        while killed:
            put_items_back(world, before)
            number += 1
            killed = interrupted(
                world, lambda other: other.set(runs[1], state, version), number, unheard=unheard
            )
            has_ended = world.run(runs[1]).state.type == state
            assert record(world, runs[1]).failures == (counted if has_ended else 1)


def test_a_run_ends_though_its_schedule_is_gone(world, runs):
    world.set(runs[0], "Running")
    group = world.store.flows.group(world.run(runs[0]).flow_group_id)
    world.table.delete(Key={"pk": {"S": f"{world.tenant_id}#group#{group.id}"}, "sk": {"S": "schedule"}})

    assert world.set(runs[0], "Failed").state.type == "Failed"
    assert world.store.schedules.get(group.id) is None
    assert delete_flow(world.context, world.run(runs[0]).flow_id)
