"""Machines whose clocks differ: no run is missing from its flow's lists, counted twice or left over."""

from datetime import timedelta

import pytest

from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow
from operations.queue.polling import get_runs_in_queue
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from tests.contract.factories import Clock, World


def machine(world, minutes):
    """Return the same tenant on a machine whose clock is some minutes ahead, or behind."""
    clock = Clock()
    clock.time = world.clock.time + timedelta(minutes=minutes)
    return World(world.client, world.table_name, world.tenant_id, clock)


def listed(world, flow_id):
    where = {"flow_id": {"_eq": flow_id}}
    rows = list_rows(world.context, "flow_run", Arguments(where=where), Need({"id"}))
    return sorted(row.value.id for row in rows)


def counted(world, flow_id):
    where = {"flow_id": {"_eq": flow_id}}
    return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()


def agree(world, runs):
    """Return True if lists and counts of these flows have their runs, and a deletion deletes them all."""
    for flow_id, expected in runs.items():
        assert listed(world, flow_id) == sorted(expected)
        assert counted(world, flow_id) == len(expected)
    for flow_id, expected in runs.items():
        assert delete_flow(world.context, flow_id)
        assert not any(world.exists(run_id) for run_id in expected)
    return True


@pytest.fixture
def project_id(world):
    return world.project()


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("minutes", [1, 6, 50, 600])
def test_run_created_by_a_slow_clock_is_in_the_lists_of_its_flow(world, project_id, minutes):
    flow_id = world.register(project_id=project_id)
    runs = [machine(world, -minutes).create(flow_id) for _ in range(2)]

    assert agree(world, {flow_id: runs})


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_run_created_by_a_slow_clock_is_listed_after_an_unarchiving(world, project_id, minutes):
    first = world.register(project_id=project_id)
    runs = {first: [world.create(first)]}
    world.clock.advance(hours=1)
    second = world.register(project_id=project_id)
    runs[second] = [machine(world, -minutes).create(second)]
    world.clock.advance(hours=1)
    unarchive_flow(world.context, first)
    runs[first] += [machine(world, -minutes).create(first)]

    assert agree(world, runs)


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_version_registered_by_a_slow_clock_takes_no_run_of_the_last_one(world, project_id, minutes):
    first = world.register(project_id=project_id)
    world.clock.advance(hours=20)
    runs = {first: [world.create(first)]}
    second = machine(world, -minutes).register(project_id=project_id)
    runs[second] = [world.create(second), machine(world, -minutes).create(second)]

    assert agree(world, runs)


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_flow_archived_by_a_slow_clock_keeps_its_runs(world, project_id, minutes):
    flow_id = world.register(project_id=project_id)
    world.clock.advance(hours=20)
    runs = [world.create(flow_id)]
    archive_flow(machine(world, -minutes).context, flow_id)

    assert agree(world, {flow_id: runs})


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_flow_deleted_by_a_slow_clock_takes_its_runs_with_it(world, project_id, minutes):
    flow_id = world.register(project_id=project_id)
    world.clock.advance(hours=20)
    runs = [world.create(flow_id)]

    assert agree(machine(world, -minutes), {flow_id: runs})


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_version_unarchived_by_a_slow_clock_has_its_runs(world, project_id, minutes):
    first = world.register(project_id=project_id)
    world.clock.advance(hours=2)
    second = world.register(project_id=project_id)
    world.clock.advance(hours=2)
    runs = {second: [world.create(second)]}
    unarchive_flow(machine(world, -minutes).context, first)
    runs[first] = [world.create(first)]

    assert agree(world, runs)


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_run_created_by_a_fast_clock_stays_with_its_version(world, project_id, minutes):
    first = world.register(project_id=project_id)
    runs = {first: [machine(world, minutes).create(first)]}
    second = world.register(project_id=project_id)
    runs[second] = [world.create(second)]

    assert agree(world, runs)


def test_fast_clock_does_not_change_the_times_of_other_runs(world, project_id):
    first = world.register(project_id=project_id)
    machine(world, 600).create(first)

    second = world.register(project_id=project_id)

    assert world.run(world.create(second)).created == world.clock.time


@pytest.mark.parametrize("minutes", [6, 50, 600])
def test_run_of_a_flow_registered_by_a_fast_clock_starts_at_once(world, project_id, minutes):
    flow_id = machine(world, minutes).register(project_id=project_id)
    run_id = world.create(flow_id)

    assert get_runs_in_queue(world.context, None, []) == [run_id]
    assert world.run(run_id).state.data["start_time"].startswith(f"{world.clock.time:%Y-%m-%dT%H:%M}")
    assert agree(world, {flow_id: [run_id]})
