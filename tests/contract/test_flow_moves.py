"""Flows are moved between projects, on each store."""

from functools import partial

import pytest

from domain.errors import BadUserInput, NotFound
from operations.flows.deleting import delete_flow, delete_project
from operations.flows.finding import find_flow_id
from operations.flows.moving import update_flow_project
from storage.flows import former_places
from tests.contract.flow_helpers import (
    NOWHERE,
    die_after,
    flow,
    listed_ids,
    move,
    other_items_of_project,
    versions,
)


def test_move_takes_all_versions_and_later_registrations(world):
    old, new = world.project("old"), world.project("new")
    first, second = (world.register(project_id=old) for _ in range(2))

    update_flow_project(world.context, first, new)
    update_flow_project(world.context, first, new)

    assert (versions(world, old), versions(world, new)) == ([], [1, 2])
    assert find_flow_id(world.context, flow_name="Flow", project_name="new") == second
    with pytest.raises(NotFound):
        find_flow_id(world.context, flow_name="Flow", project_name="old")
    third = world.register(project_id=new)
    assert flow(world, third).version == 3


def test_registration_of_a_moved_name_is_another_flow(world):
    old, new = world.project(), world.project()
    moved = world.register(project_id=old)
    update_flow_project(world.context, moved, new)

    other = world.register(project_id=old)

    assert flow(world, other).version == 1
    assert flow(world, other).flow_group_id != flow(world, moved).flow_group_id
    assert not flow(world, moved).archived


def test_versions_of_a_moved_flow_are_found_by_their_group(world):
    old, new = world.project(), world.project()
    flow_ids = [world.register(project_id=old) for _ in range(2)]
    update_flow_project(world.context, flow_ids[0], new)

    where = {"flow_group_id": {"_eq": flow(world, flow_ids[0]).flow_group_id}}

    assert listed_ids(world, "flow", where) == sorted(flow_ids)


def test_move_to_a_project_with_that_name_is_refused(world):
    old, new = world.project(), world.project()
    ours, _ = world.register(project_id=old), world.register(project_id=new)
    before = world.items()

    with pytest.raises(BadUserInput, match="another flow named 'Flow'"):
        update_flow_project(world.context, ours, new)
    with pytest.raises(NotFound, match="no project"):
        update_flow_project(world.context, ours, NOWHERE)
    assert world.items() == before


@pytest.mark.parametrize("transactions", [1, 2, 3])
def test_repeat_of_an_interrupted_move_completes_it(world, monkeypatch, transactions):
    monkeypatch.setattr("storage.flows.flow_moves.VERSIONS_AT_ONCE", 1)
    old, new = world.project(), world.project()
    flow_ids = [world.register(project_id=old) for _ in range(3)]
    die_after(world, "transact_write_items", partial(move, flow_ids[0], new), transactions)

    assert len(versions(world, new)) == transactions - 1
    update_flow_project(world.context, flow_ids[0], new)

    assert (versions(world, old), versions(world, new)) == ([], [1, 2, 3])


def test_interrupted_move_to_a_deleted_project_is_undone(world):
    old, new = world.project("old"), world.project("new")
    flow_ids = [world.register(project_id=old) for _ in range(3)]
    run_id = world.create(flow_ids[2])
    before = world.items()
    die_after(world, "transact_write_items", partial(move, flow_ids[0], new))
    assert delete_project(world.context, new)

    for _ in range(2):
        with pytest.raises(NotFound, match=f"no project {new}"):
            update_flow_project(world.context, flow_ids[0], new)

    world.finish_deletions()
    assert versions(world, old) == [1, 2, 3]
    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == flow_ids[2]
    assert world.exists(run_id)
    assert flow(world, world.register(project_id=old)).version == 4
    assert [item for item in before if new in item["pk"]["S"]]
    assert not [item for item in world.items() if new in item["pk"]["S"]]


