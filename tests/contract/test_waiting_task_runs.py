"""Running runs with waiting task runs: one entry each, kept through crashes, and met in vain only once."""

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from domain.errors import ApiError, VersionLockingError
from domain.flow_runs.states import parse_state
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from domain.task_runs.task_runs import Address, TaskRunChange
from operations.flow_runs.states import set_flow_run_labels
from operations.queue.polling import get_runs_in_queue
from operations.recovery.tick import Bounds, tick
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state
from storage.layout.keys import Keys
from tests.contract.clients import client_error
from tests.contract.factories import SHARDS, START, at_once


def in_order(world, *labels, before=None):
    return get_runs_in_queue(world.context, before, list(labels))


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow", "tasks": [{"slug": "one-1"}, {"slug": "two-1"}]})


@pytest.fixture
def running(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    return run_id


def task(world, run_id, state, number=1, map_index=-1, version=None):
    task_id = member_id(world.run(run_id).flow_id, number)
    found = get_or_create_task_run(world.context, run_id, task_id, map_index)
    data = {"type": state} if isinstance(state, str) else state
    return set_task_run_state(world.context, found.id, version, parse_state(data))


def at(**span):
    return {"type": "Retrying", "start_time": (START + timedelta(**span)).isoformat()}


def marker(world, run_id):
    return world.store.waiting_markers.get([run_id]).get(run_id)


def calls(world, *labels):
    counted, client = world.interfered()
    found = in_order(counted, *labels)
    return found, client.calls


IDLE = ["query"] * SHARDS


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("state", ["Retrying", "Scheduled", "Resume", "Queued"])
@pytest.mark.parametrize("begun", [True, False])
def test_running_run_with_due_task_run_is_returned_by_a_poll(world, running, state, begun):
    if begun:
        task(world, running, "Running")
    assert in_order(world, "a") == []

    task(world, running, state)
    task(world, running, state, number=2)

    assert in_order(world, "a") == [running]
    assert in_order(world) == in_order(world, "b") == []
    assert in_order(world, "a", "b") == [running]


def test_running_run_is_returned_when_its_task_run_is_due(world, running):
    task(world, running, at(seconds=90))

    assert in_order(world, "a") == []
    assert in_order(world, "a", before=START + timedelta(seconds=90)) == [running]
    world.clock.advance(seconds=89)
    assert calls(world, "a") == ([], IDLE)
    world.clock.advance(seconds=1)
    assert in_order(world, "a") == [running]


def test_paused_task_run_is_no_reason_to_return_its_run(world, running):
    task(world, running, "Paused")

    assert calls(world, "a") == ([], IDLE)
    assert marker(world, running) is None


def test_marker_moves_to_the_next_task_run_when_the_first_is_taken(world, running):
    task(world, running, at(seconds=0))
    task(world, running, at(hours=1), number=2)
    assert in_order(world, "a") == [running]
    task(world, running, "Submitted")

    # A request may be about to write another task run, for which it found the marker good.
    assert in_order(world, "a") == []
    assert calls(world, "a") == ([], IDLE)
    world.clock.advance(minutes=2)
    assert in_order(world, "a") == []
    assert calls(world, "a") == ([], IDLE)
    assert marker(world, running).due == START + timedelta(hours=1)
    world.clock.advance(hours=1)
    assert in_order(world, "a") == [running]


def test_marker_moves_to_an_earlier_task_run(world, running):
    task(world, running, at(hours=1))
    task(world, running, at(minutes=1), number=2)

    world.clock.advance(minutes=1)

    assert in_order(world, "a") == [running]


def test_marker_is_removed_when_no_task_run_waits(world, running):
    task(world, running, "Retrying")
    task(world, running, "Success")

    assert in_order(world, "a") == []
    assert marker(world, running) is not None
    assert calls(world, "a") == ([], IDLE)
    world.clock.advance(minutes=2)
    assert in_order(world, "a") == []
    assert marker(world, running) is None


@pytest.mark.parametrize("state", ["Failed", "Success", "Cancelled"])
def test_ended_run_is_not_returned_and_loses_its_marker(world, running, state):
    task(world, running, "Retrying")
    world.set(running, state)

    assert in_order(world, "a") == []
    assert calls(world, "a") == ([], IDLE)
    world.clock.advance(minutes=2)
    assert in_order(world, "a") == []
    assert marker(world, running) is None


@pytest.mark.parametrize("state", ["Failed", "Aborted", "Success", "Paused", "Submitted"])
@pytest.mark.parametrize("by_way_of", [[], ["Scheduled", "Submitted"]], ids=str)
def test_run_that_continues_after_its_end_is_returned_again(world, running, state, by_way_of):
    task(world, running, "Retrying")
    world.set(running, state)
    for _ in range(20):
        in_order(world, "a")
        world.clock.advance(minutes=3)

    for later in [*by_way_of, "Running"]:
        world.set(running, later)

    assert in_order(world, "a") == [running]


def test_run_that_ended_before_it_ran_is_returned_when_running(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    task(world, run_id, "Scheduled")
    world.set(run_id, "Failed")
    for _ in range(3):
        in_order(world, "a")
        world.clock.advance(minutes=3)
    assert marker(world, run_id) is None

    world.set(run_id, "Running")

    assert in_order(world, "a") == [run_id]


@pytest.mark.dynoxide_only
def test_run_whose_task_run_waited_before_it_ran_is_returned_soon(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    task(world, run_id, "Scheduled")
    world.set(run_id, "Submitted")
    for _ in range(60):
        assert in_order(world, "a") == []
        world.clock.advance(minutes=1)
    world.set(run_id, "Running")

    world.clock.advance(minutes=10)

    assert in_order(world, "a") == [run_id]


def times_met(world, minutes=60):
    met = 0
    for _ in range(minutes):
        met += calls(world, "a")[1] != IDLE
        world.clock.advance(minutes=1)
    return met


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("state", ["Paused", "Submitted", "Cancelling", "Scheduled"])
def test_run_that_was_running_has_no_marker_while_it_waits(world, running, state):
    task(world, running, "Retrying")
    world.set(running, {"type": state, **({"start_time": "2041-01-01"} if state == "Scheduled" else {})})

    assert times_met(world) <= 3
    assert marker(world, running) is None


@pytest.mark.dynoxide_only
def test_marker_of_a_run_that_never_ran_is_met_less_and_less_often(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    task(world, run_id, "Scheduled")
    world.set(run_id, "Submitted")

    assert 5 <= times_met(world) <= 11


class TestLabels:
    def test_new_labels_of_a_run_move_its_marker(self, world, running):
        task(world, running, "Retrying")

        set_flow_run_labels(world.context, running, ["b"])

        assert calls(world, "a") == ([], IDLE)
        assert in_order(world, "b") == [running]

    def test_marker_moves_when_all_labels_are_removed(self, world, running):
        task(world, running, "Retrying")

        set_flow_run_labels(world.context, running, [])

        assert in_order(world) == [running]

    @pytest.mark.parametrize("mended_by", ["a poll", "a repeat", "another task run"])
    def test_marker_is_mended_after_an_interrupted_change_of_labels(self, world, running, mended_by, pauses):
        task(world, running, "Retrying")
        other, client = world.interfered()
        client.fail("batch_get_item", *[client_error("InternalServerError", status=500)] * 20)
        with pytest.raises(ApiError):
            set_flow_run_labels(other.context, running, ["b"])
        assert world.run(running).labels == ["b"]

        if mended_by == "a poll":
            assert in_order(world, "a") == []
        elif mended_by == "a repeat":
            set_flow_run_labels(world.context, running, ["b"])
        else:
            task(world, running, "Retrying", number=2)

        assert in_order(world, "b") == [running]
        assert calls(world, "a") == ([], IDLE)

    def test_labels_changed_while_a_task_run_begins_to_wait_are_seen(self, world, running):
        other, client = world.interfered()

        def before_the_marker(send):
            set_flow_run_labels(world.context, running, ["b"])
            return send()

        task(world, running, "Running")
        client.alter("put_item", before_the_marker)
        task(other, running, "Retrying")

        assert client.all_happened()
        assert in_order(world, "b") == [running]

    def test_marker_has_the_labels_of_the_last_of_concurrent_changes(self, world, running):
        task(world, running, "Retrying")

        labels = [f"l{number}" for number in range(6)]
        changes = [
            lambda label=label: set_flow_run_labels(world.context, running, [label]) for label in labels
        ]
        waits = [lambda n=n: task(world, running, "Retrying", 2, n) for n in range(3)]
        at_once(*changes, *waits)

        (label,) = world.run(running).labels
        assert in_order(world, label) == [running]


class TestRaces:
    def test_many_task_runs_that_begin_to_wait_at_once_are_one_entry(self, world, running):
        done = at_once(
            *(lambda n=n: task(world, running, at(seconds=n), map_index=n) for n in range(8, 0, -1))
        )

        assert {result.state.type for result in done} == {"Retrying"}
        assert marker(world, running).due == START + timedelta(seconds=1)

    def test_poll_does_not_remove_a_marker_that_was_put_since_its_read(self, world, running):
        task(world, running, "Retrying")
        task(world, running, "Success")
        world.clock.advance(minutes=5)
        poller, client = world.interfered()

        def after_it_waits(send):
            task(world, running, "Retrying", number=2)
            return send()

        client.alter("delete_item", after_it_waits)
        assert in_order(poller, "a") == []

        assert client.all_happened()
        assert in_order(world, "a") == [running]

    def test_marker_that_a_request_found_good_is_not_removed(self, world, running):
        # Given a marker without task run, which a request found good before a poll met it
        task(world, running, "Retrying")
        task(world, running, "Success")
        world.clock.advance(seconds=19)
        other, client = world.interfered()

        def after_a_poll(send):
            for _ in range(2):
                world.clock.advance(seconds=30)
                assert in_order(world, "a") == []
            return send()

        # When the request writes its task run a minute later
        client.alter("update_item", after_a_poll)
        task(other, running, "Retrying")

        # Then a poll finds the task run
        assert client.all_happened()
        world.clock.advance(minutes=1)
        assert in_order(world, "a") == [running]

    @pytest.mark.parametrize("cut", range(6))
    def test_interrupted_change_leaves_no_waiting_task_run_without_marker(self, world, running, cut, pauses):
        task(world, running, "Running")
        other, client = world.interfered()
        calls_made = count()

        def die(send):
            if next(calls_made) >= cut:
                raise client_error("InternalServerError", status=500)
            return send()

        for operation in ("batch_get_item", "put_item", "update_item", "get_item"):
            for _ in range(40):
                client.alter(operation, die)
        address = Address(running, 1)
        change = TaskRunChange(address=address, version=2, state=parse_state({"type": "Retrying"}))
        with suppress(ApiError):
            other.store.task_runs.set_state(change, world.clock(), b"token!")
        waits = world.store.task_runs.get([address])[0].state.type == "Retrying"

        assert in_order(world, "a") == ([running] if waits else [])
        if not waits:
            world.store.task_runs.set_state(change, world.clock(), b"token!")
            world.clock.advance(minutes=1)
            assert in_order(world, "a") == [running]

    def test_refused_change_returns_no_run(self, world, running):
        task(world, running, "Running")
        with pytest.raises(VersionLockingError):
            task(world, running, "Retrying", version=99)

        assert in_order(world, "a") == []


class TestCosts:
    def test_further_waiting_task_run_costs_one_read_and_its_write(self, world, running):
        for number in (1, 2):
            task(world, running, "Running", number)
        counted, client = world.interfered()
        change = [
            TaskRunChange(address=Address(running, n), version=2, state=parse_state({"type": "Retrying"}))
            for n in (1, 2)
        ]

        counted.store.task_runs.set_state(change[0], world.clock(), b"token1")
        assert client.calls == ["batch_get_item", "put_item", "batch_get_item", "update_item"]
        client.calls.clear()
        counted.store.task_runs.set_state(change[1], world.clock(), b"token2")
        assert client.calls == ["batch_get_item", "update_item"]

    def test_state_without_waiting_costs_one_write(self, world, running):
        task(world, running, "Retrying")
        counted, client = world.interfered()

        counted.store.task_runs.set_state(
            TaskRunChange(address=Address(running, 1), version=2, state=parse_state({"type": "Failed"})),
            world.clock(),
            b"token1",
        )

        assert client.calls == ["update_item"]

    def test_only_a_later_start_looks_for_waiting_task_runs(self, world, flow_id):
        run_id = world.create(flow_id)
        counted, client = world.interfered()
        counted.set(run_id, "Running", 1)
        assert client.calls == ["get_item", "update_item"]
        client.calls.clear()

        counted.set(run_id, "Running", 2)

        assert client.calls == ["get_item", "query", "update_item"]


class TestRecovery:
    def recover(self, world):
        return tick(
            world.context, RecoverySettings(interval=timedelta(days=1)), Bounds(time_left=lambda: 100.0)
        )

    def test_recovery_puts_a_lost_marker_back(self, world, running):
        self.recover(world)
        task(world, running, at(minutes=30))
        world.client.delete_item(
            TableName=world.table_name,
            Key={"pk": {"S": Keys(world.tenant_id, SHARDS).run(running)}, "sk": {"S": "waiting"}},
        )
        world.clock.advance(minutes=31)
        assert in_order(world, "a") == []

        self.recover(world)

        assert in_order(world, "a") == [running]

    def test_recovery_moves_a_marker_with_old_labels(self, world, running):
        self.recover(world)
        task(world, running, "Retrying")
        item = {**world.item(running), "labels": {"L": [{"S": "b"}]}}
        world.client.put_item(TableName=world.table_name, Item=item)
        world.clock.advance(minutes=31)

        self.recover(world)

        assert in_order(world, "b") == [running]

    def test_good_marker_costs_recovery_no_write(self, world, running):
        self.recover(world)
        task(world, running, "Retrying")
        world.clock.advance(minutes=31)
        before = marker(world, running)

        self.recover(world)

        assert marker(world, running) == before
