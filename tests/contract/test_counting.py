"""The count of the runs that are Running already when a limit is created or changed."""

from collections import Counter
from datetime import timedelta

import pytest

from domain.concurrency.counting import Counting
from domain.concurrency.limits import LimitKind, limit_id
from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.recovery.rules import RecoverySettings
from operations.concurrency import counting
from operations.concurrency.limits import delete_limit
from operations.flow_runs.deleting import delete_flow_run
from operations.recovery.tick import Bounds, tick
from tests.contract.factories import at_once, incompressible
from tests.contract.limits import FLOW, limit_label, limit_tag, set_task, slots, task_run

pytestmark = pytest.mark.usefixtures("pauses")

LOST = (BadUserInput, NotFound, VersionLockingError)


def recover(world, time_left=lambda: 100.0):
    """Run one tick of recovery, so early that it judges no run."""
    return tick(world.context, RecoverySettings(interval=timedelta(days=1)), Bounds(time_left))


def limit_of(world, kind, name):
    (limit,) = world.store.limits.named(kind, [name], consistent=True)
    return limit


@pytest.fixture
def flow_id(world):
    return world.register(FLOW)


@pytest.fixture
def start(world, flow_id):
    """Return a function that creates Running runs with a label."""

    def make(count, *labels):
        runs = [world.create(flow_id, labels=list(labels)) for _ in range(count)]
        for run_id in runs:
            assert world.set(run_id, "Running", 1).state.type == "Running"
        return runs

    return make


@pytest.fixture
def start_tasks(world, start):
    """Return a function that sets mapped children of a new run Running, with a tag."""

    def make(count, *tags, expected="Running", **more):
        (run_id,) = start(1)
        found = [task_run(world, run_id, 2, index).id for index in range(count)]
        for task_run_id in found:
            assert set_task(world, task_run_id, "Running", *tags, **more).state.type == expected
        return found

    return make


class TestLabels:
    @pytest.mark.dynoxide_only
    def test_new_limit_counts_running_runs_and_is_full_until_fewer_are_left(self, world, start):
        runs = start(5, "gpu")
        start(2, "other")

        limit_label(world, "gpu", 3)

        assert slots(world) == {"gpu": 5}
        (late,) = [world.create(world.register(FLOW), labels=["gpu"])]
        version = 1
        for left, run_id in enumerate(reversed(runs)):
            assert world.set(late, "Running", version).state.type == ("Running" if left > 2 else "Queued")
            version += 1
            if left > 2:
                break
            world.set(run_id, "Success", 2)
            assert slots(world) == {"gpu": 4 - left}
        assert slots(world) == {"gpu": 3}

    @pytest.mark.parametrize("first", [0, 1, 9])
    def test_limit_that_is_set_again_counts_the_same(self, world, start, first):
        start(4, "gpu")
        limit_label(world, "gpu", first)
        for limit in (2, 7, 0):
            limit_label(world, "gpu", limit)

            assert slots(world) == {"gpu": 4}

    def test_limit_that_is_created_again_counts_old_and_new_runs(self, world, start):
        limit_label(world, "gpu", 9)
        start(2, "gpu")
        delete_limit(world.context, LimitKind.LABEL, limit_id(world.tenant_id, LimitKind.LABEL, "gpu"))
        start(3, "gpu")

        limit_label(world, "gpu", 1)

        assert slots(world) == {"gpu": 5}

    def test_cancelling_run_is_counted_but_no_waiting_or_submitted_run(self, world, start, flow_id):
        (stopping,) = start(1, "gpu")
        world.set(stopping, "Cancelling")
        world.set(world.create(flow_id, labels=["gpu"]), "Submitted")
        world.create(flow_id, labels=["gpu"])

        limit_label(world, "gpu", 1)

        assert slots(world) == {"gpu": 1}

    def test_run_gets_slots_of_several_limits_one_after_the_other(self, world, start):
        limit_label(world, "a", 2)
        (run_id,) = start(1, "a", "b", "c")
        limit_label(world, "b", 2)
        limit_label(world, "c", 2)
        assert slots(world) == {"a": 1, "b": 1, "c": 1}

        delete_flow_run(world.context, run_id)

        assert slots(world) == {"a": 0, "b": 0, "c": 0}

    def test_runs_of_another_tenant_are_not_counted(self, world, start):
        start(2, "gpu")
        neighbour = world.neighbour()

        limit_label(neighbour, "gpu", 1)

        assert slots(neighbour) == {"gpu": 0}

    def test_counted_run_that_is_set_running_again_stays_running(self, world, start):
        (run_id,) = start(1, "gpu")
        limit_label(world, "gpu", 0)

        assert world.set(run_id, "Running", 2).state.type == "Running"
        assert slots(world) == {"gpu": 1}


