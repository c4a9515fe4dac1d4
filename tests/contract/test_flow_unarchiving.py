"""Versions of a flow are unarchived, on each store."""

from functools import partial

import pytest

from domain.errors import NotFound
from operations.flows import flow_groups
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows
from operations.reads.rows import Need
from tests.contract.factories import at_once
from tests.contract.flow_helpers import (
    NOWHERE,
    flow,
    listed_ids,
)


def test_unarchiving_archives_the_former_current_version(world):
    project_id = world.project()
    first, second = (world.register(project_id=project_id) for _ in range(2))
    group_id = flow(world, first).flow_group_id
    flow_groups.set_labels(world.context, group_id, ["group's"])

    unarchive_flow(world.context, first)
    unarchive_flow(world.context, first)

    assert (flow(world, first).archived, flow(world, second).archived) == (False, True)
    assert world.run(world.create(first)).labels == ["group's"]
    assert world.store.flows.group(group_id).current_flow_id == first
    third = world.register(project_id=project_id)
    assert (flow(world, third).version, flow(world, first).archived) == (3, True)


def test_unarchiving_gives_a_group_a_current_version(world):
    flow_id = world.register()
    archive_flow(world.context, flow_id)

    unarchive_flow(world.context, flow_id)

    assert world.create(flow_id)


def test_unarchiving_an_unknown_flow_is_not_found(world):
    with pytest.raises(NotFound):
        unarchive_flow(world.context, NOWHERE)


def test_concurrent_unarchivings_leave_one_current_version(world):
    project_id = world.project()
    flow_ids = [world.register(project_id=project_id) for _ in range(3)]

    at_once(*(partial(unarchive_flow, world.context, flow_id) for flow_id in flow_ids[:2]))

    group = world.store.flows.group(flow(world, flow_ids[0]).flow_group_id)
    assert [flow_id for flow_id in flow_ids if not flow(world, flow_id).archived] == [group.current_flow_id]


def test_runs_are_counted_by_version_after_unarchiving(world):
    project_id = world.project()
    first = world.register(project_id=project_id)
    world.clock.advance(hours=1)
    runs = {first: [world.create(first)]}
    second = world.register(project_id=project_id)
    world.clock.advance(hours=1)
    runs[second] = [world.create(second) for _ in range(2)]
    world.clock.advance(hours=1)

    unarchive_flow(world.context, first)
    world.clock.advance(hours=1)
    runs[first] += [world.create(first) for _ in range(3)]

    for flow_id, expected in runs.items():
        where = {"flow_id": {"_eq": flow_id}}
        assert listed_ids(world, "flow_run", where) == sorted(expected)
        assert count(world, where) == len(expected)


def count(world, where):
    return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()
