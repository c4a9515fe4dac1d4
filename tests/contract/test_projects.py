"""Projects are renamed, described and deleted, on each store."""

from functools import partial

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from operations.flows import deleting
from operations.flows.deleting import delete_project
from operations.flows.moving import update_flow_project
from operations.flows.projects import set_project_description, set_project_name
from tests.contract.factories import at_once
from tests.contract.flow_helpers import (
    NOWHERE,
)


@pytest.mark.dynoxide_only
def test_deleted_project_is_gone_with_its_flows_and_runs_alone(world):
    other = world.create(world.register(project_id=world.project()))
    before = world.items()
    project_id = world.project("P")
    for name in ("one", "two"):
        for _ in range(2):
            world.create(world.register({"name": name}, project_id=project_id))

    assert delete_project(world.context, project_id)
    assert not delete_project(world.context, project_id)

    world.finish_deletions()
    assert world.items() == before
    assert world.exists(other)
    assert world.project("P") != project_id


@pytest.mark.dynoxide_only
def test_name_that_is_longer_than_any_key_of_the_database_names_no_project(world):
    project_id = world.project("P")

    assert world.store.projects.named("x" * 3000) is None
    assert [project.id for project in world.store.projects.all_named(["x" * 3000, "P"])] == [project_id]


@pytest.mark.dynoxide_only
def test_project_in_deletion_takes_no_flow(world, monkeypatch):
    monkeypatch.setattr(deleting, "MAX_DELETED_FLOWS", 1)
    project_id, elsewhere = world.project(), world.register()
    for name in ("one", "two"):
        world.register({"name": name}, project_id=project_id)

    with pytest.raises(ApiError, match="send it again"):
        delete_project(world.context, project_id)
    with pytest.raises(NotFound):
        world.register({"name": "three"}, project_id=project_id)
    with pytest.raises(NotFound):
        update_flow_project(world.context, elsewhere, project_id)

    assert delete_project(world.context, project_id)
    assert world.store.projects.get([project_id]) == []


def test_renamed_project_frees_its_name(world):
    project_id, other = world.project("one"), world.project("two")

    assert set_project_name(world.context, project_id, "new")
    assert set_project_name(world.context, other, "one")

    assert world.store.projects.named("new").id == project_id
    assert world.store.projects.named("one").id == other
    assert world.store.projects.named("two") is None
    assert not set_project_name(world.context, NOWHERE, "x")
    assert {project.name for project in world.store.projects.all()} == {"new", "one"}


def test_rename_to_a_taken_name_is_refused(world):
    project_id, _ = world.project("one"), world.project("two")
    before = world.items()

    with pytest.raises(BadUserInput, match=r"^Uniqueness violation\.$"):
        set_project_name(world.context, project_id, "two")
    world.finish_deletions()
    assert world.items() == before


def test_concurrent_renames_to_one_name_succeed_once(world):
    projects = [world.project(str(n)) for n in range(4)]

    renames = [partial(set_project_name, world.context, project_id, "it") for project_id in projects]
    results = at_once(*renames)

    assert results.count(True) == 1
    assert sorted(map(type, results), key=str).count(BadUserInput) == 3


def test_rename_with_a_lost_response_is_no_conflict(world):
    project_id = world.project("one")
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items")

    assert set_project_name(faulty.context, project_id, "new")
    assert client.all_happened()


def test_description_is_changed_and_removed(world):
    project_id = world.project(description="old")

    for text in ("new \ud800", None):
        assert set_project_description(world.context, project_id, text)
        assert world.store.projects.get([project_id])[0].description == text
    assert not set_project_description(world.context, NOWHERE, "x")