class TestTags:
    @pytest.mark.dynoxide_only
    def test_new_limit_of_a_tag_counts_running_task_runs(self, world, start_tasks):
        found = start_tasks(40, "db", "other")
        start_tasks(3, "other")

        limit_tag(world, "db", 2)

        assert slots(world) == {"db": 40}
        for task_run_id in found[:38]:
            set_task(world, task_run_id, "Success")
        assert slots(world) == {"db": 2}
        start_tasks(1, "db", expected="Queued")
        assert slots(world) == {"db": 2}

    def test_task_run_with_a_large_state_or_cancelling_is_counted(self, world, start_tasks):
        start_tasks(1, "db", message=incompressible(3000))
        (stopping,) = start_tasks(1, "db")
        set_task(world, stopping, "Cancelling")

        limit_tag(world, "db", 1)

        assert slots(world) == {"db": 2}

    def test_task_run_of_an_ended_flow_run_is_counted_and_gives_its_slot_back(self, world, start_tasks):
        (running,) = start_tasks(1, "db")
        (run_id,) = world.listed("live")
        world.set(run_id, "Failed")

        limit_tag(world, "db", 1)

        assert slots(world) == {"db": 1}
        set_task(world, running, "Failed")
        assert slots(world) == {"db": 0}

    def test_task_run_of_a_flow_run_in_two_lists_is_counted_once(self, world, start_tasks):
        # Given a flow run in two lists: the live runs, and the runs that need a follow-up
        start_tasks(3, "db")
        (run_id,) = world.listed("live")
        world.set(run_id, "Failed")
        world.set(run_id, "Running")
        # When
        limit_tag(world, "db", 1)
        # Then
        assert slots(world) == {"db": 3}

    @pytest.mark.parametrize("context", [{"tags": "db"}, {"tags": [["db"], None]}, {"tags": None}, "db"])
    def test_task_run_without_the_tag_is_not_counted(self, world, start, context):
        (run_id,) = start(1)
        set_task(world, task_run(world, run_id).id, "Running", context=context)

        limit_tag(world, "db", 1)

        assert slots(world) == {"db": 0}


