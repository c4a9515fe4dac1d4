"""Late arrivals: items that arrive in a flow or a project during its deletion are deleted, too."""

from functools import partial

import pytest

from domain.errors import BadUserInput, FlowRunsError, NotFound, VersionLockingError
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows import removals
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow, delete_project, delete_runs
from operations.recovery.tick import Bounds, tick
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import get_or_create_task_run
from tests.contract.factories import at_once, incompressible, log_entry
from tests.contract.limits import limit_tag, set_task, slots

TASKS = {"name": "Flow", "tasks": [{"slug": "a-1", "name": "a"}]}


def recover(world):
    """Run ticks of recovery a few minutes later, and again."""
    for _ in range(3):
        world.clock.advance(seconds=125)
        summary = tick(world.context, RecoverySettings(), Bounds(lambda: 60.0))
        assert not summary.faults


def without_recovery(world):
    return [item for item in world.items() if item["sk"]["S"] != "cursor"]


def creates(world, flow_id, meanwhile, operation="put_item", **more):
    """Create a run by a request that the given call overtakes before it writes."""
    late, client = world.interfered()

    def overtaken(send):
        meanwhile()
        return send()

    client.alter(operation, overtaken)
    return create_flow_run(late.context, CreateFlowRun(flow_id=flow_id, **more))


class TestRuns:
    def test_run_created_while_its_flow_is_deleted_is_deleted_too(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = world.register(project_id=project_id)

        run_id = creates(world, flow_id, lambda: delete_flow(world.context, flow_id))

        assert world.exists(run_id)
        recover(world)
        assert without_recovery(world) == before

    def test_run_created_after_the_runs_were_listed_is_deleted_too(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = world.register(project_id=project_id)
        deleting, client = world.interfered()
        late = []
        archive_flow(world.context, flow_id)

        def create(send):
            unarchive_flow(world.context, flow_id)
            late.append(creates(world, flow_id, partial(archive_flow, world.context, flow_id)))
            return send()

        client.alter("transact_write_items", create)

        assert delete_flow(deleting.context, flow_id)
        recover(world)
        assert len(late) == 1
        assert without_recovery(world) == before

    def test_runs_of_other_versions_of_the_group_stay(self, world):
        project_id = world.project()
        first, second = (world.register(project_id=project_id) for _ in range(2))
        kept = [world.create(second) for _ in range(3)]

        delete_flow(world.context, first)
        recover(world)

        assert all(world.exists(run_id) for run_id in kept)

    def test_key_of_a_deleted_run_returns_its_id_and_creates_no_other(self, world):
        flow_id = world.register()
        delete = partial(delete_flow, world.context, flow_id)

        run_id = creates(world, flow_id, delete, "transact_write_items", idempotency_key="k")
        recover(world)

        assert not world.exists(run_id)

    @pytest.mark.dynoxide_only
    def test_concurrent_creations_leave_nothing(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = world.register(project_id=project_id)

        def create():
            for _ in range(10):
                try:
                    world.create(flow_id)
                except FlowRunsError:
                    return

        at_once(*[create] * 4, lambda: delete_flow(world.context, flow_id))

        recover(world)
        assert without_recovery(world) == before

    def test_late_runs_of_several_batches_are_deleted(self, world, monkeypatch):
        monkeypatch.setattr(removals, "_BATCH", 2)
        flow_id = world.register()
        late = [creates(world, flow_id, lambda: None) for _ in range(5)]
        items = world.items("run")
        delete_flow(world.context, flow_id)
        for item in items:
            world.table.put(Item=item)

        recover(world)

        assert not any(world.exists(run_id) for run_id in late)


class TestProjects:
    def test_version_missing_in_the_index_is_deleted_with_its_project(self, world, monkeypatch):
        before = world.items()
        project_id = world.project()
        first = world.register(project_id=project_id)
        world.create(first)
        world.register(project_id=project_id)
        with monkeypatch.context() as late:
            late.setattr(world.store.flow_lists, "ids_in_project", lambda *_: [])
            delete_project(world.context, project_id)
        assert world.store.flows.get([first])

        recover(world)

        assert without_recovery(world) == before

    def test_flow_registered_during_the_deletion_is_refused_or_deleted(self, world):
        before = world.items()
        project_id = world.project()
        world.register(project_id=project_id)

        def register(number):
            for _ in range(5):
                try:
                    flow_id = world.register({"name": f"Flow {number}"}, project_id=project_id)
                    world.create(flow_id)
                except FlowRunsError:
                    return

        def delete():
            while delete_project(world.context, project_id):
                pass

        at_once(*[partial(register, number) for number in range(3)], delete)

        recover(world)
        assert without_recovery(world) == before


class TestWriters:
    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("what", ["flow", "project"])
    def test_running_runs_leave_nothing_when_all_is_deleted(self, world, what):
        limit_tag(world, "db", 99)
        recover(world)  # finishes the count of the runs that are Running already
        before = without_recovery(world)
        project_id = world.project()
        flow_id = world.register(TASKS, project_id=project_id)
        run_ids = [world.create(flow_id) for _ in range(4)]
        for run_id in run_ids[:3]:
            world.set(run_id, "Running")

        def work(run_id):
            for index in range(9):
                child = get_or_create_task_run(world.context, run_id, member_id(flow_id, 1), index).id
                set_task(world, child, "Running", "db")
                create_task_run_artifact(world.context, child, "link", {"link": "https://example.com"})
                write_logs(world.context, [log_entry(run_id, index)])
                set_task(world, child, "Success")
                world.set(run_id, {"type": "Running", "message": incompressible(600, index)})

        def delete():
            if what == "project":
                return delete_project(world.context, project_id)
            deleted = delete_flow(world.context, flow_id)
            return deleted and delete_project(world.context, project_id)

        outcomes = at_once(*[partial(work, run_id) for run_id in run_ids], delete)

        assert outcomes[-1] is True
        assert not [result for result in outcomes if isinstance(result, Exception) and not is_told(result)]
        recover(world)
        assert slots(world) == {"db": 0}
        assert [item for item in without_recovery(world) if item not in before] == []


def is_told(error):
    """Return True if the error is one that a client of a deleted run expects."""
    return isinstance(error, NotFound | BadUserInput | VersionLockingError)


class TestRecovery:
    def test_markers_are_removed_only_when_nothing_can_arrive_any_more(self, world):
        flow_id = world.register()
        delete_flow(world.context, flow_id)

        world.clock.advance(seconds=100)
        tick(world.context, RecoverySettings(), Bounds(lambda: 60.0))
        assert world.items("follow-up")
        recover(world)
        assert not world.items("follow-up")

    def test_tick_without_time_leaves_the_markers(self, world):
        delete_flow(world.context, world.register())
        world.clock.advance(seconds=200)
        seconds = iter([60.0] + [0.0] * 99)

        assert tick(world.context, RecoverySettings(), Bounds(lambda: next(seconds))).left

        assert world.items("follow-up")

    @pytest.mark.parametrize("shown", [1, 3])
    def test_failing_removal_does_not_stop_the_others(self, world, shown, monkeypatch):
        flow_ids = [world.register() for _ in range(shown)]
        for flow_id in flow_ids:
            delete_flow(world.context, flow_id)
        calls = iter([RuntimeError("no")])

        def fail_once(*arguments):
            for error in calls:
                raise error
            return delete_runs(*arguments)

        monkeypatch.setattr(removals, "delete_runs", fail_once)
        world.clock.advance(seconds=200)

        assert len(tick(world.context, RecoverySettings(), Bounds(lambda: 60.0)).faults) == 1
        assert len(world.items("follow-up")) == 1
