"""Task runs under concurrency limits of their task's tags; and all limits after random steps."""

import uuid
from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.concurrency.limits import MAX_LIMITS_OF_ONE, MAX_TAGS, QUEUED_FOR, LimitKind, limit_id, tags_of
from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.parts import Part
from domain.task_runs.task_runs import not_begun
from domain.times import format_time
from operations.concurrency.limits import delete_limit
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.queue.polling import get_runs_in_queue
from storage.concurrency.concurrency_slots import held_by as slots_held
from storage.layout.keys import Keys
from storage.task_runs.task_run_items import decode_task_run
from tests.contract.clients import no_response_in_time
from tests.contract.factories import SHARDS, START, Clock, World, at_once
from tests.contract.limits import FLOW, limit_label, limit_tag, set_task, slots, slots_by_kind, task_run
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def running(world):
    """Return a flow run that is Running."""
    run_id = world.create(world.register(FLOW))
    world.set(run_id, "Running")
    return run_id


def seen(run):
    return run.state.type, run.version


class TestTaskRuns:
    @pytest.mark.dynoxide_only
    def test_task_run_without_a_free_slot_is_queued_and_runs_when_one_is_free(self, world, running):
        # Given
        limit_tag(world, "db", 1)
        first, second = task_run(world, running, 1), task_run(world, running, 2)
        assert seen(set_task(world, first.id, "Running", "db", version=1)) == ("Running", 2)

        # When
        queued = set_task(world, second.id, "Running", "db", "other", version=1)

        # Then
        assert seen(queued) == ("Queued", 2)
        assert queued.state.data == {
            "type": "Queued",
            "message": "Waits for a free slot: concurrency limit of tag 'db'.",
            "start_time": format_time(START + QUEUED_FOR),
            "state": {"type": "Pending", "message": "Task run created"},
        }
        assert seen(set_task(world, second.id, "Running", "db", version=2)) == ("Queued", 3)
        set_task(world, first.id, "Success", "db", version=2)
        assert slots(world) == {"db": 0}
        assert seen(set_task(world, second.id, "Running", "db", version=3)) == ("Running", 4)
        assert slots(world) == {"db": 1}

    @pytest.mark.dynoxide_only
    def test_mapped_child_needs_a_slot_like_any_task_run(self, world, running):
        limit_tag(world, "db", 3)
        children = [task_run(world, running, 2, index).id for index in range(8)]

        results = at_once(*[partial(set_task, world, child, "Running", "db") for child in children])

        assert Counter(task_run.state.type for task_run in results) == {"Running": 3, "Queued": 5}
        assert slots(world) == {"db": 3}

    def test_queued_retry_keeps_its_state_and_its_inputs(self, world, running):
        limit_tag(world, "db", 0)
        identifier = task_run(world, running).id
        retrying = {"start_time": format_time(START), "run_count": 2, "cached_inputs": {"x": "y" * 900}}
        set_task(world, identifier, "Retrying", "db", **retrying)

        waits = set_task(world, identifier, "Running", "db", version=2)

        assert waits.state.type == "Queued"
        (kept,) = world.store.task_runs.get([waits.address], (Part.STATE,))
        nested = {"type": "Retrying", "context": {"tags": ["db"]}, **retrying}
        assert kept.state.data["state"] == nested
        assert kept.state.data["cached_inputs"] == retrying["cached_inputs"]

    def test_flow_run_of_a_queued_task_run_is_not_offered_to_agents(self, world, running):
        limit_tag(world, "db", 0)
        set_task(world, task_run(world, running).id, "Running", "db")

        for seconds in (1, 31, 59):
            world.clock.time = START
            world.clock.advance(seconds=seconds)
            assert get_runs_in_queue(world.context, None, []) == []
        world.clock.advance(seconds=2)
        assert get_runs_in_queue(world.context, None, []) == [running]

    def test_limits_of_labels_and_of_tags_are_separate(self, world, running):
        limit_label(world, "db", 0)

        assert set_task(world, task_run(world, running).id, "Running", "db").state.type == "Running"

    @pytest.mark.parametrize(
        "context", [None, {}, {"tags": None}, {"tags": "db"}, {"tags": [1, None, ["db"]]}]
    )
    def test_state_without_tags_is_under_no_limit(self, world, running, context):
        limit_tag(world, "db", 0)

        assert seen(set_task(world, task_run(world, running).id, "Running", context=context)) == (
            "Running",
            2,
        )

    @pytest.mark.dynoxide_only
    def test_too_many_tags_or_limits_are_refused(self, world, running):
        identifier = task_run(world, running).id
        with pytest.raises(BadUserInput, match=r"context\.tags: .* at most"):
            set_task(world, identifier, "Running", *map(str, range(MAX_TAGS + 1)))
        for number in range(MAX_LIMITS_OF_ONE + 1):
            limit_tag(world, str(number), 1)

        with pytest.raises(BadUserInput, match="91 concurrency limits hold for the run; at most 90 can"):
            set_task(world, identifier, "Running", *map(str, range(MAX_TAGS)))
        assert (
            set_task(world, identifier, "Running", *map(str, range(MAX_LIMITS_OF_ONE))).state.type
            == "Running"
        )
        assert sum(slots(world).values()) == MAX_LIMITS_OF_ONE
        set_task(world, identifier, "Success", message="x" * 5000)
        assert sum(slots(world).values()) == 0

    def test_start_with_a_stale_version_takes_no_slot_and_queues_nothing(self, world, running):
        limit_tag(world, "free", 1)
        limit_tag(world, "full", 0)
        kept = task_run(world, running, 2)
        set_task(world, kept.id, "Pending")
        for tag in ("free", "full"):
            for identifier in (kept.id, task_run(world, running, 1).id):
                with pytest.raises(VersionLockingError):
                    set_task(world, identifier, "Running", tag, version=7)
        assert slots(world) == {"free": 0, "full": 0}

    @pytest.mark.parametrize("begun", [True, False])
    @pytest.mark.parametrize("version", [True, None])
    @pytest.mark.parametrize("times", [1, 2])
    def test_start_whose_response_is_lost_takes_one_slot(self, world, running, begun, version, times):
        limit_tag(world, "db", 2)
        identifier = task_run(world, running).id
        if begun:
            set_task(world, identifier, "Pending")
        version = version and (2 if begun else 1)
        faulty, client = world.interfered()
        client.lose_responses("transact_write_items", times)

        run = set_task(faulty, identifier, "Running", "db", version=version)

        assert client.all_happened()
        assert seen(run) == ("Running", 3 if begun else 2)
        assert slots(world) == {"db": 1}

    def test_start_whose_repeat_finds_later_states_took_one_slot(self, world, running):
        limit_tag(world, "db", 2)
        identifier = task_run(world, running).id
        faulty, client = world.interfered()
        client.lose_responses(
            "transact_write_items", meanwhile=lambda: set_task(world, identifier, "Success")
        )

        set_task(faulty, identifier, "Running", "db", version=1)

        assert seen(task_run(world, running)) == ("Success", 3)
        assert slots(world) == {"db": 0}