class TestRaces:
    @pytest.mark.dynoxide_only
    def test_count_during_starts_and_ends_equals_the_running_runs(self, world, start, flow_id):
        for _ in range(3):
            running, waiting = start(8, "gpu"), [world.create(flow_id, labels=["gpu"]) for _ in range(8)]

            def begin(run_id):
                return world.set(run_id, "Running", 1)

            def end(run_id):
                return world.set(run_id, "Success", 2)

            results = at_once(
                lambda: limit_label(world, "gpu", 4),
                *[lambda run_id=run_id: end(run_id) for run_id in running[:5]],
                *[lambda run_id=run_id: begin(run_id) for run_id in waiting],
                lambda: limit_label(world, "gpu", 4),
            )

            assert not [result for result in results if isinstance(result, Exception)]
            world.clock.advance(seconds=61)
            recover(world)  # counts those who were let in when there was no limit yet
            at_work = [run_id for run_id in [*running, *waiting] if world.run(run_id).state.type == "Running"]
            assert slots(world) == {"gpu": len(at_work)}
            for run_id in [*running, *waiting]:
                world.set(run_id, "Cancelled")
            assert slots(world) == {"gpu": 0}
            delete_limit(world.context, LimitKind.LABEL, limit_id(world.tenant_id, LimitKind.LABEL, "gpu"))

    @pytest.mark.parametrize("way", ["Success", "Running", "Cancelled", "deleted"])
    @pytest.mark.parametrize("holds", [True, False])
    def test_run_that_changes_while_it_is_counted_gives_its_slot_back(self, world, start, way, holds):
        if holds:
            limit_label(world, "other", 5)
        (run_id,) = start(1, "gpu", "other")
        other, client = world.interfered()
        # The change has read the slots of the run, and is about to write.
        operation = "transact_write_items" if holds and way != "Running" else "update_item"
        if way == "deleted" and not holds:
            client.alter(operation, lambda send: send())  # the marker
        client.alter(operation, lambda send: (limit_label(world, "gpu", 3), send())[1])

        if way == "deleted":
            delete_flow_run(other.context, run_id)
        else:
            other.set(run_id, way)

        expected = 1 if way == "Running" else 0
        assert slots(world) == {"gpu": expected, **({"other": expected} if holds else {})}

    def test_runs_of_a_batch_are_counted_although_one_of_them_changes(self, world, start):
        runs = start(6, "gpu")
        other, client = world.interfered()

        def meanwhile(send):
            world.set(runs[0], "Success", 2)
            world.set(runs[1], "Running", 2)
            return send()

        client.alter("transact_write_items", meanwhile)

        limit_label(other, "gpu", 2)

        assert slots(world) == {"gpu": 5}

    def test_limit_deleted_during_its_count_counts_no_more(self, world, start):
        start(3, "gpu")
        other, client = world.interfered()
        identifier = limit_id(world.tenant_id, LimitKind.LABEL, "gpu")
        client.alter(
            "transact_write_items",
            lambda send: (delete_limit(world.context, LimitKind.LABEL, identifier), send())[1],
        )

        limit_label(other, "gpu", 2)

        assert slots(world) == {"gpu": 0}
        assert world.store.limits.counted() == []

    @pytest.mark.parametrize("call", ["update_item", "transact_write_items"])
    @pytest.mark.parametrize("times", [1, 2])
    def test_count_whose_response_is_lost_counts_no_run_twice(self, world, start, call, times):
        start(3, "gpu")
        other, client = world.interfered()
        client.lose_responses(call, times)

        limit_label(other, "gpu", 2)

        assert client.all_happened()
        assert slots(world) == {"gpu": 3}

    def test_run_started_before_the_limit_existed_is_counted_a_minute_later(self, world, flow_id):
        late = world.create(flow_id, labels=["gpu"])
        other, client = world.interfered()
        client.alter("update_item", lambda send: (limit_label(world, "gpu", 1), send())[1])
        other.set(late, "Running", 1)
        assert slots(world) == {"gpu": 0}
        world.clock.advance(seconds=60)
        recover(world)
        assert slots(world) == {"gpu": 0}
        world.clock.advance(seconds=1)

        recover(world)

        assert slots(world) == {"gpu": 1}
        assert world.store.limits.counted() == []
        assert limit_of(world, LimitKind.LABEL, "gpu").counting is None


