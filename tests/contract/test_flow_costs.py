"""The reads of lists of flows: they follow the groups and the rows of the page, not the stored versions."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from domain.ids import RANDOM_BITS, time_ordered_id
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from storage.layout.attributes import instant, number, text
from storage.layout.keys import FLOW, flow_order, key
from tests.contract.factories import START, World

pytestmark = pytest.mark.dynoxide_only

GROUPS = 4
FEW, MANY = 20, 1_101
NEWEST = [{"name": "asc"}, {"version": "desc"}]
SHOWN = Need({"id", "name", "version", "created"}, {"project": Need({"name"})})
TASKS = [{"slug": "a", "name": "a"}]


def archive_many(world: World, flow_id: str, count: int) -> None:
    """Put archived versions of a flow, each registered an hour after the one before; the flow is the newest.

    The newest of them have tasks.
    """
    items = {item["sk"]["S"]: item for item in world.partition_of(f"#flow#{flow_id}")}
    head, tasks = items[FLOW], items["tasks"]
    (group,) = world.partition_of(f"#group#{head['group_id']['S']}")
    put = [group | {"version": number(count + 1)}]
    for version in range(1, count + 2):
        created = START - timedelta(hours=count + 1 - version)
        newest = version > count
        identifier = flow_id if newest else time_ordered_id(created, random.getrandbits(RANDOM_BITS))
        pk = f"{world.tenant_id}#flow#{identifier}"
        own = {
            "order": text(flow_order(head["name"]["S"], version)),
            "version": number(version),
            "archived": {"BOOL": not newest},
            "created": instant(created),
        }
        put.append(head | key(pk, FLOW) | own)
        if version > count - FEW:
            put.append(tasks | key(pk, "tasks"))
    requests = [{"PutRequest": {"Item": item}} for item in put]
    for start in range(0, len(requests), 25):
        world.client.batch_write_item(RequestItems={world.table_name: requests[start : start + 25]})


def fill(world: World, count: int) -> dict[str, str]:
    """Store flows in one project, each with so many archived versions. Return what the queries name."""
    project_id = world.project("P")
    flows = [
        world.register({"name": f"Flow {number}", "tasks": TASKS}, project_id=project_id)
        for number in range(GROUPS)
    ]
    archive_many(world, flows[0], count)
    archive_many(world, flows[1], FEW)
    (flow,) = world.store.flows.get(flows[:1])
    return {"project": project_id, "group": flow.flow_group_id, "version group": flow.version_group_id}


def named(name: str | None = None, project: str | None = None, version: int | None = None) -> dict[str, Any]:
    """Return the filter of the command line of all releases of Prefect Core."""
    of = {"name": {"_eq": name}, "version": {"_eq": version}, "project": {"name": {"_eq": project}}}
    return {"_and": [of]}


def listed(entity: str, arguments: Arguments, need: Need, context: Context) -> list[Any]:
    return list_rows(context, entity, arguments, need)


def counted_flows(where: dict[str, Any], context: Context) -> int:
    return aggregate_rows(context, "flow", Arguments(where=where), Need()).count()


def counted_names(where: dict[str, Any], context: Context) -> int:
    return aggregate_rows(context, "flow", Arguments(where=where, distinct_on=["name"]), Need()).count()


def ends_of_flows(where: dict[str, Any], context: Context) -> tuple[int, int]:
    found = aggregate_rows(context, "flow", Arguments(where=where), Need({"version"}))
    return found.smallest("version"), found.largest("version")


def queries(known: dict[str, str]) -> dict[str, Callable[[Context], Any]]:
    flows = partial(partial, listed, "flow")
    of_group = {"flow_group_id": {"_eq": known["group"]}}
    by_version: dict[str, Any] = {"order_by": [{"version": "desc"}], "limit": 1}
    current = {"archived": {"_eq": False}}
    distinct: dict[str, Any] = {"order_by": NEWEST, "distinct_on": ["name"]}
    count = Need({"id"}, {})
    counted = partial(partial, counted_flows)
    task = Need({"name", "created", "mapped", "type"}, {"flow": Need({"name", "version"})})
    newest_tasks: dict[str, Any] = {"order_by": [{"created": "desc"}], "limit": 10}
    return {
        "get flows": flows(Arguments(where=named(), **distinct, limit=10), SHOWN),
        "get flows -n": flows(Arguments(where=named("Flow 0"), **distinct, limit=10), SHOWN),
        "get flows -p": flows(Arguments(where=named(project="P"), **distinct, limit=10), SHOWN),
        "get flows -v": flows(Arguments(where=named(version=3), **distinct, limit=10), SHOWN),
        "get flows --all-versions": flows(Arguments(where=named(), order_by=NEWEST, limit=10), SHOWN),
        "describe flows -n": flows(Arguments(where=named("Flow 0"), **distinct), SHOWN),
        "describe flows -n -p": flows(Arguments(where=named("Flow 0", "P"), **distinct), SHOWN),
        "get projects": flows(
            Arguments(where={"project_id": {"_eq": known["project"]}}, distinct_on=["name"]), count
        ),
        "get tasks": partial(
            listed,
            "task",
            Arguments(where={"_and": [{"name": {"_eq": None}, "flow": named()}]}, **newest_tasks),
            task,
        ),
        "get tasks of current": partial(
            listed, "task", Arguments(where={"flow": current}, **newest_tasks), task
        ),
        "register": flows(
            Arguments(
                where={"name": {"_eq": "Flow 0"}, "project": {"id": {"_eq": known["project"]}}}, **by_version
            ),
            SHOWN,
        ),
        "newest of group": flows(Arguments(where=of_group, **by_version), SHOWN),
        "page of group": flows(
            Arguments(where=of_group, order_by=[{"version": "desc"}], limit=5, offset=5), SHOWN
        ),
        "newest registered of group": flows(
            Arguments(where=of_group, order_by=[{"created": "desc"}], limit=1), SHOWN
        ),
        "newest of version group": flows(
            Arguments(where={"version_group_id": {"_eq": known["version group"]}}, **by_version), SHOWN
        ),
        "current": flows(Arguments(where=current), SHOWN),
        "current of version group": flows(
            Arguments(where={**current, "version_group_id": {"_eq": known["version group"]}}), SHOWN
        ),
        "current by name": flows(Arguments(where={**current, "name": {"_eq": "Flow 0"}}), SHOWN),
        "current of project": flows(Arguments(where={**current, "project": {"name": {"_eq": "P"}}}), SHOWN),
        "highest versions": flows(Arguments(order_by=[{"version": "desc"}], limit=3), SHOWN),
        "archived page": flows(Arguments(where={"archived": {"_eq": True}}, limit=5), SHOWN),
        "by registration": flows(Arguments(order_by=[{"created": "desc"}], limit=5), SHOWN),
        "edges of current": partial(listed, "edge", Arguments(where={"flow": current}), Need({"id"})),
        "count": counted({}),
        "count of current": counted(current),
        "count of names": partial(counted_names, {"project_id": {"_eq": known["project"]}}),
        "count of archived": counted({"archived": {"_eq": True}}),
        "count of project": counted({"project_id": {"_eq": known["project"]}}),
        "count of group": counted(of_group),
        "last version of group": partial(ends_of_flows, of_group),
        "count by name": counted({"name": {"_eq": "Flow 0"}}),
    }


def costs(world: World, count: int) -> dict[str, tuple[int, float]]:
    """Return the calls and the read units of each query."""
    found = {}
    for name, query in queries(fill(world, count)).items():
        metered, consumed = world.metered()
        query(metered.context)
        found[name] = consumed.calls.total(), consumed.read_units
    return found


def test_reads_of_flows_do_not_follow_the_number_of_versions(world):
    assert costs(world.neighbour(), MANY) == costs(world, FEW)
