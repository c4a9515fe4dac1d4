"""Registrations without a project, as releases 0.10 to 0.12 send them with `backend = server`."""

from typing import Any

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from operations.flows.deleting import delete_project
from operations.flows.finding import get_flow
from operations.flows.projects import DEFAULT_PROJECT, create_project, set_project_name
from operations.flows.registering import RegisterFlow, register_flow
from tests.contract.factories import at_once


def register(world, name="Flow", **more):
    request = RegisterFlow(project_id=None, serialized_flow={"name": name}, **more)
    return get_flow(world.context, register_flow(world.context, request))


def projects(world):
    return sorted(project.name for project in world.store.projects.all())


def test_first_registration_creates_the_default_project(world):
    world.project("Another")
    assert projects(world) == ["Another"]

    first, second, other = register(world), register(world), register(world, "Other")

    assert projects(world) == ["Another", DEFAULT_PROJECT]
    assert first.project_id == second.project_id == other.project_id
    assert (first.flow_group_id, first.version, second.version) == (second.flow_group_id, 1, 2)
    assert other.version == 1


def test_existing_project_named_default_is_used(world):
    known = create_project(world.context, name=DEFAULT_PROJECT)

    assert register(world).project_id == known


@pytest.mark.dynoxide_only
def test_concurrent_first_registrations_create_one_project(world):
    flows = at_once(*[lambda number=number: register(world, f"Flow {number % 2}") for number in range(12)])

    assert len({flow.project_id for flow in flows}) == 1
    assert projects(world) == [DEFAULT_PROJECT]
    assert sorted(flow.version for flow in flows) == sorted([*range(1, 7), *range(1, 7)])


@pytest.mark.parametrize("operation", ["transact_write_items", "get_item"])
def test_lost_response_creates_no_second_default_project(world, operation, pauses):
    other, client = world.interfered()
    client.lose_responses(operation)

    assert register(other).version == 1
    assert register(world).version == 2
    assert projects(world) == [DEFAULT_PROJECT]


def test_registration_after_a_rename_creates_another_project(world):
    first = register(world)
    set_project_name(world.context, first.project_id, "Ours")

    second = register(world)

    assert projects(world) == [DEFAULT_PROJECT, "Ours"]
    assert second.project_id != first.project_id
    assert (second.version, get_flow(world.context, first.id).archived) == (1, False)


def test_registration_after_a_deletion_creates_another_project(world):
    first = register(world)
    assert delete_project(world.context, first.project_id)

    second = register(world)

    assert second.project_id != first.project_id
    assert second.version == 1
    assert projects(world) == [DEFAULT_PROJECT]


def test_registration_during_the_deletion_is_an_api_error(world):
    first = register(world)
    world.store.projects.begin_deleting(first.project_id, world.clock())

    with pytest.raises(ApiError, match="being deleted"):
        register(world)


def test_version_of_a_given_group_stays_in_its_project(world):
    project_id = world.project("Team")
    world.register({"name": "Flow"}, project_id=project_id, version_group_id="g")

    found = register(world, version_group_id="g")

    assert (found.project_id, found.version) == (project_id, 2)
    assert projects(world) == ["Team"]


def test_group_of_a_deleted_project_moves_to_the_default_project(world):
    project_id = world.project("Team")
    world.register({"name": "Flow"}, project_id=project_id, version_group_id="g")
    delete_project(world.context, project_id)

    register(world, version_group_id="g")

    assert projects(world) == [DEFAULT_PROJECT]


def test_refused_registration_creates_no_default_project(world):
    parts: list[dict[str, Any]] = [
        {"serialized_flow": {}},
        {"version_group_id": " "},
        {"idempotency_key": ""},
    ]
    for refused in parts:
        request: dict[str, Any] = {"project_id": None, "serialized_flow": {"name": "Flow"}, **refused}
        with pytest.raises(BadUserInput):
            register_flow(world.context, RegisterFlow(**request))

    assert projects(world) == []


def test_unknown_project_is_not_found(world):
    unknown = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
    with pytest.raises(NotFound):
        register_flow(world.context, RegisterFlow(project_id=unknown, serialized_flow={"name": "Flow"}))
