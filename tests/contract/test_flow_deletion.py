"""Flows are deleted, on each store."""

from functools import partial

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from operations.flows import deleting
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow
from operations.flows.extending import add_tasks
from operations.flows.finding import find_flow_id
from operations.flows.moving import update_flow_project
from tests.contract.factories import at_once
from tests.contract.flow_helpers import (
    die_after,
    flow,
    listed_ids,
)


@pytest.mark.dynoxide_only
def test_deleted_version_is_gone_with_its_runs_alone(world):
    project_id = world.project()
    first = world.register(project_id=project_id)
    gone = [world.create(first, idempotency_key=str(n)) for n in range(3)]
    second = world.register(project_id=project_id)
    kept = world.create(second)

    assert delete_flow(world.context, first)
    assert not delete_flow(world.context, first)

    assert world.store.flows.get([first]) == []
    assert not any(world.exists(run_id) for run_id in gone)
    assert world.exists(kept)
    world.finish_deletions()
    assert [item for item in world.items() if first in item["pk"]["S"]] == []
    where = {"flow_group_id": {"_eq": flow(world, second).flow_group_id}}
    assert listed_ids(world, "flow", where) == [second]
    assert flow(world, world.register(project_id=project_id)).version == 3


def test_deleted_current_version_leaves_its_group_without_one(world):
    project_id = world.project("P")
    first, second = (world.register(project_id=project_id) for _ in range(2))

    delete_flow(world.context, second)

    assert world.store.flows.group(flow(world, first).flow_group_id).current_flow_id is None
    unarchive_flow(world.context, first)
    assert find_flow_id(world.context, flow_name="Flow", project_name="P") == first


def test_last_deletion_frees_the_name_and_leaves_no_item(world):
    project_id = world.project("P")
    before = world.items()

    delete_flow(world.context, world.register(project_id=project_id))

    world.finish_deletions()
    assert world.items() == before
    assert flow(world, world.register(project_id=project_id)).version == 1


def test_repeat_of_an_unfinished_deletion_continues_it(world, monkeypatch):
    monkeypatch.setattr(deleting, "_BATCH", 2)
    monkeypatch.setattr(deleting, "MAX_DELETED_RUNS", 3)
    flow_id = world.register()
    runs = [world.create(flow_id) for _ in range(5)]

    with pytest.raises(ApiError, match="send it again"):
        delete_flow(world.context, flow_id)
    assert sum(world.exists(run_id) for run_id in runs) == 2
    with pytest.raises(BadUserInput, match="archived"):
        world.create(flow_id)
    assert delete_flow(world.context, flow_id)

    assert not any(world.exists(run_id) for run_id in runs)


@pytest.mark.dynoxide_only
def test_no_run_of_a_batch_begins_to_be_deleted_after_the_end_of_the_time(world):
    flow_id = world.register()
    runs = [world.create(flow_id) for _ in range(40)]
    found = world.store.flow_runs.get(runs, (), consistent=True)
    looks = iter([True] * 4)
    piece = deleting.DeletionPiece("The flow", lambda: next(looks, False))

    with pytest.raises(deleting.Unfinished, match="send it again"):
        deleting.delete_runs(world.context, [found], piece)

    assert sum(world.exists(run_id) for run_id in runs) >= 36


def test_deletion_with_a_lost_response_is_counted_once(world):
    project_id = world.project()
    first, second = (world.register(project_id=project_id) for _ in range(2))
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items")

    assert delete_flow(faulty.context, first)

    assert client.all_happened()
    assert world.store.flows.group(flow(world, second).flow_group_id).deleted == 1


def test_interrupted_deletion_leaves_the_name_free(world):
    project_id, elsewhere = world.project(), world.project()
    before = world.items()
    flow_id = world.register(project_id=project_id)

    die_after(world, "transact_write_items", lambda faulty: archive_flow(faulty, flow_id))
    die_after(world, "transact_write_items", lambda faulty: delete_flow(faulty, flow_id))

    assert not delete_flow(world.context, flow_id)
    world.finish_deletions()
    assert world.items() == before
    other = world.register(project_id=elsewhere)
    update_flow_project(world.context, other, project_id)


def test_last_deletion_deletes_former_names(world):
    projects = [world.project(), world.project()]
    before = world.items()
    flow_ids = [
        world.register({"name": name}, project_id=project_id, version_group_id="group")
        for name, project_id in zip("ABAC", [*projects, *projects], strict=True)
    ]

    for flow_id in flow_ids:
        assert delete_flow(world.context, flow_id)

    world.finish_deletions()
    assert world.items() == before


def test_deletion_keeps_a_name_that_another_flow_has_taken(world):
    project_id = world.project("P")
    first = world.register(project_id=project_id)
    second = world.register(project_id=project_id, version_group_id="other")

    delete_flow(world.context, first)

    assert find_flow_id(world.context, flow_name="Flow", project_name="P") == second


def test_items_written_during_a_deletion_are_deleted(world):
    project_id = world.project()
    before = world.items()
    flow_id = world.register(project_id=project_id)
    archive_flow(world.context, flow_id)
    faulty, client = world.interfered()

    def rewrite(send):
        assert world.store.flows.rewrite(flow_id, {"name": "Flow", "tasks": [{"slug": "a"}]}, 1)
        send()

    client.alter("transact_write_items", rewrite)

    assert delete_flow(faulty.context, flow_id)
    world.finish_deletions()
    assert world.items() == before


def test_tasks_of_a_half_deleted_flow_are_not_found(world):
    flow_id = world.register()
    archive_flow(world.context, flow_id)
    faulty, client = world.interfered()
    client.fail("transact_write_items", RuntimeError("killed"))
    with pytest.raises(RuntimeError):
        delete_flow(faulty.context, flow_id)

    with pytest.raises(NotFound):
        add_tasks(world.context, flow_id, [{"slug": "a"}])


@pytest.mark.dynoxide_only
def test_concurrent_deletions_count_each_version_once(world):
    project_id = world.project()
    flow_ids = [world.register(project_id=project_id) for _ in range(3)]

    results = at_once(*(partial(delete_flow, world.context, flow_id) for flow_id in (*flow_ids, *flow_ids)))

    assert set(map(type, results)) == {bool}
    assert world.items("group") == []
