"""Reads of flows and interrupted requests, for the tests of flows."""

import pytest

from operations.flows.moving import update_flow_project
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need

NOWHERE = "018f0000-0000-7000-8000-000000000000"


def flow(world, flow_id):
    (found,) = world.store.flows.get([flow_id])
    return found


def versions(world, project_id):
    """Return the versions of all flows of a project, sorted."""
    flow_ids = world.store.flow_lists.ids_in_project(project_id, None, 100)
    return sorted(found.version for found in world.store.flows.get(flow_ids))


def listed_ids(world, entity, where):
    rows = list_rows(world.context, entity, Arguments(where=where), Need({"id"}))
    return sorted(row.value.id for row in rows)


def other_items_of_project(world, project_id):
    """Return the sort keys of all items of a project but the project itself."""
    return [
        item["sk"]["S"]
        for item in world.items()
        if item["pk"]["S"].endswith(f"#project#{project_id}") and item["sk"]["S"] != "project"
    ]


def move(flow_id, project_id, context):
    update_flow_project(context, flow_id, project_id)


def die_after(world, operation, request, times=1):
    """Make a request whose process dies after so many calls of an operation, before it reads the response."""
    faulty, client = world.interfered()

    def die(send):
        send()
        raise RuntimeError("killed")

    for _ in range(1, times):
        client.alter(operation, lambda send: send())

    client.alter(operation, die)
    with pytest.raises(RuntimeError, match="killed"):
        request(faulty.context)
