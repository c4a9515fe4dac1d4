"""Recovery of stored runs: its rules end to end, its races, and ticks that are interrupted."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from domain.errors import ApiError, VersionLockingError
from domain.flow_runs.states import parse_state
from domain.flows.flows import Switch
from domain.ids import member_id
from domain.parts import Part
from domain.recovery.rules import RecoverySettings, judge
from domain.task_runs.task_runs import Address
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.flow_runs.states import update_heartbeat
from operations.flows.flow_groups import set_switch
from operations.queue.polling import get_runs_in_queue
from operations.recovery import dead_task_runs, silent_runs
from operations.recovery.tick import Bounds, tick
from operations.task_runs import task_runs
from tests.contract.clients import client_error
from tests.contract.factories import SHARDS, at_once
from tests.contract.limits import limit_label, limit_tag

FLOW = {
    "name": "Flow",
    "tasks": [{"slug": "one-1"}, {"slug": "two-1", "max_retries": 2, "retry_delay": 90}],
}
# With this interval ticks may be hours apart, so that a test needs no tick for each minute.
SETTINGS = RecoverySettings(interval=timedelta(days=1))
TIMELESS = Bounds(time_left=lambda: 100.0)


def recover(world, bounds=TIMELESS, settings=SETTINGS):
    """Run one tick. The fixture has begun the series of ticks."""
    return tick(world.context, settings, bounds)


def changed(summary):
    return {name: count for name, count in summary.counts.items() if count and name != "looked_at"}


def send_heartbeat(world, run_id, core_version="1.4.1"):
    update_heartbeat(replace(world.context, core_version=core_version), run_id)


def begin(world, run_id, number=1, map_index=-1):
    """Set a task run Running. Return its id."""
    task_id = member_id(get_flow_run(world.context, run_id).flow_id, number)
    found = task_runs.get_or_create_task_run(world.context, run_id, task_id, map_index)
    set_task(world, found.id, "Running")
    return found.id


def logs(world, run_id):
    pages = world.store.logs.read(run_id, (None, None), descending=False, now=world.clock())
    return [kept.entry for page in pages for kept in page.entries]


def set_task(world, task_run_id, state, version=None):
    return task_runs.set_task_run_state(world.context, task_run_id, version, parse_state({"type": state}))


def task_types(world, task_run_id):
    address = task_runs.find_address(world.context, task_run_id)
    (found,) = world.store.task_runs.get([address], (Part.HISTORY,))
    assert [entry.version for entry in found.history] == list(range(1, found.version + 1))
    return [entry.state.type for entry in found.history]


@pytest.fixture
def watched(world):
    """Return the world after a first tick, so that silence counts from its beginning."""
    recover(world)
    return world


@pytest.fixture
def flow_id(watched):
    return watched.register(FLOW)


@pytest.fixture
def running(watched, flow_id):
    run_id = watched.create(flow_id)
    watched.set(run_id, "Submitted", 1)
    watched.set(run_id, "Running", 2)
    return run_id


class TestTaskRuns:
    @pytest.mark.dynoxide_only
    def test_silent_task_run_is_retried_and_then_fails(self, watched, running):
        task_run_id = begin(watched, running, 2)
        for retried in (1, 2):
            watched.clock.advance(seconds=121)
            assert changed(recover(watched)) == {"retried": 1}
            state = task_runs.get_task_run(watched.context, task_run_id).state
            assert state.due(watched.clock()) == watched.clock() + timedelta(seconds=90)
            assert state.data["run_count"] == retried
            set_task(watched, task_run_id, "Running")
        watched.clock.advance(seconds=121)

        assert changed(recover(watched)) == {"failed": 1}

        types = task_types(watched, task_run_id)
        assert types == ["Pending", *["Running", "Retrying"] * 2, "Running", "Failed"]
        assert watched.run(running).state.type == "Running"

    def test_silent_task_run_without_retries_fails_and_its_flow_run_continues(self, watched, running):
        task_run_id = begin(watched, running, 1)
        watched.clock.advance(seconds=120)
        assert changed(recover(watched)) == {}
        watched.clock.advance(seconds=1)

        assert changed(recover(watched)) == {"failed": 1}
        assert changed(recover(watched)) == {}

        assert task_types(watched, task_run_id) == ["Pending", "Running", "Failed"]

    def test_retrying_task_run_is_found_by_a_poll(self, watched, running):
        begin(watched, running, 2)
        watched.clock.advance(seconds=121)
        recover(watched)

        assert get_runs_in_queue(watched.context, None, []) == []
        assert get_runs_in_queue(watched.context, watched.clock() + timedelta(seconds=90), []) == [running]

    @pytest.mark.dynoxide_only
    def test_heartbeat_of_flow_run_keeps_its_task_runs_alive(self, watched, running):
        task_run_id = begin(watched, running)
        for _ in range(20):
            watched.clock.advance(seconds=30)
            send_heartbeat(watched, running)
            assert changed(recover(watched)) == {}

        assert task_types(watched, task_run_id) == ["Pending", "Running"]

    def test_new_task_run_of_silent_flow_run_is_alive(self, watched, running):
        dead = begin(watched, running, 1)
        watched.clock.advance(seconds=121)
        alive = begin(watched, running, 2)

        recover(watched)

        assert task_types(watched, dead)[-1] == "Failed"
        assert task_types(watched, alive)[-1] == "Running"

    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("core_version", ["0.8.1", "0.15.3", None])
    def test_own_heartbeat_of_task_run_counts_if_there_is_one(self, watched, running, core_version):
        dead, alive, done = (begin(watched, running, 2, index) for index in range(3))
        set_task(watched, done, "Success")
        for _ in range(5):
            for task_run_id in (alive, dead, done):
                task_runs.update_task_run_heartbeat(watched.context, task_run_id)
            watched.clock.advance(seconds=30)
        for _ in range(3):
            watched.clock.advance(seconds=30)
            send_heartbeat(watched, running, core_version)
            task_runs.update_task_run_heartbeat(watched.context, alive)
        assert changed(recover(watched)) == {}
        watched.clock.advance(seconds=30)
        send_heartbeat(watched, running, core_version)

        assert changed(recover(watched)) == {"retried": 1}

        assert task_types(watched, dead)[-1] == "Retrying"
        assert task_types(watched, alive)[-1] == "Running"
        assert task_types(watched, done)[-1] == "Success"

    @pytest.mark.dynoxide_only
    def test_own_heartbeat_keeps_task_run_of_silent_flow_run_alive(self, watched, running):
        alive = begin(watched, running)
        for _ in range(30):
            watched.clock.advance(seconds=30)
            task_runs.update_task_run_heartbeat(watched.context, alive)
            assert changed(recover(watched)) == {}

        assert watched.types(running)[-1] == "Running"

    def test_heartbeat_of_an_earlier_try_does_not_make_task_run_dead(self, watched, running):
        task_run_id = begin(watched, running, 2)
        task_runs.update_task_run_heartbeat(watched.context, task_run_id)
        set_task(watched, task_run_id, "Retrying")
        watched.clock.advance(minutes=9)
        send_heartbeat(watched, running, "0.8.1")
        set_task(watched, task_run_id, "Running")

        assert changed(recover(watched)) == {}

    @pytest.mark.dynoxide_only
    def test_all_of_many_dead_task_runs_of_a_flow_run_are_found(self, watched, running):
        found = [begin(watched, running, 2, index) for index in range(130)]
        watched.clock.advance(seconds=121)

        assert changed(recover(watched)) == {"retried": 130}

        assert {task_types(watched, task_run)[-1] for task_run in found} == {"Retrying"}


class TestLogs:
    def test_log_of_flow_run_tells_each_change_and_its_reason(self, watched, running):
        retried, failed = begin(watched, running, 2), begin(watched, running, 1)
        watched.clock.advance(seconds=121)
        recover(watched)
        set_task(watched, retried, "Success")
        watched.clock.advance(minutes=9)
        recover(watched)

        told = {
            (entry.task_run_id, entry.level, entry.message.partition(":")[0])
            for entry in logs(watched, running)
        }
        assert told == {
            (retried, "ERROR", "Retrying"),
            (failed, "ERROR", "Failed"),
            (None, "INFO", "Scheduled"),
        }

    def test_final_failure_is_logged_as_error_and_lost_race_is_not_logged(self, watched, running):
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (watched.set(running, "Running", 3), send())[1])
        recover(other)
        assert logs(watched, running) == []
        watched.clock.advance(minutes=11)

        recover(watched, settings=replace(SETTINGS, max_reschedules=0))

        (entry,) = logs(watched, running)
        assert (entry.level, entry.message.partition(":")[0]) == ("ERROR", "Failed")


class TestFlowRuns:
    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize(
        "states", [["Submitted"], ["Submitted", "Running"]], ids=lambda states: states[-1]
    )
    def test_silent_flow_run_is_rescheduled_three_times_and_then_fails(self, watched, flow_id, states):
        run_id = watched.create(flow_id)
        for times in (1, 2, 3):
            for state in states:
                watched.set(run_id, state)
            watched.clock.advance(minutes=10)
            assert changed(recover(watched)) == {}
            watched.clock.advance(seconds=1)
            assert changed(recover(watched)) == {"rescheduled": 1}
            run = watched.run(run_id)
            assert (run.state.type, run.times_resurrected) == ("Scheduled", times)
            assert run.state.due(watched.clock()) == watched.clock()
            assert get_runs_in_queue(watched.context, None, []) == [run_id]
        for state in states:
            watched.set(run_id, state)
        watched.clock.advance(minutes=11)

        assert changed(recover(watched)) == {"given_up": 1}

        assert watched.types(run_id) == ["Scheduled", *[*states, "Scheduled"] * 3, *states, "Failed"]
        assert watched.run(run_id).times_resurrected == 3
        assert watched.listed("live") == []

    @pytest.mark.dynoxide_only
    def test_heartbeat_keeps_flow_run_alive(self, watched, running):
        for _ in range(30):
            watched.clock.advance(seconds=100)
            send_heartbeat(watched, running)
            assert changed(recover(watched)) == {}

        assert watched.run(running).times_resurrected == 0

    @pytest.mark.parametrize("state", ["Retrying", "Queued"])
    def test_flow_run_with_waiting_task_run_is_left_to_the_queue(self, watched, running, state):
        set_task(watched, begin(watched, running, 2), state)
        watched.clock.advance(hours=1)

        assert changed(recover(watched)) == {}

    def test_flow_run_with_just_submitted_task_run_is_left_to_its_process(self, watched, running):
        # Given a task run whose retry comes hours after its flow run's process has ended
        task_run_id = begin(watched, running, 2)
        set_task(watched, task_run_id, "Retrying")
        watched.clock.advance(hours=2)
        # When an agent takes the task run, and the new process has not started yet
        set_task(watched, task_run_id, "Submitted")
        watched.clock.advance(minutes=10)
        assert changed(recover(watched)) == {}
        # Then the flow run has as much time as a submitted flow run
        watched.clock.advance(seconds=1)
        assert changed(recover(watched)) == {"rescheduled": 1}

    def test_flow_run_whose_task_runs_are_all_dead_is_rescheduled(self, watched, running):
        begin(watched, running, 1)
        watched.clock.advance(minutes=11)

        assert changed(recover(watched)) == {"failed": 1, "rescheduled": 1}

    def test_flow_run_with_retried_task_run_is_left_to_the_queue(self, watched, running):
        begin(watched, running, 2)
        watched.clock.advance(minutes=11)

        assert changed(recover(watched)) == {"retried": 1}

        assert watched.types(running)[-1] == "Running"

    def test_paused_or_pending_flow_run_is_left_alone(self, watched, flow_id):
        for state in ("Paused", "Pending", "ClientFailed"):
            watched.set(watched.create(flow_id), state)
        watched.clock.advance(days=1)

        summary = recover(watched)

        assert (summary.counts["looked_at"], changed(summary)) == (3, {})

    def test_cancelling_flow_run_without_process_is_cancelled_with_task_runs(self, watched, running):
        task_run_id = begin(watched, running)
        watched.set(running, "Cancelling")
        watched.clock.advance(seconds=121)

        assert changed(recover(watched)) == {"cancelled": 1}

        assert watched.types(running)[-1] == "Cancelled"
        assert task_types(watched, task_run_id)[-1] == "Cancelled"
        assert watched.listed("live") == []

    def test_cancelling_flow_run_with_process_is_left_alone(self, watched, running):
        watched.set(running, "Cancelling")
        watched.clock.advance(seconds=100)
        send_heartbeat(watched, running)
        watched.clock.advance(seconds=100)

        assert changed(recover(watched)) == {}

    def test_interrupted_cancellation_is_finished_although_process_lives(self, watched, running, monkeypatch):
        task_run_id = begin(watched, running)
        monkeypatch.setattr("operations.flow_runs.ending.cancel_task_runs", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watched.set(running, "Cancelled")
        monkeypatch.undo()
        watched.clock.advance(seconds=121)
        send_heartbeat(watched, running)

        assert changed(recover(watched)) == {"cancelled": 1}

        assert task_types(watched, task_run_id)[-1] == "Cancelled"
        assert watched.listed("live") == []
        assert watched.listed("Cancelled") == [running]

    def test_runs_of_another_tenant_are_not_touched(self, watched, running):
        watched.clock.advance(minutes=11)

        assert recover(watched.neighbour()).counts["looked_at"] == 0

        assert watched.types(running)[-1] == "Running"


class TestSlots:
    """Dead runs give the slots of their concurrency limits back."""

    def used(self, world):
        return [int(item["used"]["N"]) for item in world.items("limit")]

    def test_rescheduled_flow_run_gives_its_slot_back(self, watched, flow_id):
        limit_label(watched, "gpu", 1)
        watched.set(watched.create(flow_id, labels=["gpu"]), "Running", 1)
        assert self.used(watched) == [1]
        watched.clock.advance(minutes=11)

        assert changed(recover(watched)) == {"rescheduled": 1}

        assert self.used(watched) == [0]

    def test_retried_task_run_gives_its_slot_back(self, watched, running):
        limit_tag(watched, "db", 1)
        task_run_id = member_id(running, 2)
        tagged = parse_state({"type": "Running", "context": {"tags": ["db"]}})
        task_runs.set_task_run_state(watched.context, task_run_id, 1, tagged)
        assert self.used(watched) == [1]
        watched.clock.advance(minutes=3)

        assert changed(recover(watched)) == {"retried": 1}

        assert self.used(watched) == [0]


class TestSwitches:
    def test_silent_runs_are_left_alone_if_heartbeats_are_off(self, watched, flow_id, running):
        begin(watched, running)
        set_switch(watched.context, flow_id, Switch.HEARTBEAT, on=False)
        watched.clock.advance(hours=1)

        assert changed(recover(watched)) == {}

        set_switch(watched.context, flow_id, Switch.HEARTBEAT, on=True)
        assert changed(recover(watched)) == {"failed": 1, "rescheduled": 1}

    def test_only_task_runs_are_recovered_if_lazarus_is_off(self, watched, flow_id, running):
        begin(watched, running)
        set_switch(watched.context, flow_id, Switch.LAZARUS, on=False)
        watched.clock.advance(hours=1)

        assert changed(recover(watched)) == {"failed": 1}
        assert changed(recover(watched)) == {}

        set_switch(watched.context, flow_id, Switch.LAZARUS, on=True)
        assert changed(recover(watched)) == {"rescheduled": 1}

    def test_times_and_numbers_of_the_settings_apply(self, watched, running):
        settings = replace(SETTINGS, reschedule_after=timedelta(seconds=5), max_reschedules=0)
        watched.clock.advance(seconds=6)

        assert changed(recover(watched, settings=settings)) == {"given_up": 1}


class TestBreak:
    """Silence during a break of recovery or of the service does not count, because heartbeats were lost."""

    REAL = RecoverySettings()

    @pytest.mark.dynoxide_only
    def test_silence_during_a_break_does_not_count(self, world):
        run_id = world.new_run()
        recover(world, settings=self.REAL)
        world.set(run_id, "Running")
        world.clock.advance(hours=1)  # an outage
        assert changed(recover(world, settings=self.REAL)) == {}
        for _ in range(30):
            world.clock.advance(seconds=30)
            send_heartbeat(world, run_id)
            assert changed(recover(world, settings=self.REAL)) == {}

    def test_run_that_stays_silent_after_a_break_is_found(self, world):
        run_id = world.new_run()
        world.set(run_id, "Running")
        for _ in range(11):
            assert changed(recover(world, settings=self.REAL)) == {}
            world.clock.advance(minutes=1)

        assert changed(recover(world, settings=self.REAL)) == {"rescheduled": 1}


class TestRaces:
    def test_task_run_changed_by_its_process_during_the_tick_keeps_its_state(self, watched, running):
        task_run_id = begin(watched, running)
        watched.clock.advance(seconds=121)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (set_task(watched, task_run_id, "Success", 2), send())[1])

        summary = recover(other)

        assert changed(summary) == {"lost": 1}
        assert client.all_happened()
        assert task_types(watched, task_run_id) == ["Pending", "Running", "Success"]

    def test_flow_run_changed_by_its_process_during_the_tick_keeps_its_state(self, watched, running):
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (watched.set(running, "Success", 3), send())[1])

        summary = recover(other)

        assert changed(summary) == {"lost": 1}
        assert watched.types(running) == ["Scheduled", "Submitted", "Running", "Success"]
        assert watched.run(running).times_resurrected == 0

    def test_late_process_gets_a_version_locking_error(self, watched, running):
        watched.clock.advance(minutes=11)
        recover(watched)

        with pytest.raises(VersionLockingError):
            watched.set(running, "Success", 3)

    def test_run_deleted_during_the_tick_is_no_fault(self, watched, running):
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()
        client.alter("update_item", lambda send: (delete_flow_run(watched.context, running), send())[1])

        assert changed(recover(other)) == {"lost": 1}

    @pytest.mark.dynoxide_only
    def test_overlapping_ticks_reschedule_each_run_once(self, watched, flow_id):
        runs = [watched.create(flow_id) for _ in range(20)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()
        inside = []

        def tick_first(send):
            inside.append(recover(watched))
            return send()

        # A second tick runs while the first tick is about to reschedule its runs.
        client.alter("update_item", tick_first)

        summary = recover(other)

        done = [changed(result) for result in (summary, *inside)]
        assert sum(result.get("rescheduled", 0) for result in done) == 20
        assert {tuple(watched.types(run_id)) for run_id in runs} == {("Scheduled", "Running", "Scheduled")}
        assert {watched.run(run_id).times_resurrected for run_id in runs} == {1}

    def test_overtaken_tick_does_not_advance_the_cursor(self, watched):
        record = watched.store.recovery_cursor
        first = record.read()
        second = replace(first, token=b"second", after="2")
        assert record.begin(second, first)

        record.advance_to(replace(first, after="1"))

        assert record.read() == second
        assert not record.begin(replace(first, token=b"third"), first)

    def test_simultaneous_ticks_reschedule_each_run_once(self, watched, flow_id):
        runs = [watched.create(flow_id) for _ in range(5)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)

        results = at_once(*[lambda: recover(watched)] * 4)

        assert sum(result.counts["rescheduled"] for result in results) == 5
        assert {tuple(watched.types(run_id)) for run_id in runs} == {("Scheduled", "Running", "Scheduled")}

    @pytest.mark.parametrize("call", ["put_item", "update_item"])
    def test_write_with_lost_response_happens_once(self, watched, running, call, pauses):
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()
        client.lose_responses(call)

        assert changed(recover(other)) == {"rescheduled": 1}

        assert client.all_happened()
        assert watched.types(running) == ["Scheduled", "Submitted", "Running", "Scheduled"]


class TestBounds:
    @pytest.mark.dynoxide_only
    def test_interrupted_tick_leaves_the_rest_to_the_next_tick(self, watched, flow_id, pauses):
        runs = [watched.create(flow_id) for _ in range(10)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)
        other, client = watched.interfered()

        def die(_send):
            raise KeyboardInterrupt

        for plan in (lambda send: send(), lambda send: send(), die):
            client.alter("update_item", plan)
        with pytest.raises(KeyboardInterrupt):
            recover(other)

        recover(watched)

        assert {tuple(watched.types(run_id)) for run_id in runs} == {("Scheduled", "Running", "Scheduled")}
        assert {watched.run(run_id).times_resurrected for run_id in runs} == {1}

    @pytest.mark.dynoxide_only
    def test_bounded_ticks_continue_until_all_runs_were_looked_at(self, watched, flow_id):
        runs = [watched.create(flow_id) for _ in range(300)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)
        *alive, dead = sorted(runs)  # in the order in which they are looked at
        for run_id in alive:
            send_heartbeat(watched, run_id)
        bounds = Bounds(time_left=lambda: 100.0, runs=70)

        summaries = [recover(watched, bounds) for _ in range(5)]

        assert [result.counts["looked_at"] for result in summaries] == [70, 70, 70, 70, 20]
        assert [result.left for result in summaries] == [True, True, True, True, False]
        assert [result.counts["rescheduled"] for result in summaries] == [0, 0, 0, 0, 1]
        assert watched.run(dead).state.type == "Scheduled"
        assert recover(watched, bounds).counts["looked_at"] == 70

    def test_tick_without_time_leaves_all_runs_to_the_next_tick(self, watched, running):
        watched.clock.advance(minutes=11)

        summary = recover(watched, Bounds(time_left=lambda: 0.0))
        assert (summary.left, summary.counts["looked_at"]) == (True, 0)

        assert changed(recover(watched)) == {"rescheduled": 1}

    @pytest.mark.dynoxide_only
    def test_tick_whose_time_ends_among_task_runs_leaves_the_others(self, watched, running, monkeypatch):
        found = [begin(watched, running, 2, index) for index in range(10)]
        watched.clock.advance(minutes=11)
        monkeypatch.setattr(dead_task_runs, "AT_A_TIME", 3)
        times = iter([100.0] * 6)

        first = recover(watched, Bounds(time_left=lambda: next(times, 0.0)))
        assert 0 < first.counts["retried"] < 10
        assert first.counts["rescheduled"] == 0
        second = recover(watched)

        assert first.counts["retried"] + second.counts["retried"] == 10
        assert {task_types(watched, task_run)[-1] for task_run in found} == {"Retrying"}
        assert watched.types(running)[-1] == "Running"

    @pytest.mark.dynoxide_only
    def test_tick_whose_time_ends_during_a_cancellation_leaves_the_rest(self, watched, running, monkeypatch):
        found = [begin(watched, running, 2, index) for index in range(10)]
        watched.set(running, "Cancelling")
        watched.clock.advance(minutes=11)
        monkeypatch.setattr("operations.flow_runs.cancelling._AT_A_TIME", 3)
        times = iter([100.0] * 6)

        recover(watched, Bounds(time_left=lambda: next(times, 0.0)))
        assert watched.types(running)[-1] == "Cancelled"
        assert {task_types(watched, task_run)[-1] for task_run in found} == {"Running", "Cancelled"}
        watched.clock.advance(seconds=121)
        assert changed(recover(watched)) == {"cancelled": 1}

        assert {task_types(watched, task_run)[-1] for task_run in found} == {"Cancelled"}
        assert watched.listed("live") == []

    @pytest.mark.dynoxide_only
    def test_large_cancellation_leaves_half_of_the_time_to_live_runs(
        self, watched, flow_id, running, monkeypatch
    ):
        for index in range(30):
            begin(watched, running, 2, index)
        monkeypatch.setattr("operations.flow_runs.ending.cancel_task_runs", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            watched.set(running, "Cancelled")
        monkeypatch.undo()
        watched.set(watched.create(flow_id), "Running")
        watched.clock.advance(minutes=11)
        monkeypatch.setattr("operations.flow_runs.cancelling._AT_A_TIME", 1)
        seconds = count(20.0, -1.0)

        summary = recover(watched, Bounds(time_left=lambda: next(seconds)))

        assert (changed(summary), summary.counts["looked_at"]) == ({"rescheduled": 1}, 1)
        assert watched.listed("live") == []
        assert changed(recover(watched)) == {"cancelled": 1}

    def test_fault_of_one_run_does_not_stop_the_others(self, watched, flow_id, monkeypatch):
        runs = [watched.create(flow_id) for _ in range(3)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)

        def fail_for_one(run, *arguments, **more):
            return 1 / 0 if run.id == runs[1] else judge(run, *arguments, **more)

        monkeypatch.setattr(silent_runs, "judge", fail_for_one)

        summary = recover(watched)

        assert changed(summary) == {"rescheduled": 2, "faults": 1}
        assert list(summary.faults) == [runs[1]]

    def test_unavailable_database_ends_the_tick(self, watched, running, pauses):
        other, client = watched.interfered()
        client.fail("query", *[client_error("ThrottlingException")] * 8 * SHARDS)
        watched.clock.advance(minutes=11)

        with pytest.raises(ApiError):
            recover(other)


class TestCalls:
    def calls(self, world, **more):
        counted, client = world.interfered()
        recover(counted, **more)
        return client.calls

    @pytest.mark.dynoxide_only
    def test_idle_tick_costs_two_queries_a_shard_and_three_more(self, watched, flow_id):
        for _ in range(20):
            watched.set(watched.create(flow_id), "Success", 1)
            watched.set(watched.create(flow_id), "Failed", 1)
            watched.create(flow_id)
        watched.clock.advance(minutes=11)

        assert sorted(self.calls(watched)) == ["get_item", "put_item", *["query"] * (2 * SHARDS + 3)]

    @pytest.mark.dynoxide_only
    def test_a_hundred_living_runs_cost_one_batch_of_heartbeats(self, watched, flow_id):
        runs = [watched.create(flow_id) for _ in range(100)]
        for run_id in runs:
            watched.set(run_id, "Running", 1)
        watched.clock.advance(minutes=11)
        for run_id in runs:
            send_heartbeat(watched, run_id)

        calls = self.calls(watched)

        assert calls.count("batch_get_item") == 1
        assert calls.count("query") == 2 * SHARDS + 3
        assert len(calls) == 2 * SHARDS + 6

    def test_run_of_an_older_client_costs_one_query_more(self, watched, running):
        begin(watched, running)
        watched.clock.advance(minutes=11)
        send_heartbeat(watched, running, "0.8.1")
        task_runs.update_task_run_heartbeat(watched.context, Address(running, 1).id)

        calls = self.calls(watched)

        assert calls.count("query") == 2 * SHARDS + 4

    @pytest.mark.dynoxide_only
    def test_thousands_of_ended_runs_are_not_read(self, watched, flow_id):
        for _ in range(50):
            watched.set(watched.create(flow_id), "Failed", 1)
        before = self.calls(watched)
        template = watched.item(watched.create(flow_id))
        shard = template["status_shard"]["S"].replace("#waiting#", "#Failed#")
        for start in range(0, 2000, 25):
            watched.client.batch_write_item(
                RequestItems={watched.table_name: [_ended(template, shard, start + n) for n in range(25)]}
            )

        assert self.calls(watched) == before


def _ended(template, shard, number):
    run_id = template["order"]["S"][:-17] + f"{number:012x}" + "0000"
    pk = template["pk"]["S"][: -len(run_id)] + run_id
    return {
        "PutRequest": {
            "Item": {
                **template,
                "pk": {"S": pk},
                "order": {"S": run_id},
                "status_shard": {"S": shard},
                "status_order": {"S": run_id},
                "state": {"S": "Failed"},
            }
        }
    }
