"""Runs are found by an idempotency key and the name of their flow, whatever versions and projects have it."""

import random
from datetime import timedelta
from typing import Any

import pytest

from domain.flow_runs.idempotency import CLIENT_KEY_LIFETIME
from domain.flows.flow_keys import FlowSpan
from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import known_keys
from operations.reads.query import list_rows
from operations.reads.rows import Need
from tests.contract.stored_runs import Copies
from tests.examples import examples

KEYS = ["a", "b"]


def by_key(key, project_id=None):
    """Return the filter on runs of the flows that are called One."""
    project = {"project_id": {"_eq": project_id}} if project_id else {}
    return {"idempotency_key": {"_eq": key}, "flow": {"name": {"_eq": "One"}, **project}}


def listed(world, where, **arguments):
    order = [{"created": "desc"}] if "limit" in arguments else []
    rows = list_rows(world.context, "flow_run", Arguments(where=where, order_by=order, **arguments), Need())
    return [row.value.id for row in rows]


def forget_keys(world):
    """Delete the keys that have expired, as the database does some time after."""
    for item in world.items():
        if item["sk"]["S"] == "key" and int(item["expires"]["N"]) <= world.clock.time.timestamp():
            world.table.delete(Key={name: item[name] for name in ("pk", "sk")})


def is_planned_by_key(world):
    return any("by idempotency key" in plan for plan in world.context.plans)


@pytest.mark.parametrize("seed", range(examples(6)))
def test_runs_of_a_key_and_a_name_are_those_of_all_versions(world, seed):
    dice = random.Random(seed)  # noqa: S311
    projects = [world.project() for _ in range(2)]
    flows: list[Any] = []
    runs: list[Any] = []
    for _ in range(25):
        if not flows or dice.random() < 0.2:
            name, project_id = dice.choice(["One", "One", "Other"]), dice.choice(projects)
            flow_id = world.register({"name": name}, project_id=project_id)
            flows = [flow for flow in flows if flow[1:] != (name, project_id)]
            flows.append((flow_id, name, project_id))
        else:
            flow = dice.choice(flows)
            key = dice.choice([*KEYS, None])
            run_id = world.create(flow[0], **({"idempotency_key": key} if key else {}))
            if run_id not in [run[0] for run in runs]:
                runs.append((run_id, key, *flow[1:]))
        world.clock.advance(**dice.choice([{"minutes": 7}, {"hours": 9}, {"hours": 25}]))
        if dice.random() < 0.5:
            forget_keys(world)
        key, project_id = dice.choice(KEYS), dice.choice([None, *projects])
        where = by_key(key, project_id)
        own = [run for run in runs if run[1:3] == (key, "One") and project_id in (None, run[3])]
        right = sorted((run[0] for run in own), reverse=True)
        assert sorted(listed(world, where), reverse=True) == right
        for limit in (1, 2):
            assert listed(world, where, limit=limit) == right[:limit]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("versions", [1, 3])
@pytest.mark.parametrize("is_in_project", [True, False])
def test_cost_by_name_does_not_follow_the_runs_of_the_flow(world, versions, is_in_project):
    project_id = world.project()
    for _ in range(versions):
        flow_id = world.register({"name": "One", "tasks": []}, project_id=project_id)
        world.clock.advance(minutes=1)
        ended = world.create(flow_id)
    copies = Copies(world)
    for _ in range(300):
        world.clock.advance(seconds=1)
        copies.add(ended, world.clock.time)
    copies.write()
    run_id = world.create(flow_id, idempotency_key="key")
    where = by_key("key", project_id if is_in_project else None)

    metered, consumed = world.metered()

    assert listed(metered, where, limit=1) == [run_id]
    assert is_planned_by_key(metered)
    assert consumed.read_units <= 5


def test_key_of_too_many_versions_is_looked_for_among_the_runs(world, monkeypatch):
    monkeypatch.setattr(known_keys, "MAX_VERSIONS", 2)
    project_id, found = world.project(), []
    where = by_key("key")
    for number in range(3):
        flow_id = world.register({"name": "One"}, project_id=project_id)
        found.append(world.create(flow_id, idempotency_key="key"))
        world.clock.advance(minutes=1)
        world.context.plans.clear()
        assert listed(world, where) == found[::-1]
        assert is_planned_by_key(world) is (number < 2)


def test_key_that_may_have_been_forgotten_in_a_newer_version_is_looked_for_among_the_runs(world):
    project_id = world.project()
    old = world.register({"name": "One"}, project_id=project_id)
    first = world.create(old, idempotency_key="key")
    world.clock.advance(hours=1)
    newer = world.create(world.register({"name": "One"}, project_id=project_id), idempotency_key="key")
    world.clock.advance(hours=22)
    assert world.create(old, idempotency_key="key") == first  # which keeps the key for another day
    world.clock.time += CLIENT_KEY_LIFETIME - timedelta(hours=1)
    forget_keys(world)
    where = by_key("key")

    assert listed(world, where, limit=1) == [newer]
    assert listed(world, where) == [newer, first]


def test_flows_of_a_name_that_is_longer_than_any_key_of_the_database_are_not_asked_for(world):
    project_id = world.project()
    world.register({"name": "One"}, project_id=project_id)
    metered, consumed = world.metered()
    lists, names = metered.store.flow_lists, ["x" * 3000]

    assert metered.store.flow_lists.group_ids([project_id], names, 5) == []
    assert lists.members([project_id], names) == []
    assert list(lists.keys([FlowSpan(None, names[0])], descending=True)) == []
    assert consumed.calls.total() == 0
