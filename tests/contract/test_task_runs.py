from datetime import timedelta

import pytest

from domain.errors import BadUserInput, NotFound, PayloadTooLarge, VersionLockingError
from domain.flow_runs.states import parse_state
from domain.ids import member_id, stable_id
from domain.task_runs.task_runs import Address
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.task_runs import task_runs
from tests.contract.factories import EVERYTHING, at_once, incompressible

FLOW = {"name": "Flow", "tasks": [{"slug": "one-1"}, {"slug": "two-1", "cache_key": "shared"}]}
PENDING = ("Pending", 1)


@pytest.fixture
def run_id(world):
    return world.create(world.register(FLOW))


@pytest.fixture
def running(world, run_id):
    world.set(run_id, "Running")
    return run_id


def find(world, run_id, number=1, map_index=-1):
    task_id = member_id(get_flow_run(world.context, run_id).flow_id, number)
    return task_runs.get_or_create_task_run(world.context, run_id, task_id, map_index)


def set_state(world, task_run_id, state, version=None):
    data = {"type": state} if isinstance(state, str) else state
    return task_runs.set_task_run_state(world.context, task_run_id, version, parse_state(data))


def seen(task_run):
    return task_run.state.type, task_run.version


def kept(world, run_id):
    return [task_run for batch in world.store.task_runs.of_flow_run(run_id, EVERYTHING) for task_run in batch]


class TestBeforeItBegins:
    def test_task_run_is_pending_and_takes_no_room(self, world, run_id):
        before = world.partition(run_id)

        found = find(world, run_id)

        assert seen(found) == PENDING
        assert found.id == member_id(run_id, 1)
        assert world.partition(run_id) == before

    def test_concurrent_requests_get_the_same_mapped_child(self, world, run_id):
        found = at_once(*[lambda: find(world, run_id, 2, 7)] * 8)

        assert {task_run.id for task_run in found} == {Address(run_id, 2, 7).id}
        assert seen(task_runs.get_task_run(world.context, found[0].id)) == PENDING

    def test_unknown_task_runs_are_not_found(self, world, run_id):
        flow_id = get_flow_run(world.context, run_id).flow_id
        other = world.register(FLOW)
        for flow_run_id, task_id in (
            (run_id, member_id(flow_id, 3)),
            (run_id, flow_id),
            (run_id, member_id(other, 1)),
            (run_id, stable_id(flow_id, "x")),
            (other, member_id(other, 1)),
        ):
            with pytest.raises(NotFound):
                task_runs.get_or_create_task_run(world.context, flow_run_id, task_id, None)
        for unknown in (run_id, member_id(run_id, 3), stable_id(run_id, "map/1/0")):
            with pytest.raises(NotFound):
                set_state(world, unknown, "Skipped")
            assert not task_runs.set_task_run_name(world.context, unknown, "a name")
        assert kept(world, run_id) == []

    @pytest.mark.parametrize("index", [-2, 10_000_000])
    def test_map_index_out_of_range_is_refused(self, world, run_id, index):
        with pytest.raises(BadUserInput, match="map_index must be from -1"):
            find(world, run_id, 1, index)

    def test_task_that_is_registered_after_the_flow_run_has_a_task_run(self, world, run_id):
        from operations.flows.extending import add_tasks  # noqa: PLC0415

        flow_id = get_flow_run(world.context, run_id).flow_id
        add_tasks(world.context, flow_id, [{"slug": "three-1"}])

        assert seen(find(world, run_id, 3)) == PENDING

    def test_task_run_is_cancelled_and_pending_again_with_its_flow_run(self, world, run_id):
        world.set(run_id, "Cancelled")
        assert seen(find(world, run_id)) == ("Cancelled", 2)

        world.set(run_id, "Scheduled")
        assert seen(find(world, run_id)) == PENDING


