"""Helpers that the tests of concurrency limits share."""

from collections import Counter

from domain.concurrency.limits import LimitKind
from domain.flow_runs.states import KIND_OF, Kind, parse_state
from domain.ids import member_id
from operations.concurrency.limits import update_limit
from operations.flow_runs.reading import get_flow_run
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state

FLOW = {"name": "Flow", "tasks": [{"slug": "one-1"}, {"slug": "two-1"}]}


def limit_label(world, name, limit):
    return update_limit(world.context, LimitKind.LABEL, name, limit, what="name")


def limit_tag(world, name, limit):
    return update_limit(world.context, LimitKind.TAG, name, limit, what="tag")


def slots(world):
    """Return the number of taken slots of each limit, by name, after a check that Running runs hold them."""
    return {name: used for (_, name), used in slots_by_kind(world).items()}


def slots_by_kind(world):
    """Return the number of taken slots of each limit, by kind and name, after the same check."""
    items = world.items()
    limits = [item for item in items if item["sk"]["S"] == "limit"]
    holders = [item for item in items if "L" in item.get("slots", {})]
    for item in holders:
        assert KIND_OF[item["state"]["S"]] is Kind.RUNNING, item["state"]
    held = Counter(slot["S"] for item in holders for slot in item["slots"]["L"])
    assert held == Counter({item["pk"]["S"]: int(item["used"]["N"]) for item in limits})
    return {(item["pk"]["S"].split("#")[-2], item["name"]["S"]): int(item["used"]["N"]) for item in limits}


def states(world, run_ids):
    return Counter(world.run(run_id).state.type for run_id in run_ids)


def task_run(world, flow_run_id, number=1, map_index=-1):
    task_id = member_id(get_flow_run(world.context, flow_run_id).flow_id, number)
    return get_or_create_task_run(world.context, flow_run_id, task_id, map_index)


def set_task(world, task_run_id, kind, *tags, version=None, **more):
    data = {"type": kind, **({"context": {"tags": list(tags)}} if tags else {}), **more}
    return set_task_run_state(world.context, task_run_id, version, parse_state(data))
