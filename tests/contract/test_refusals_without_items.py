"""Refusals that do not bring the items that refused, as those of some emulators: the items are read."""

import pytest

from domain.errors import VersionLockingError
from domain.flow_runs.states import State
from domain.ids import member_id
from operations.flows.projects import create_project
from operations.task_runs.task_runs import set_task_run_state
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from tests.contract.clients import Interfered, Terse

ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
PRESENT = {"ConditionExpression": "attribute_exists(pk)"}

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def terse(world):
    """A world with the same tenant whose refusals bring no items, and its client, which counts calls."""
    client = Interfered(Terse(world.client))
    return world.through(client), client


def key(world, name):
    return {"pk": {"S": f"{world.tenant_id}#{name}"}, "sk": {"S": "item"}}


def refused(write):
    with pytest.raises(Refused) as raised:
        write()
    return raised.value


def test_item_of_a_refused_write_is_read_when_it_is_asked_for(world, terse):
    _, client = terse
    there, missing = {**key(world, "there"), "a": {"N": "1"}}, key(world, "missing")
    table = Table(client, world.table_name)
    table.put(Item=there)
    client.calls.clear()

    by_existing = refused(lambda: table.put(Item=key(world, "there"), **ABSENT))
    by_missing = refused(lambda: table.delete(Key=missing, **PRESENT))
    assert client.calls == ["put_item", "delete_item"]

    assert by_existing.items == by_existing.items == (there,)
    assert by_missing.items == ({},)
    assert client.calls[2:] == ["get_item"] * 2


def test_items_of_a_refused_transaction_are_read_for_conditions_that_failed(world, terse):
    _, client = terse
    there, missing, free = (key(world, name) for name in ("there", "missing", "free"))
    table = Table(client, world.table_name)
    table.put(Item=there)
    client.calls.clear()

    found = refused(
        lambda: table.transact(
            [
                {"Put": {"Item": free, **ABSENT}},
                {"Put": {"Item": there, **ABSENT}},
                {"ConditionCheck": {"Key": missing, **PRESENT}},
            ]
        )
    )

    assert found.items == (None, there, {})
    assert client.calls == ["transact_write_items", "get_item", "get_item"]


def test_item_that_a_refusal_brings_is_not_read(world):
    client = Interfered(world.client)
    table = Table(client, world.table_name)
    table.put(Item=key(world, "there"))

    assert refused(lambda: table.put(Item=key(world, "there"), **ABSENT)).items == (key(world, "there"),)
    assert client.calls == ["put_item"] * 2


def test_lost_race_for_a_version_says_where_the_run_is(world, terse):
    faulty, _ = terse
    run_id = world.new_run()
    world.set(run_id, "Submitted", 1)

    with pytest.raises(VersionLockingError) as raised:
        faulty.set(run_id, "Running", 1)

    assert raised.value.extensions["current_version"] == 2


@pytest.mark.parametrize("version", [None, 1])
def test_first_state_of_a_task_run_is_known_again_after_a_lost_response(world, terse, version):
    faulty, client = terse
    run_id = world.create(world.register({"name": "Flow", "tasks": [{"slug": "a-1"}]}))
    world.set(run_id, "Running")
    task_run_id = member_id(run_id, 1)
    client.lose_responses("put_item", 2)

    task_run = set_task_run_state(faulty.context, task_run_id, version, State({"type": "Running"}))

    assert client.all_happened()
    assert (task_run.version, task_run.state.type) == (2, "Running")


def test_taken_name_is_told_and_an_own_name_is_known_again(terse):
    faulty, client = terse
    client.lose_responses("transact_write_items")

    project_id = create_project(faulty.context, name="Once")

    assert [project.id for project in faulty.store.projects.all()] == [project_id]


def test_key_that_is_gone_when_it_is_read_is_free(world, terse):
    faulty, client = terse
    flow_id = world.register()
    others = []

    def lose_the_key(send):
        others.append(world.create(flow_id, idempotency_key="k"))
        client.alter("get_item", lambda read: (delete_key(world), read())[1])
        send()

    client.alter("transact_write_items", lose_the_key)

    run_id = faulty.create(flow_id, idempotency_key="k")

    assert client.all_happened()
    assert run_id not in others
    assert [item["run_id"]["S"] for item in world.items("key")] == [run_id]


def delete_key(world):
    (item,) = world.items("key")
    world.table.delete(Key={"pk": item["pk"], "sk": item["sk"]})
