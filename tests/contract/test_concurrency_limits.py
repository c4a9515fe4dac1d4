import random

import pytest

from domain.errors import BadUserInput, VersionLockingError
from domain.ids import member_id
from domain.limits import LimitKind, limit_id
from domain.states import parse_state
from operations.concurrency import delete_limit, set_limit
from operations.flow_runs import delete_flow_run, get_flow_run
from operations.task_runs import get_or_create_task_run, set_task_run_state
from tests.contract.factories import at_once

LABEL, TAG = LimitKind.LABEL, LimitKind.TAG
TASKS = {"name": "Flow", "tasks": [{"slug": "one-1", "tags": ["db"]}, {"slug": "two-1"}]}
TAGGED = {"type": "Running", "context": {"tags": ["db"]}}


@pytest.fixture
def flow_id(world):
    return world.register(TASKS)


def runs(world, flow_id, count, labels=("gpu",)):
    return [world.create(flow_id, labels=list(labels)) for _ in range(count)]


def state(world, run_id):
    return get_flow_run(world.context, run_id).state.type


def used(world, kind, name):
    (item,) = (each for each in world.items("limit") if each["pk"]["S"].endswith(_id(world, kind, name)))
    return int(item["used"]["N"])


def _id(world, kind, name):
    return limit_id(world.tenant_id, kind, name)


def task_run(world, run_id, index=-1, number=1):
    task_id = member_id(get_flow_run(world.context, run_id).flow_id, number)
    return get_or_create_task_run(world.context, run_id, task_id, index).id


def set_task(world, task_run_id, given, version=None):
    data = {"type": given} if isinstance(given, str) else given
    return set_task_run_state(world.context, task_run_id, version, parse_state(data))


class TestFlowRuns:
    def test_of_many_that_start_at_once_as_many_run_as_there_are_slots(self, world, flow_id, pauses):
        set_limit(world.context, LABEL, "gpu", 3)
        ids = runs(world, flow_id, 12)

        results = at_once(*[lambda each=each: world.set(each, "Running", 1) for each in ids])

        assert sorted(run.state.type for run in results) == ["Queued"] * 9 + ["Running"] * 3
        assert {run.version for run in results} == {2}
        assert used(world, LABEL, "gpu") == 3

    def test_who_waits_is_told_why_and_until_when(self, world, flow_id):
        set_limit(world.context, LABEL, "gpu", 0)
        (run_id,) = runs(world, flow_id, 1)

        waiting = world.set(run_id, "Running", 1)

        assert waiting.state.message == "Queued: no free slot of the concurrency limit on label 'gpu' (0)."
        assert (waiting.state.due(waiting.latest.timestamp) - world.clock()).total_seconds() == 30

    @pytest.mark.parametrize("end", ["Success", "Failed", "Cancelled", "Scheduled"])
    def test_a_slot_is_given_back_with_the_state_that_needs_it_no_more(self, world, flow_id, end):
        set_limit(world.context, LABEL, "gpu", 1)
        first, second = runs(world, flow_id, 2)
        world.set(first, "Running")
        world.set(first, "Cancelling")
        assert world.set(second, "Running").state.type == "Queued"

        world.set(first, {"type": end, "start_time": "2041-01-01T00:00:00Z"})

        assert used(world, LABEL, "gpu") == 0
        assert world.set(second, "Running").state.type == "Running"

    def test_running_twice_holds_one_slot(self, world, flow_id):
        set_limit(world.context, LABEL, "gpu", 5)
        (run_id,) = runs(world, flow_id, 1)

        for _ in range(3):
            world.set(run_id, "Running")

        assert used(world, LABEL, "gpu") == 1

    def test_every_label_that_is_limited_needs_a_free_slot(self, world, flow_id):
        set_limit(world.context, LABEL, "a", 5)
        set_limit(world.context, LABEL, "b", 0)
        (run_id,) = runs(world, flow_id, 1, labels=("a", "b", "free"))

        assert world.set(run_id, "Running").state.type == "Queued"

        assert used(world, LABEL, "a") == 0

    def test_a_wrong_version_takes_no_slot(self, world, flow_id):
        set_limit(world.context, LABEL, "gpu", 5)
        (run_id,) = runs(world, flow_id, 1)

        with pytest.raises(VersionLockingError):
            world.set(run_id, "Running", 7)

        assert used(world, LABEL, "gpu") == 0
        assert state(world, run_id) == "Scheduled"

    @pytest.mark.parametrize("operation", ["transact_write_items", "update_item"])
    def test_a_lost_answer_takes_and_gives_one_slot(self, world, flow_id, operation, pauses):
        set_limit(world.context, LABEL, "gpu", 5)
        (run_id,) = runs(world, flow_id, 1)
        other, client = world.interfered()
        client.lose_answers(operation)

        other.set(run_id, "Running", 1)
        taken = used(world, LABEL, "gpu")
        client.lose_answers("transact_write_items")
        other.set(run_id, "Success", 2)

        assert (taken, used(world, LABEL, "gpu")) == (1, 0)
        assert world.types(run_id) == ["Scheduled", "Running", "Success"]

    def test_deleting_a_run_gives_back_its_slots_and_its_task_runs(self, world, flow_id):
        set_limit(world.context, LABEL, "gpu", 5)
        set_limit(world.context, TAG, "db", 5)
        (run_id,) = runs(world, flow_id, 1)
        world.set(run_id, "Running")
        for index in range(3):
            set_task(world, task_run(world, run_id, index), TAGGED)
        assert used(world, TAG, "db") == 3

        assert delete_flow_run(world.context, run_id)

        assert (used(world, LABEL, "gpu"), used(world, TAG, "db")) == (0, 0)
        assert world.partition(run_id) == []


