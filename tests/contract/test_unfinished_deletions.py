"""Unfinished deletions of flows and projects, which recovery finishes piece by piece."""

from collections import Counter
from datetime import timedelta

import pytest

from domain.errors import ApiError
from domain.recovery.rules import RecoverySettings
from operations.flows import deleting, removals
from operations.flows.deleting import delete_flow, delete_project, delete_version
from operations.flows.projects import DEFAULT_PROJECT
from operations.flows.registering import RegisterFlow, register_flow
from operations.flows.removals import finish_removal
from operations.recovery.tick import Bounds, tick
from tests.contract.factories import at_once
from tests.contract.test_late_arrivals import recover, without_recovery


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(deleting, "MAX_DELETED_RUNS", 3)
    monkeypatch.setattr(deleting, "MAX_DELETED_FLOWS", 2)
    monkeypatch.setattr(deleting, "_BATCH", 2)


def flow_with_runs(world, runs, **more):
    flow_id = world.register(**more)
    for _ in range(runs):
        world.create(flow_id)
    return flow_id


def delete_once(world, delete, owner_id):
    with pytest.raises(ApiError, match="send it again"):
        delete(world.context, owner_id)


def look(world, time_left=lambda: 60.0):
    """Run one tick at the time when an unfinished deletion is due."""
    world.clock.advance(seconds=125)
    return tick(world.context, RecoverySettings(), Bounds(time_left))


def runs_of(world, flow_id):
    return [item for item in world.items("run") if item["flow_id"]["S"] == flow_id]


class TestFlows:
    @pytest.mark.dynoxide_only
    def test_flow_with_too_many_runs_for_one_request_is_deleted(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = flow_with_runs(world, 8, project_id=project_id)
        delete_once(world, delete_flow, flow_id)

        recover(world)

        assert without_recovery(world) == before

    @pytest.mark.dynoxide_only
    def test_recovery_waits_while_the_client_repeats_the_deletion(self, world):
        flow_id = flow_with_runs(world, 7)
        delete_once(world, delete_flow, flow_id)
        world.clock.advance(seconds=100)
        delete_once(world, delete_flow, flow_id)
        world.clock.advance(seconds=100)

        tick(world.context, RecoverySettings(), Bounds(lambda: 60.0))

        assert len(runs_of(world, flow_id)) == 1
        assert delete_flow(world.context, flow_id)

    @pytest.mark.dynoxide_only
    def test_repeated_request_during_recovery_does_no_harm(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = flow_with_runs(world, 12, project_id=project_id)
        delete_once(world, delete_flow, flow_id)
        world.clock.advance(seconds=125)

        def repeat():
            for _ in range(5):
                try:
                    delete_flow(world.context, flow_id)
                except ApiError:
                    continue

        at_once(repeat, lambda: tick(world.context, RecoverySettings(), Bounds(lambda: 60.0)), repeat)

        recover(world)
        assert without_recovery(world) == before

    def test_marker_that_is_put_again_stays(self, world):
        flow_id = world.register()
        flows = world.store.flows.get([flow_id])
        delete_flow(world.context, flow_id)
        world.clock.advance(seconds=125)
        (removal,) = world.store.removals.due(world.clock())
        world.store.removals.begin(flows[0], world.clock())

        assert finish_removal(world.context, removal, lambda: True, Counter())

        (removal,) = world.store.removals.due(world.clock() + timedelta(seconds=1))
        assert removal.at == world.clock()
        assert removal.archived is not None


class TestProjects:
    @pytest.mark.dynoxide_only
    def test_project_with_too_many_flows_for_one_request_is_deleted(self, world):
        before = world.items()
        project_id = world.project()
        for number in range(5):
            flow_with_runs(world, number, serialized={"name": f"Flow {number}"}, project_id=project_id)
        delete_once(world, delete_project, project_id)

        recover(world)

        assert without_recovery(world) == before

    @pytest.mark.dynoxide_only
    def test_flow_without_project_is_registered_after_a_partial_deletion(self, world):
        def register(number):
            request = RegisterFlow(project_id=None, serialized_flow={"name": f"Flow {number}"})
            return register_flow(world.context, request)

        for number in range(5):
            register(number)
        project_id = world.store.projects.named(DEFAULT_PROJECT).id
        delete_once(world, delete_project, project_id)
        with pytest.raises(ApiError, match="being deleted"):
            register(6)

        look(world)

        (flow,) = world.store.flows.get([register(6)])
        assert flow.project_id not in (None, project_id)

    @pytest.mark.dynoxide_only
    def test_failing_flow_does_not_stop_the_others_and_is_retried(self, world, monkeypatch):
        before = world.items()
        project_id = world.project()
        flows = [
            flow_with_runs(world, 2, serialized={"name": f"Flow {number}"}, project_id=project_id)
            for number in range(3)
        ]
        delete_once(world, delete_project, project_id)
        left = [flow.id for flow in world.store.flows.get(flows)]

        def fail(context, flow, piece):
            if flow.id == left[0]:
                raise RuntimeError("odd")
            delete_version(context, flow, piece)

        with monkeypatch.context() as patched:
            patched.setattr(removals, "delete_version", fail)
            assert list(look(world).faults) == [project_id]
        assert [flow.id for flow in world.store.flows.get(flows)] == left[:1]

        recover(world)
        assert without_recovery(world) == before

    def test_deletion_of_unknown_project_leaves_no_marker(self, world):
        assert not delete_project(world.context, "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10")
        assert world.items("follow-up") == []


class TestTime:
    @pytest.mark.dynoxide_only
    def test_deletion_longer_than_a_tick_is_continued_by_the_next_tick(self, world):
        project_id = world.project()
        before = world.items()
        flow_id = flow_with_runs(world, 9, project_id=project_id)
        delete_once(world, delete_flow, flow_id)
        left = [len(runs_of(world, flow_id))]

        for _ in range(9):
            seconds = iter([60.0, *[60.0] * 16, *[0.0] * 999])
            assert not look(world, lambda seconds=seconds: next(seconds)).faults
            left.append(len(runs_of(world, flow_id)))

        assert left == sorted(left, reverse=True)
        assert any(0 < count < left[0] for count in left)
        assert left[-1] == 0
        recover(world)
        assert without_recovery(world) == before

    @pytest.mark.dynoxide_only
    def test_long_deletion_does_not_stop_the_others(self, world):
        long, short = flow_with_runs(world, 30), flow_with_runs(world, 4)
        delete_once(world, delete_flow, long)
        world.clock.advance(seconds=1)
        delete_once(world, delete_flow, short)
        world.clock.advance(seconds=125)

        def time_left():
            return 60.0 if world.store.flows.get([short]) else 0.0

        assert tick(world.context, RecoverySettings(), Bounds(time_left)).left

        assert world.store.flows.get([short]) == []
        assert len(runs_of(world, long)) > 20

    @pytest.mark.dynoxide_only
    def test_failing_deletion_does_not_stop_the_others(self, world, monkeypatch):
        flows = [flow_with_runs(world, 4) for _ in range(3)]
        for flow_id in flows:
            delete_once(world, delete_flow, flow_id)

        def fail(context, flow, piece):
            if flow.id == flows[0]:
                raise RuntimeError("odd")
            delete_version(context, flow, piece)

        with monkeypatch.context() as patched:
            patched.setattr(removals, "delete_version", fail)
            assert list(look(world).faults) == [flows[0]]

        assert [flow.id for flow in world.store.flows.get(flows)] == [flows[0]]
        look(world)
        assert world.store.flows.get(flows) == []