class TestStates:
    def test_first_state_stores_the_task_run(self, world, running):
        world.set(running, "Running")
        found = set_state(world, find(world, running).id, "Running", 1)

        assert seen(found) == ("Running", 2)
        (stored,) = kept(world, running)
        assert [entry.state.type for entry in stored.history] == ["Pending", "Running"]
        assert stored.start_time == world.clock()

    def test_each_state_is_one_write_from_the_third_on(self, world, running):
        task_run_id = find(world, running).id
        set_state(world, task_run_id, "Running")
        counted, client = world.interfered()

        for version, state in enumerate(["Mapped", "Looped", "Failed", "Success"], 2):
            set_state(counted, task_run_id, state, version)

        assert client.calls == ["update_item"] * 4

    def test_state_after_cached_inputs_is_written_anew_with_them(self, world, running):
        task_run_id = find(world, running).id
        set_state(world, task_run_id, "Running")
        set_state(world, task_run_id, {"type": "Paused", "cached_inputs": {"x": 1}})
        counted, client = world.interfered()

        changed = set_state(counted, task_run_id, "Failed", 3)

        # The first write is refused because the inputs must be carried on, and brings the item.
        assert client.calls == ["update_item", "update_item"]
        assert changed.state.data["cached_inputs"] == {"x": 1}

    def test_first_state_sets_the_end_time_of_a_finished_type_only(self, world, running):
        ends = {
            state: set_state(world, find(world, running, 2, index).id, state).end_time
            for index, state in enumerate(["Retrying", "Running", "Mapped", "Success", "Failed"])
        }

        now = world.clock()
        assert ends == {"Retrying": None, "Running": None, "Mapped": None, "Success": now, "Failed": now}

    def test_state_of_an_unknown_task_run_is_refused_by_its_name(self, world, run_id):
        unknown = stable_id(run_id, "map/1/0")

        with pytest.raises(NotFound) as refused:
            set_state(world, unknown, "Success")

        assert refused.value.message == f"State update failed: there is no task run {unknown}."

    @pytest.mark.dynoxide_only
    def test_versions_lock_and_histories_have_no_gaps(self, world, running):
        task_run_id = find(world, running, 2, 0).id
        for version in range(1, 31):
            if version % 5 == 0:
                with pytest.raises(VersionLockingError) as refused:
                    set_state(world, task_run_id, "Failed", version + 1)
                assert refused.value.extensions["task_run_id"] == task_run_id
            state = ("Running", {"type": "Retrying", "start_time": "2041-01-01T00:00:00Z"})[version % 2]
            set_state(world, task_run_id, state, version if version % 3 else None)
            world.clock.advance(seconds=1)

        (stored,) = kept(world, running)
        assert [entry.version for entry in stored.history] == list(range(1, 32))
        assert [entry.state.type for entry in stored.history] == ["Pending", *["Retrying", "Running"] * 15]

    def test_one_of_many_first_changes_with_one_version_wins(self, world, running):
        task_run_id = find(world, running).id

        results = at_once(*[lambda: set_state(world, task_run_id, "Running", 1)] * 16)

        lost = [result for result in results if isinstance(result, VersionLockingError)]
        assert len(lost) == 15
        (stored,) = kept(world, running)
        assert seen(stored) == ("Running", 2)

    def test_no_first_change_without_a_version_is_lost(self, world, running):
        task_run_id = find(world, running).id

        results = at_once(*[lambda: set_state(world, task_run_id, "Running")] * 12)

        assert {task_run.version for task_run in results} == set(range(2, 14))

    @pytest.mark.parametrize("state", ["Scheduled", "Submitted", "Cancelling", "Success", "Cancelled"])
    def test_task_run_is_running_only_while_its_flow_run_is(self, world, run_id, state):
        world.set(run_id, state)

        with pytest.raises(BadUserInput, match=f"while its flow run .* is {state}"):
            set_state(world, find(world, run_id).id, "Running")

        assert kept(world, run_id) == []

    @pytest.mark.dynoxide_only
    def test_large_and_old_states_are_read_unchanged(self, world, running):
        task_run_id = find(world, running).id
        states = [{"type": "Running", "message": incompressible(5_000, seed=n)} for n in range(20)]

        for state in states:
            set_state(world, task_run_id, state)

        (stored,) = kept(world, running)
        assert [entry.state.data for entry in stored.history[1:]] == states
        with pytest.raises(PayloadTooLarge):
            set_state(world, task_run_id, {"type": "Running", "message": incompressible(900_000)})

    def test_cached_inputs_stay_until_a_state_has_others(self, world, running):
        task_run_id = find(world, running).id
        inputs, others = {"x": {"value": 1}}, {"y": incompressible(3_000)}
        given = [
            {"type": "Running", "cached_inputs": inputs},
            {"type": "Retrying", "cached_inputs": None, "start_time": "2041-01-01T00:00:00Z"},
            {"type": "Running"},
            {"type": "Running", "cached_inputs": others},
            {"type": "Failed", "cached_inputs": {}},
        ]

        for version, state in enumerate(given, 1):
            set_state(world, task_run_id, state, version)

        (stored,) = kept(world, running)
        kept_inputs = [entry.state.data.get("cached_inputs") for entry in stored.history]
        assert kept_inputs == [None, inputs, inputs, inputs, others, others]

    @pytest.mark.parametrize("operation", ["put_item", "update_item"])
    def test_change_whose_response_is_lost_happens_once(self, world, running, operation, pauses):
        task_run_id = find(world, running).id
        if operation == "update_item":
            set_state(world, task_run_id, "Running", 1)
        other, client = world.interfered()
        client.lose_responses(operation)

        found = set_state(other, task_run_id, "Success", 2 if operation == "update_item" else 1)

        assert found.state.type == "Success"
        (stored,) = kept(world, running)
        assert stored.version == found.version == (3 if operation == "update_item" else 2)

    def test_name_is_stored_before_the_first_state_too(self, world, running):
        task_run_id = find(world, running).id

        assert task_runs.set_task_run_name(world.context, task_run_id, "a name")
        assert seen(set_state(world, task_run_id, "Running", 1)) == ("Running", 2)

        assert task_runs.get_task_run(world.context, task_run_id).name == "a name"

    def test_heartbeat_of_an_unknown_task_run_is_not_stored(self, world, running):
        task_run_id = find(world, running, 1, 3).id
        set_state(world, task_run_id, "Running")
        world.clock.advance(seconds=30)

        task_runs.update_task_run_heartbeat(world.context, task_run_id)
        task_runs.update_task_run_heartbeat(world.context, stable_id(running, "map/1/9"))

        (stored,) = kept(world, running)
        assert stored.heartbeat == world.clock()
        assert world.run(running).heartbeat == world.clock() - timedelta(seconds=30)