class TestEndsOfFlowRuns:
    @pytest.mark.dynoxide_only
    def test_cancelled_flow_run_gives_back_the_slots_of_its_task_runs(self, world, running):
        limit_tag(world, "db", 70)
        for index in range(70):
            set_task(world, task_run(world, running, 2, index).id, "Running", "db")
        assert slots(world) == {"db": 70}

        world.set(running, "Cancelled")

        assert slots(world) == {"db": 0}

    @pytest.mark.parametrize("begun", [True, False])
    @pytest.mark.parametrize("end", ["Cancelled", "Failed", "deleted"])
    def test_task_run_of_a_flow_run_that_just_ended_takes_no_slot(self, world, running, begun, end):
        limit_tag(world, "db", 1)
        identifier = task_run(world, running).id
        if begun:
            set_task(world, identifier, "Pending")
        faulty, client = world.interfered()

        def ended_before(send):
            if end == "deleted":
                delete_flow_run(world.context, running)
            else:
                world.set(running, end)
            return send()

        client.alter("transact_write_items", ended_before)

        with pytest.raises((NotFound, BadUserInput, VersionLockingError)):
            set_task(faulty, identifier, "Running", "db", version=2 if begun else 1)

        assert client.all_happened()
        assert slots(world) == {"db": 0}

    @pytest.mark.dynoxide_only
    def test_task_run_that_begins_while_its_flow_run_ends_holds_no_slot(self, world):
        limit_tag(world, "db", 100)
        flow_id = world.register(FLOW)
        for end in ("Cancelled", "deleted") * 3:
            run_id = world.create(flow_id)
            world.set(run_id, "Running")
            children = [task_run(world, run_id, 2, index).id for index in range(10)]
            ending = {"Cancelled": lambda run_id=run_id: world.set(run_id, "Cancelled")}.get(
                end, lambda run_id=run_id: delete_flow_run(world.context, run_id)
            )

            at_once(ending, *[partial(set_task, world, child, "Running", "db") for child in children])

            assert slots(world) == {"db": 0}

    def test_slot_of_a_starter_that_died_comes_back_after_a_cancellation(self, world, running):
        limit_tag(world, "db", 1)
        identifier = task_run(world, running).id
        faulty, client = world.interfered()
        dying, broken = world.interfered()
        broken.fail("get_item", *[RuntimeError("it dies here")] * 9)

        def begun_before(send):
            with pytest.raises(RuntimeError):
                set_task(dying, identifier, "Running", "db")
            return send()

        client.alter("update_item", begun_before)

        faulty.set(running, "Cancelled")

        assert slots(world) == {"db": 0}