def test_interrupted_move_to_a_project_in_deletion_is_undone(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    die_after(world, "transact_write_items", partial(move, moved, new))
    assert world.store.projects.begin_deleting(new, world.clock())

    with pytest.raises(NotFound):
        update_flow_project(world.context, moved, new)

    assert delete_project(world.context, new)
    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == moved


def test_move_while_its_target_is_deleted_is_undone(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    slow, client = world.interfered()
    client.alter("transact_write_items", lambda send: (send(), delete_project(world.context, new))[0])

    with pytest.raises(NotFound):
        update_flow_project(slow.context, moved, new)

    world.finish_deletions()
    assert versions(world, old) == [1]
    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == moved


def test_undone_move_leaves_the_name_to_its_new_holder(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    die_after(world, "transact_write_items", partial(move, moved, new))
    other = world.register(project_id=old)
    delete_project(world.context, new)

    with pytest.raises(NotFound):
        update_flow_project(world.context, moved, new)

    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
    assert versions(world, old) == [1, 1]
    group_ids = [flow(world, flow_id).flow_group_id for flow_id in (moved, other)]
    assert sorted(world.store.flow_lists.group_ids([old], None, 9)) == sorted(group_ids)
    third = world.project()
    update_flow_project(world.context, moved, third)
    assert (versions(world, old), versions(world, third)) == ([1], [1])


def test_flow_between_two_deleted_projects_is_deleted(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    die_after(world, "transact_write_items", partial(move, moved, new))
    assert world.store.projects.begin_deleting(old, world.clock())
    delete_project(world.context, new)

    with pytest.raises(NotFound, match=new):
        update_flow_project(world.context, moved, new)

    assert delete_project(world.context, old)
    assert world.store.flows.get([moved]) == []


def test_interrupted_move_frees_the_name_in_the_old_project(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    die_after(world, "transact_write_items", lambda faulty: update_flow_project(faulty, moved, new))

    other = world.register(project_id=old)

    assert flow(world, other).version == 1
    assert not flow(world, moved).archived
    update_flow_project(world.context, moved, new)
    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
    assert find_flow_id(world.context, flow_name="Flow", project_name="new") == moved


def test_move_takes_former_names(world):
    old, new = world.project("old"), world.project("new")
    flow_ids = [world.register({"name": name}, project_id=old, version_group_id="group") for name in "ABC"]

    update_flow_project(world.context, flow_ids[2], new)

    assert (versions(world, old), versions(world, new)) == ([], [1, 2, 3])
    assert other_items_of_project(world, old) == []
    for name in "ABC":
        other = world.register({"name": name}, project_id=old)
        assert flow(world, other).version == 1
        assert world.store.flow_lists.group_ids([new], [name], 9) == [flow(world, flow_ids[0]).flow_group_id]


def test_move_takes_former_names_from_several_projects(world):
    projects = [world.project() for _ in range(3)]
    flow_ids = [world.register(project_id=project, version_group_id="group") for project in projects[:2]]

    update_flow_project(world.context, flow_ids[0], projects[2])

    assert [versions(world, project_id) for project_id in projects] == [[], [], [1, 2]]
    assert [other_items_of_project(world, project_id) for project_id in projects[:2]] == [[], []]


@pytest.mark.dynoxide_only
def test_move_takes_more_names_than_one_transaction_holds(world, monkeypatch):
    monkeypatch.setattr(former_places, "PLACES_AT_ONCE", 2)
    old, new = world.project(), world.project()
    names = [f"Flow {number}" for number in range(6)]
    flow_ids = [world.register({"name": name}, project_id=old, version_group_id="group") for name in names]
    before = world.items("group")

    update_flow_project(world.context, flow_ids[0], new)
    assert other_items_of_project(world, old) == []
    for flow_id in flow_ids:
        delete_flow(world.context, flow_id)

    assert before
    assert other_items_of_project(world, new) == []
    assert [item for item in world.items() if "#group#" in item["pk"]["S"]] == []


def test_stale_name_of_older_data_is_taken_over(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    (name,) = world.items("flow-name#Flow")
    update_flow_project(world.context, moved, new)
    world.table.put(Item=name)

    other = world.register({"name": "Flow"}, project_id=world.project())
    update_flow_project(world.context, other, old)

    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
    assert flow(world, world.register(project_id=old)).version == 2


@pytest.fixture
def left_name(world):
    """Return a project with the name and place of a flow that is gone, as an earlier release left them."""
    project_id = world.project("old")
    gone = world.register(project_id=project_id)
    left = [item for item in world.items() if item["sk"]["S"].startswith(("flow-name#", "flow-group#"))]
    delete_flow(world.context, gone)
    for item in left:
        world.table.put(Item=item)
    assert not delete_flow(world.context, gone)
    return project_id


def test_name_that_a_deleted_flow_left_is_taken_by_a_move(world, left_name):
    other = world.register(project_id=world.project())

    update_flow_project(world.context, other, left_name)

    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
    assert flow(world, world.register(project_id=left_name)).version == 2


@pytest.mark.parametrize("group", [None, "another"])
def test_name_that_a_deleted_flow_left_is_taken_by_a_registration(world, left_name, group):
    other = world.register(project_id=left_name, version_group_id=group)

    assert flow(world, other).version == 1
    assert find_flow_id(world.context, flow_name="Flow", project_name="old") == other
    assert delete_flow(world.context, other)
    assert find_name(world, left_name) is None


def test_name_that_a_deleted_flow_left_goes_with_its_project(world, left_name):
    assert delete_project(world.context, left_name)

    world.finish_deletions()
    assert [item for item in world.items() if left_name in item["pk"]["S"]] == []


def find_name(world, project_id):
    return world.store.flows.version_group_named(project_id, "Flow")


def test_move_out_of_a_project_in_deletion_is_refused(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    world.store.projects.begin_deleting(old, world.clock())

    with pytest.raises(NotFound, match=f"Project {old} is being deleted"):
        update_flow_project(world.context, moved, new)

    assert delete_project(world.context, old)
    assert world.store.flows.get([moved]) == []


def test_versions_in_a_project_in_deletion_do_not_follow_their_group(world):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    die_after(world, "transact_write_items", partial(move, moved, new))
    world.store.projects.begin_deleting(old, world.clock())

    with pytest.raises(NotFound, match=f"Project {old} is being deleted"):
        update_flow_project(world.context, moved, new)

    assert versions(world, old) == [1]
    assert delete_project(world.context, old)
    assert world.store.flows.get([moved]) == []


def test_newest_version_follows_its_group_before_the_index_lists_it(world, monkeypatch):
    old, new = world.project("old"), world.project("new")
    moved = world.register(project_id=old)
    monkeypatch.setattr(world.store.flow_lists, "ids_in_tenant", lambda name, limit: [])

    update_flow_project(world.context, moved, new)

    assert versions(world, new) == [1]
