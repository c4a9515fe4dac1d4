"""The deletion of a flow run with everything that belongs to it, interrupted or not."""

from contextlib import suppress
from functools import partial
from itertools import count

import pytest

from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.flow_runs.states import State
from domain.ids import member_id
from operations.flow_runs.deleting import continue_deletion, delete_flow_run
from operations.flow_runs.states import update_heartbeat
from operations.queue.polling import get_runs_in_queue
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import (
    get_or_create_task_run,
    set_task_run_state,
    update_task_run_heartbeat,
)
from storage.flow_runs import run_deletion
from storage.task_runs import mapped_children
from tests.contract.factories import at_once, incompressible, log_entry
from tests.contract.limits import limit_label, limit_tag, slots
from tests.contract.mortals import Killed, interrupted, mortal

TASKS = {"name": "Flow", "tasks": [{"slug": f"{name}-1", "name": name} for name in "abc"]}


@pytest.fixture
def flow_id(world):
    return world.register(TASKS)


@pytest.fixture
def run_id(world, flow_id):
    return world.create(flow_id)


def child(world, run_id, index, number=1):
    task_id = member_id(world.run(run_id).flow_id, number)
    return get_or_create_task_run(world.context, run_id, task_id, index).id


def set_task(world, task_run_id, state_type, **more):
    return set_task_run_state(world.context, task_run_id, None, State({"type": state_type, **more}))


def fill(world, run_id):
    """Give a run one item of every kind that can belong to it."""
    world.set(run_id, {"type": "Running", "message": incompressible(2_000)})
    for _ in range(20):
        world.set(run_id, "Running")
    for index in range(3):
        set_task(world, child(world, run_id, index), "Success", message=incompressible(2_000))
    child(world, run_id, 40, number=2)
    set_task(world, member_id(run_id, 3), "Running")
    create_task_run_artifact(world.context, member_id(run_id, 3), "link", {"link": "https://example.com"})
    write_logs(world.context, [log_entry(run_id, 100 * n) for n in range(3)])
    update_heartbeat(world.context, run_id)
    update_task_run_heartbeat(world.context, member_id(run_id, 3))


def notes(world, run_id):
    """Return the sort keys of the notes of a run's mapped children."""
    keys = [item["sk"]["S"] for item in world.partition(run_id)]
    return [key for key in keys if key.startswith("children#")]


def without_follow_up(world, run_id):
    return [item for item in world.partition(run_id) if item["sk"]["S"] != "follow-up"]


def limited(steps):
    """Return a `has_time` that returns True a number of times."""
    left = iter(range(steps))
    return lambda: next(left, None) is not None


class TestNothingIsLeft:
    @pytest.mark.dynoxide_only
    def test_deleted_run_leaves_only_what_late_writes_need_and_then_nothing(self, world, flow_id):
        before = world.items()
        run_id = world.create(flow_id, parameters={"x": incompressible(1_000)})
        fill(world, run_id)

        assert delete_flow_run(world.context, run_id)

        left = {item["sk"]["S"] for item in world.items() if item not in before}
        assert left == {"follow-up", "children#0001#00000", "children#0002#00000", "map"}
        assert [item["map_index"]["N"] for item in world.items("map")] == ["40"]
        assert not world.exists(run_id)
        world.finish_deletions()
        assert world.items() == before
        assert not delete_flow_run(world.context, run_id)
        assert world.items() == before

    @pytest.mark.dynoxide_only
    def test_deleted_run_of_many_pages_leaves_nothing(self, world, flow_id, monkeypatch):
        monkeypatch.setattr(run_deletion, "_PAGE", 3)
        monkeypatch.setattr(mapped_children, "_AT_A_TIME", 1)
        before = world.items()
        run_id = world.create(flow_id)
        fill(world, run_id)

        delete_flow_run(world.context, run_id)
        world.finish_deletions()

        assert world.items() == before

    def test_deletion_of_an_unknown_run_writes_nothing(self, world, run_id):
        unknown = f"{run_id[:-12]}ffffffff0000"
        before = world.items()

        assert not delete_flow_run(world.context, unknown)

        assert world.items() == before

    @pytest.mark.dynoxide_only
    def test_second_deletion_deletes_what_an_earlier_release_left(self, world, flow_id):
        before = world.items()
        run_id = world.create(flow_id)
        fill(world, run_id)
        run = world.item(run_id)
        world.table.delete(Key={"pk": run["pk"], "sk": run["sk"]})

        assert not delete_flow_run(world.context, run_id)

        left = {item["sk"]["S"] for item in world.items() if item not in before}
        assert left == {"children#0001#00000", "children#0002#00000", "map"}
        # The migration of older data marks the runs that it finds.
        world.store.follow_ups.put(run_id, world.clock(), deletes=True)
        world.finish_deletions()
        assert world.items() == before


