"""The move of waiting runs from the queue of earlier releases to the queue of today, without a loss."""

from datetime import timedelta

import pytest

from domain.flow_runs.states import parse_state
from domain.ids import member_id
from operations.flow_runs.states import set_flow_run_labels
from operations.queue.polling import get_runs_in_queue
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state
from storage.layout.attributes import instant_order
from storage.layout.keys import Keys
from storage.migrations.waiting import move_waiting
from storage.queue.former_queue import former_queues, move
from tests.contract.factories import SHARDS, START

LATER = START + timedelta(days=1)


def in_order(world, *labels, before=None):
    return get_runs_in_queue(world.context, before, list(labels))


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow", "tasks": [{"slug": "one-1"}, {"slug": "two-1"}]})


@pytest.fixture
def keys(world):
    return Keys(world.tenant_id, SHARDS)


@pytest.fixture
def age(world, keys):
    """List an item as an earlier release did: by start time, with the text that may follow the time."""

    def put_back(run_id, due, sk="run", behind=""):
        item = {name: value for name, value in world.item(run_id, sk).items() if name != "planned_shard"}
        item["status_shard"] = {"S": former_queues(keys)[keys.shard_of(run_id)]}
        item["status_order"] = {"S": f"{instant_order(due)}{behind}"}
        world.client.put_item(TableName=world.table_name, Item=item)
        return item

    return put_back


def move_everything(world, keys, most=2):
    piece = move_waiting(world.table, keys, None, world.clock(), most)
    while piece.after is not None:
        assert not piece.faults
        piece = move_waiting(world.table, keys, piece.after, world.clock(), most)


def without_touch(items):
    return {
        (item["pk"]["S"], item["sk"]["S"]): {name: item[name] for name in item.keys() - {"touched"}}
        for item in items
    }


@pytest.fixture
def aged(world, flow_id, age):
    """Return runs in every waiting state, as this release stores them, and the ids of the runs."""
    runs = [world.create(flow_id, labels=labels) for labels in ([], ["a"], ["a", "b"])]
    planned = world.create(flow_id, scheduled_start_time=LATER, labels=["a"])
    running = world.create(flow_id, labels=["c"])
    world.set(running, "Running")
    states = {1: {"type": "Retrying"}, 2: {"type": "Queued", "start_time": LATER.isoformat()}}
    for number, state in states.items():
        task_id = member_id(flow_id, number)
        found = get_or_create_task_run(world.context, running, task_id, -1)
        set_task_run_state(world.context, found.id, None, parse_state(state))
    before = without_touch(world.items())
    for run_id, behind in zip(runs, ("", "#*", "#ca97"), strict=True):
        age(run_id, START, behind=behind)
    age(planned, LATER, behind="#ca97")
    age(running, START, "task#0001", "#*")
    age(running, LATER, "task#0002")
    world.client.delete_item(TableName=world.table_name, Key=marker_key(world, running))
    return before, runs, planned, running


def marker_key(world, run_id):
    item = world.item(run_id, "waiting")
    return {"pk": item["pk"], "sk": item["sk"]}


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("most", [1, 100])
def test_moved_entries_are_as_this_release_writes_them(world, keys, aged, most):
    before, runs, planned, running = aged
    assert in_order(world) == in_order(world, "a", "b", "c") == []

    move_everything(world, keys, most)

    assert without_touch(world.items()) == before
    assert in_order(world) == runs[:1]
    assert sorted(in_order(world, "a", "b", "c")) == sorted([*runs[1:], running])
    lists = world.store.run_lists
    assert list(lists.ids(lists.planned(), descending=False)) == [planned]


@pytest.mark.dynoxide_only
def test_repeated_move_changes_nothing(world, keys, aged):
    move_everything(world, keys)
    once = world.items()

    move_everything(world, keys)

    assert world.items() == once


def test_run_that_changes_during_the_move_is_listed_as_changed(world, keys, flow_id, age):
    taken, relabelled, gone = (world.create(flow_id, labels=["a"]) for _ in range(3))
    read = [age(run_id, START, behind="#*") for run_id in (taken, relabelled, gone)]
    world.set(taken, "Submitted", 1)
    set_flow_run_labels(world.context, relabelled, ["b"])
    world.store.flow_runs.delete(gone)

    for item in read:
        move(world.table, keys, world.clock(), item)

    assert world.listed("live") == [taken]
    assert not world.exists(gone)
    assert in_order(world, "b") == [relabelled]
    assert in_order(world, "a") == []


def test_run_in_the_former_queue_can_be_taken_changed_and_deleted(world, flow_id, age):
    taken, planned, deleted = (world.create(flow_id) for _ in range(3))
    for run_id in (taken, planned, deleted):
        age(run_id, START)

    world.set(taken, "Submitted", 1)
    world.set(planned, {"type": "Scheduled", "start_time": LATER.isoformat()}, 1)
    world.store.flow_runs.delete(deleted)

    assert in_order(world) == []
    assert in_order(world, before=LATER) == [planned]
    assert world.listed("live") == [taken]