class TestCalls:
    def test_start_without_tags_reads_no_limits(self, world, running):
        limit_tag(world, "db", 1)
        identifier = task_run(world, running).id
        counted, client = world.interfered()

        set_task(counted, identifier, "Running")
        set_task(counted, identifier, "Success")

        # The first start in a flow run is noted in the flow run.
        start = ["batch_get_item", "update_item", "put_item", "get_item"]
        assert client.calls == [*start, "get_item", "update_item"]
        set_task(counted, task_run(world, running, 2).id, "Running")
        assert client.calls[-3:] == ["batch_get_item", "put_item", "get_item"]

    def test_start_with_tags_but_no_limits_costs_one_more_read(self, world, running):
        identifier = task_run(world, running).id
        counted, client = world.interfered()

        set_task(counted, identifier, "Running", "a", "b")

        assert client.calls == ["batch_get_item", "batch_get_item", "update_item", "put_item", "get_item"]

    def test_first_state_takes_a_slot_in_one_transaction_or_waits_in_one_write(self, world, running):
        limit_tag(world, "db", 1)
        first, second = task_run(world, running, 1).id, task_run(world, running, 2).id
        counted, client = world.interfered()

        set_task(counted, first, "Running", "db")
        reads = ["batch_get_item", "batch_get_item"]
        assert client.calls == [*reads, "update_item", "transact_write_items", "get_item"]
        del client.calls[:]
        set_task(counted, second, "Running", "db")

        # The waiting marker of the flow run is written first, and read again.
        marking = ["batch_get_item", "put_item", "batch_get_item"]
        assert client.calls == ["batch_get_item", "batch_get_item", *marking, "put_item"]


def test_renamed_task_run_takes_its_slot_with_its_first_running_state(world, running):
    """A task run that was renamed has begun as Pending, and still takes its slot."""
    limit_tag(world, "db", 1)
    first = task_run(world, running)
    world.store.task_runs.begin(not_begun(get_flow_run(world.context, running), first.address))

    assert seen(set_task(world, first.id, "Running", "db", version=1)) == ("Running", 2)
    assert slots(world) == {"db": 1}


NAMES = st.sampled_from(["a", "b", "c"])
STEP = st.one_of(
    st.tuples(
        st.just("flow"),
        st.integers(0, 3),
        st.sampled_from(["Running"] * 3 + ["Success", "Scheduled", "Cancelling"]),
    ),
    st.tuples(
        st.just("task"),
        st.integers(0, 3),
        st.sampled_from(["Running"] * 3 + ["Success", "Retrying", "Failed"]),
        st.sets(NAMES),
    ),
    st.tuples(st.just("cancel"), st.integers(0, 3)),
    st.tuples(st.just("delete"), st.integers(0, 3)),
    st.tuples(st.just("limit"), st.sampled_from(list(LimitKind)), NAMES, st.integers(0, 2)),
    st.tuples(st.just("unlimit"), st.sampled_from(list(LimitKind)), NAMES),
    st.tuples(st.just("lose"), st.sampled_from(["transact_write_items", "update_item", "put_item"])),
)