class TestUnfinishedRun:
    @pytest.mark.parametrize("state", ["Scheduled", "Retrying", "Queued", "Submitted", "Running"])
    @pytest.mark.parametrize("dies_at", range(2, 12))
    def test_half_deleted_run_is_not_started_by_an_agent(self, world, flow_id, state, dies_at):
        run_id = world.create(flow_id, parameters={"x": incompressible(1_000)})
        set_task(world, member_id(run_id, 1), "Success")
        version = world.set(run_id, state).version
        parts = len(without_follow_up(world, run_id))
        dying, _ = mortal(world, dies_at)
        with suppress(Killed):
            delete_flow_run(dying.context, run_id)

        if len(without_follow_up(world, run_id)) < parts:
            assert get_runs_in_queue(world.context, None, []) == []
            with pytest.raises((VersionLockingError, NotFound)):
                world.set(run_id, "Submitted", version)

    def test_run_that_an_agent_just_took_is_cancelled_and_deleted(self, world, flow_id):
        run_id = world.create(flow_id)
        other, client = world.interfered()

        def after_the_claim(send):
            world.set(run_id, "Submitted", 1)
            return send()

        client.alter("update_item", lambda send: send())
        client.alter("update_item", after_the_claim)
        assert delete_flow_run(other.context, run_id)

        assert client.all_happened()
        assert not world.exists(run_id)


class TestMappedChildren:
    @pytest.mark.dynoxide_only
    def test_hundred_mapped_children_cost_one_note(self, world, run_id):
        counted, client = world.interfered()
        task_id = member_id(world.run(run_id).flow_id, 1)

        for index in range(250):
            get_or_create_task_run(counted.context, run_id, task_id, index)

        assert client.calls.count("put_item") == 250 + 3
        assert client.calls.count("batch_get_item") == 250
        assert notes(world, run_id) == [f"children#0001#0000{block}" for block in range(3)]

    def test_concurrently_found_children_are_all_noted(self, world, run_id):
        at_once(*[partial(child, world, run_id, index) for index in (0, 900, 3, 177, 1, 9_999_999)])

        noted = [note.rpartition("#")[2] for note in notes(world, run_id)]
        assert noted == ["00000", "00001", "00009", "1869f"]

    @pytest.mark.parametrize(
        ("indices", "blocks"),
        [((9_999_999,), 1), ((1_000_000, 17, 512), 3), (range(330), 4), (range(0, 9_000_000, 999_999), 10)],
        ids=["one high index", "some far apart", "many side by side", "many far apart"],
    )
    def test_deletion_costs_the_noted_blocks_at_any_index(self, world, flow_id, indices, blocks, request):
        before = world.items()
        run_id = world.create(flow_id)
        for index in indices:
            child(world, run_id, index)
        metered, consumption = world.metered()

        assert delete_flow_run(metered.context, run_id)
        at_request = consumption.read_units
        assert continue_deletion(metered.context, run_id)

        assert consumption.calls["batch_get_item"] == blocks
        if "moto" not in request.node.name:  # it says one unit of every call
            assert at_request <= 6
            assert consumption.read_units <= at_request + 100 * blocks + 6
        world.finish_deletions()
        assert world.items() == before

    def test_late_pointer_is_deleted_with_the_follow_up(self, world, flow_id):
        before = world.items()
        run_id = world.create(flow_id)
        late, client = world.interfered()
        client.alter("put_item", lambda send: (delete_flow_run(world.context, run_id), send()))

        child(late, run_id, 7)

        assert len(world.items("map")) == 1
        world.finish_deletions()
        assert world.items() == before

    def test_interrupted_deletion_of_pointers_continues_where_it_stopped(self, world, flow_id, monkeypatch):
        monkeypatch.setattr(mapped_children, "_AT_A_TIME", 2)
        before = world.items()
        run_id = world.create(flow_id)
        for block in range(7):
            child(world, run_id, 100 * block + 30)
        delete_flow_run(world.context, run_id)

        assert not world.store.mapped_children.forget(run_id, limited(2))

        assert [note[-1] for note in notes(world, run_id)] == ["4", "5", "6"]
        assert len(world.items("map")) == 3
        assert not continue_deletion(world.context, run_id, limited(2))
        assert [note[-1] for note in notes(world, run_id)] == ["6"]
        world.finish_deletions()
        assert world.items() == before