class TestCancelling:
    @pytest.mark.dynoxide_only
    def test_unfinished_task_runs_end_with_their_flow_run(self, world, running):
        done = set_state(world, find(world, running, 1).id, "Success")
        for index in range(70):
            set_state(world, find(world, running, 2, index).id, "Running")

        world.set(running, "Cancelled")

        stored = {task_run.id: task_run for task_run in kept(world, running)}
        assert seen(stored.pop(done.id)) == ("Success", 2)
        assert {seen(task_run) for task_run in stored.values()} == {("Cancelled", 3)}
        assert world.listed("live") == []
        assert world.listed("Cancelled") == [running]

    def test_second_cancellation_ends_the_task_runs_that_were_left(self, world, running, monkeypatch):
        set_state(world, find(world, running).id, "Running")
        monkeypatch.setattr("operations.flow_runs.ending.cancel_task_runs", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.set(running, "Cancelled")
        monkeypatch.undo()

        assert cancel_flow_run(world.context, running).state.type == "Cancelled"

        assert {seen(task_run) for task_run in kept(world, running)} == {("Cancelled", 3)}

    @pytest.mark.dynoxide_only
    def test_task_run_that_begins_during_a_cancellation_is_cancelled(self, world, running):
        found = [find(world, running, 2, index).id for index in range(12)]

        at_once(
            lambda: world.set(running, "Cancelled"),
            *[lambda found=task_run: set_state(world, found, "Running") for task_run in found],
        )

        assert {task_run.state.type for task_run in kept(world, running)} <= {"Cancelled"}

    def test_deleted_flow_run_takes_its_task_runs_with_it(self, world, running):
        for index in range(5):
            set_state(world, find(world, running, 2, index).id, "Running")

        assert delete_flow_run(world.context, running)

        assert world.items("map") == []
        world.finish_deletions()
        assert world.partition(running) == []
