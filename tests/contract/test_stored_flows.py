"""How many versions of flows a tenant stores, and may store."""

from dataclasses import replace
from functools import partial

import pytest

from domain.access.tenants import TenantLimits
from domain.errors import BadUserInput
from operations.flows.deleting import delete_flow
from storage.layout.keys import FLOW, key
from tests.contract.factories import START, World, at_once


def limited(world: World, most: int | None) -> World:
    """Let a world's tenant be one that was created, and may store so many versions."""
    tenant = replace(world.context.tenant, created=START, limits=TenantLimits(flows=most))
    world.context = replace(world.context, tenant=tenant)
    return world


def stored(world: World) -> int:
    item = world.table.get(key(f"{world.tenant_id}#flow-count", FLOW))
    return int(item["stored_flows"]["N"]) if item else 0


def test_tenant_stores_as_many_versions_as_it_may(world):
    limited(world, 2)
    project_id = world.project()
    world.register({"name": "A"}, project_id=project_id)
    kept = world.register({"name": "A"}, project_id=project_id)
    before = world.items()

    for name in ("A", "B"):
        with pytest.raises(BadUserInput, match="may store 2 versions of flows"):
            world.register({"name": name}, project_id=project_id)

    assert world.items() == before
    delete_flow(world.context, kept)
    assert stored(world) == 1
    world.register({"name": "B"}, project_id=project_id)
    assert stored(world) == 2


def test_versions_are_counted_before_there_is_a_limit(world):
    limited(world, None)
    for name in "ABC":
        world.register({"name": name})
    assert stored(world) == 3

    with pytest.raises(BadUserInput, match="may store 3 versions"):
        limited(world, 3).register({"name": "D"})


def test_flows_of_the_home_tenant_are_not_counted(world):
    world.register({"name": "A"})

    assert stored(world) == 0


def test_registration_whose_response_is_lost_counts_once(world, pauses):
    interfered, client = world.interfered()
    project_id = world.project()
    client.lose_responses("transact_write_items")

    limited(interfered, 5).register({"name": "A"}, project_id=project_id)

    assert client.all_happened()
    assert stored(world) == 1


def test_deletion_whose_response_is_lost_counts_once(world, pauses):
    limited(world, 5)
    flow_id = world.register({"name": "A"})
    interfered, client = world.interfered()
    limited(interfered, 5)
    client.lose_responses("transact_write_items")

    delete_flow(interfered.context, flow_id)

    assert stored(world) == 0


@pytest.mark.dynoxide_only
def test_registrations_at_once_are_not_more_than_may_be_stored(world):
    limited(world, 3)
    projects = [world.project() for _ in range(8)]

    results = at_once(
        *(partial(world.register, {"name": "A"}, project_id=project_id) for project_id in projects)
    )

    assert sum(isinstance(result, str) for result in results) == stored(world) == 3