class TestTaskRuns:
    @pytest.fixture
    def run_id(self, world, flow_id):
        run_id = world.create(flow_id)
        world.set(run_id, "Running")
        return run_id

    def test_of_many_children_as_many_run_as_there_are_slots(self, world, run_id, pauses):
        set_limit(world.context, TAG, "db", 2)
        ids = [task_run(world, run_id, index) for index in range(8)]

        results = at_once(*[lambda each=each: set_task(world, each, TAGGED, 1) for each in ids])

        assert sorted(each.state.type for each in results) == ["Queued"] * 6 + ["Running"] * 2
        assert used(world, TAG, "db") == 2

    def test_without_a_limit_on_its_tags_the_first_change_is_one_write(self, world, run_id):
        other, client = world.interfered()
        task_run_id = task_run(world, run_id)
        client.calls.clear()

        set_task(other, task_run_id, TAGGED, 1)

        writes = [call for call in client.calls if call not in ("batch_get_item", "get_item")]
        assert writes == ["put_item"]

    def test_who_waited_runs_when_a_slot_is_free(self, world, run_id):
        set_limit(world.context, TAG, "db", 1)
        first, second = task_run(world, run_id, 0), task_run(world, run_id, 1)
        set_task(world, first, TAGGED)
        assert set_task(world, second, TAGGED).state.type == "Queued"

        set_task(world, first, "Success")

        assert set_task(world, second, TAGGED).state.type == "Running"
        assert used(world, TAG, "db") == 1

    def test_cancelling_the_flow_run_gives_back_every_slot(self, world, run_id):
        set_limit(world.context, TAG, "db", 10)
        for index in range(5):
            set_task(world, task_run(world, run_id, index), TAGGED)

        world.set(run_id, "Cancelled")

        assert used(world, TAG, "db") == 0


class TestLimits:
    def test_a_lowered_limit_lets_nothing_begin_until_enough_has_ended(self, world, flow_id):
        set_limit(world.context, LABEL, "gpu", 3)
        first, second, third = runs(world, flow_id, 3)
        world.set(first, "Running")
        world.set(second, "Running")

        set_limit(world.context, LABEL, "gpu", 1)

        world.set(first, "Success")
        assert world.set(third, "Running").state.type == "Queued"
        world.set(second, "Success")
        assert world.set(third, "Running").state.type == "Running"

    def test_a_limit_that_was_taken_away_goes_on_counting(self, world, flow_id):
        identifier = set_limit(world.context, LABEL, "gpu", 1)
        first, second, third = runs(world, flow_id, 3)
        world.set(first, "Running")

        assert delete_limit(world.context, identifier)
        assert not delete_limit(world.context, identifier)
        assert world.set(second, "Running").state.type == "Running"
        world.set(first, "Success")
        assert used(world, LABEL, "gpu") == 0

        set_limit(world.context, LABEL, "gpu", 1)
        assert world.set(third, "Running").state.type == "Running"

    @pytest.mark.parametrize("slots", [-1, 1_000_001])
    def test_an_impossible_number_is_refused(self, world, slots):
        with pytest.raises(BadUserInput, match="limit must be from 0 to 1,000,000"):
            set_limit(world.context, TAG, "db", slots)

    @pytest.mark.parametrize("seed", range(3))
    def test_whatever_happens_no_slot_is_lost_or_taken_twice(self, world, flow_id, seed):
        dice = random.Random(seed)  # noqa: S311
        limits = {"a": 2, "b": 3}
        for name, slots in limits.items():
            set_limit(world.context, LABEL, name, slots)
        ids = [world.create(flow_id, labels=dice.sample(["a", "b", "c"], 2)) for _ in range(8)]
        left = set(ids)

        for _ in range(60):
            run_id = dice.choice(ids)
            if run_id not in left:
                continue
            if dice.random() < 0.05:
                delete_flow_run(world.context, run_id)
                left.discard(run_id)
            else:
                world.set(run_id, dice.choice(["Running", "Running", "Cancelling", "Success", "Failed"]))
            found = [get_flow_run(world.context, each) for each in left]
            for name, slots in limits.items():
                holding = [run for run in found if name in run.labels and "slots" in world.item(run.id)]
                assert used(world, LABEL, name) == len(holding) <= slots
                assert {run.state.type for run in holding} <= {"Running", "Cancelling"}