class TestInterrupted:
    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("unheard", [False, True], ids=["before a call", "after a call"])
    def test_killed_deletion_is_finished_by_recovery(self, world, flow_id, unheard):
        limit_label(world, "gpu", 1)
        limit_tag(world, "db", 1)
        before = world.items()

        for number in count(1):
            run_id = world.create(flow_id, labels=["gpu"])
            world.set(run_id, "Running")
            set_task(world, child(world, run_id, 2), "Running", context={"tags": ["db"]})
            if not interrupted(world, partial(delete, run_id=run_id), number, unheard=unheard):
                break
            world.finish_deletions()
            if world.exists(run_id):  # killed before anything was noted
                assert number <= 2
                delete_flow_run(world.context, run_id)
                world.finish_deletions()
            assert (number, world.items()) == (number, before)

    @pytest.mark.dynoxide_only
    def test_recovery_continues_a_deletion_as_far_as_time_allows(self, world, run_id):
        fill(world, run_id)
        world.store.follow_ups.put(run_id, world.clock(), deletes=True)

        tries = count(1)
        while not continue_deletion(world.context, run_id, limited(next(tries) // 2)):
            assert world.store.follow_ups.get([run_id])
        assert [item["sk"]["S"] for item in world.partition(run_id)] == ["follow-up"]


class TestConcurrentWriters:
    @pytest.mark.dynoxide_only
    def test_writers_during_a_deletion_leave_nothing(self, world, flow_id):
        limit_tag(world, "db", 100)
        before = world.items()
        run_id = world.create(flow_id)
        fill(world, run_id)

        def write(act):
            for index in range(12):
                try:
                    act(index)
                except (NotFound, BadUserInput):
                    return

        def run_child(index):
            child_id = child(world, run_id, index + 3, number=1 + index % 2)
            set_task(world, child_id, "Running", context={"tags": ["db"]})
            set_task(world, child_id, "Success")

        calls = [
            run_child,
            lambda index: child(world, run_id, 50 + index),
            lambda index: set_task(world, member_id(run_id, 1 + index % 3), "Retrying"),
            lambda index: create_task_run_artifact(world.context, member_id(run_id, 2), "x", index),
            lambda index: write_logs(world.context, [log_entry(run_id, index, f"line {index}")]),
            lambda _: update_heartbeat(world.context, run_id),
            lambda index: world.set(run_id, {"type": "Running", "message": incompressible(900, index)}),
        ]

        at_once(*[partial(write, call) for call in calls], lambda: delete_flow_run(world.context, run_id))

        world.finish_deletions()
        assert [item for item in world.items() if item not in before] == []
        assert slots(world) == {"db": 0}


def delete(world, run_id):
    return delete_flow_run(world.context, run_id)