class TestInterrupted:
    @pytest.mark.dynoxide_only
    def test_killed_count_leaves_the_limit_closed_until_recovery_counts(self, world, start, flow_id):
        start(30, "gpu")
        for place in range(9):
            delete_limit(world.context, LimitKind.LABEL, limit_id(world.tenant_id, LimitKind.LABEL, "gpu"))
            if not self.dies(world, place):
                break
            limit = next(iter(world.store.limits.named(LimitKind.LABEL, ["gpu"], consistent=True)), None)
            if limit is not None and limit.counting.is_closed:
                late = world.create(flow_id, labels=["gpu"])
                assert world.set(late, "Running", 1).state.type == "Queued"
            if place % 2:
                recover(world)
                if limit is None:
                    continue
            else:
                limit_label(world, "gpu", 99)

            assert slots(world) == {"gpu": 30}
            assert not limit_of(world, LimitKind.LABEL, "gpu").counting.is_closed
        else:
            pytest.fail("it has more calls than that")

    def dies(self, world, place):
        dying, client = world.interfered()
        made = []

        def call(send):
            made.append(send)
            if len(made) > place:
                raise KeyboardInterrupt
            return send()

        for operation in ("get_item", "batch_get_item", "update_item", "transact_write_items"):
            for _ in range(20):
                client.alter(operation, call)
        try:
            limit_label(dying, "gpu", 99)
        except KeyboardInterrupt:
            return True
        return False

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("kind", list(LimitKind))
    def test_live_runs_beyond_the_bound_of_a_request_are_counted_by_recovery(
        self, world, start, start_tasks, monkeypatch, kind
    ):
        if kind is LimitKind.LABEL:
            start(7, "x")
        else:
            for _ in range(7):
                start_tasks(1, "x")
        monkeypatch.setattr(counting, "_BATCH", {kind: 2})
        monkeypatch.setattr(counting, "MOST_OF_ONE_REQUEST", {kind: 4})

        (limit_label if kind is LimitKind.LABEL else limit_tag)(world, "x", 99)

        limit = limit_of(world, kind, "x")
        assert (limit.used, limit.is_full, limit.counting.is_closed) == (4, True, True)
        assert recover(world).left is False
        limit = limit_of(world, kind, "x")
        assert (limit.used, limit.is_full) == (7, False)
        world.clock.advance(seconds=61)
        recover(world)
        assert limit_of(world, kind, "x").counting is None
        assert slots(world) == {"x": 7}

    def test_recovery_without_time_leaves_the_count_to_the_next_tick(self, world, start, monkeypatch):
        start(5, "x")
        monkeypatch.setattr(counting, "_BATCH", {LimitKind.LABEL: 1})
        monkeypatch.setattr(counting, "MOST_OF_ONE_REQUEST", {LimitKind.LABEL: 1})
        limit_label(world, "x", 99)
        times = iter([100.0] * 4)

        assert recover(world, lambda: next(times, 0.0)).left is True
        assert 1 < limit_of(world, LimitKind.LABEL, "x").used < 5
        assert recover(world).left is False

        assert slots(world) == {"x": 5}

    def test_late_note_of_a_count_does_not_undo_a_newer_one(self, world):
        limit_label(world, "x", 1)
        limits = world.store.limits
        stale = limit_of(world, LimitKind.LABEL, "x")
        limits.set_counting(stale, Counting(since=world.clock(), is_late=True, after="5"))

        limits.set_counting(stale, None)
        limits.set_counting(stale, Counting(since=world.clock(), is_closed=True))

        assert limit_of(world, LimitKind.LABEL, "x").counting == Counting(
            since=world.clock(), is_late=True, after="5"
        )


def test_error_in_one_count_does_not_stop_the_others(world, start, monkeypatch):
    start(2, "a", "b")
    monkeypatch.setattr(counting, "MOST_OF_ONE_REQUEST", {LimitKind.LABEL: 0})
    for name in "ab":
        limit_label(world, name, 5)
    monkeypatch.undo()
    first = min(limit_id(world.tenant_id, LimitKind.LABEL, name) for name in "ab")
    count = counting.count

    def fail_for_one(context, kind, identifier, has_time):
        return 1 / 0 if identifier == first else count(context, kind, identifier, has_time)

    monkeypatch.setattr("operations.recovery.tick.count", fail_for_one)

    summary = recover(world)

    assert (summary.counts["faults"], list(summary.faults)) == (1, [first])
    assert Counter(slots(world).values()) == {0: 1, 2: 1}