class Living:
    """Four flow runs of two tasks each, and the limits that hold for them."""

    def __init__(self, world):
        self.plain = world
        self.world, self.client = world.interfered()
        self.flow_id = self.world.register(FLOW)
        self.runs = [self._new(labels) for labels in ([], ["a"], ["a", "b"], ["c"])]
        self.limits, self.held = {}, {}
        self.keys = Keys(world.tenant_id, SHARDS)

    def _new(self, labels):
        return self.world.create(self.flow_id, labels=labels)

    def take(self, step):
        name, *given = step
        before = self.held
        with suppress(BadUserInput, NotFound):  # its flow run is not Running, or gone
            getattr(self, name)(*given)
        self.held = slots_by_kind(self.plain)
        for limit, count in self.held.items():
            # No run started above the limit; runs that started before it was created or lowered may stay.
            allowed = max(self.limits.get(limit, count), before.get(limit, 0))
            assert count <= allowed or step[0] == "limit", (step, limit, count)
        items = [item for item in self.plain.items() if item.get("state") == {"S": "Running"}]
        for limit in self.limits:
            assert all(self.holds(item, limit) for item in self.under(items, *limit)), (step, limit)

    def holds(self, item, limit):
        kind, name = limit
        partition = (
            f"{self.plain.tenant_id}#limit#{kind}#{limit_id(self.plain.tenant_id, LimitKind(kind), name)}"
        )
        return partition in slots_held(item)

    def under(self, items, kind, name):
        """Return the runs to which a limit applies."""
        if kind == LimitKind.LABEL.value:
            return [item for item in items if {"S": name} in item.get("labels", {"L": []})["L"]]
        task_runs = [item for item in items if item["sk"]["S"].startswith("task")]
        return [item for item in task_runs if name in tags_of(decode_task_run(self.keys, item).state)]

    def flow(self, which, kind):
        self.world.set(self.runs[which], kind)

    def task(self, which, kind, tags):
        set_task(self.world, task_run(self.world, self.runs[which], 1 + len(tags) % 2).id, kind, *tags)

    def cancel(self, which):
        self.world.set(self.runs[which], "Cancelled")

    def delete(self, which):
        labels = get_flow_run(self.world.context, self.runs[which]).labels
        delete_flow_run(self.world.context, self.runs[which])
        self.runs[which] = self._new(labels)

    def limit(self, kind, name, limit):
        (limit_tag if kind is LimitKind.TAG else limit_label)(self.world, name, limit)
        self.limits[kind.value, name] = limit

    def unlimit(self, kind, name):
        for limit in self.world.store.limits.named(kind, [name], consistent=True):
            delete_limit(self.world.context, kind, limit.id)
        self.limits.pop((kind.value, name), None)

    def lose(self, operation):
        self.client.lose_responses(operation, error=no_response_in_time)

    def end(self):
        for run_id in self.runs:
            self.world.set(run_id, "Cancelled")


# What is tried are the rules. The calls are those of the other tests, which run on moto as well.
@pytest.mark.dynoxide_only
@given(steps=st.lists(STEP, min_size=5, max_size=25))
@settings(
    max_examples=examples(12),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_limits_hold_and_every_slot_comes_back_after_any_steps(database, steps):
    with database() as (client, table_name):
        living = Living(World(client, table_name, str(uuid.uuid4()), Clock()))
        for kind, name, limit in [
            *product([LimitKind.LABEL], "ab", [2]),
            *product([LimitKind.TAG], "abc", [2]),
        ]:
            living.limit(kind, name, limit)
        for which in range(3):
            living.take(("flow", which, "Running"))

        for step in steps:
            living.take(step)
        living.end()

        assert set(slots(living.plain).values()) <= {0}
