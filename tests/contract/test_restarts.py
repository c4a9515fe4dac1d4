"""Restarts of stored runs: what is reset, once, whatever dies or comes between, in portions of any size."""

from collections import Counter
from functools import partial
from itertools import cycle

import pytest

from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRunChange
from domain.flow_runs.restarts import Restart
from domain.flow_runs.states import parse_state
from domain.flows.flows import Switch
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from domain.work import Work
from operations.flow_runs import resetting
from operations.flow_runs.cancelling import cancel_task_runs
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.optional_locking import restart_flow_run_with_optional_lock
from operations.flow_runs.restarting import finish_restart, restart_flow_run
from operations.flows.flow_groups import set_switch
from operations.queue.polling import get_runs_in_queue
from operations.recovery.tick import Bounds, tick
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state
from tests.contract.factories import at_once
from tests.contract.limits import limit_tag, slots

FLOW = {
    "name": "Flow",
    "tasks": [{"slug": slug} for slug in ("source", "fails", "after", "mapped", "next", "sum")],
    "edges": [
        {"upstream_task": {"slug": up}, "downstream_task": {"slug": down}, "key": None, "mapped": mapped}
        for up, down, mapped in (
            ("source", "fails", False),
            ("fails", "after", False),
            ("source", "mapped", True),
            ("mapped", "next", True),
            ("next", "sum", False),
        )
    ],
}
SOURCE, FAILS, AFTER, MAPPED, NEXT, SUM = range(1, 7)
CHILDREN = 5


def set_task(world, run_id, number, state, index=-1, **more):
    flow_id = world.run(run_id).flow_id
    found = get_or_create_task_run(world.context, run_id, member_id(flow_id, number), index)
    set_task_run_state(world.context, found.id, None, parse_state({"type": state, **more}))
    return found.id


def map_task(world, run_id, number, states):
    """Set a task Mapped, and its children these states."""
    set_task(world, run_id, number, "Mapped", n_map_states=len(states))
    for index, state in enumerate(states):
        set_task(world, run_id, number, state, index)


def shown(world, run_id):
    """Return the types of the states of all stored task runs."""
    return {
        (task_run.address.number, task_run.map_index): task_run.state.type
        for page in world.store.task_runs.of_flow_run(run_id)
        for task_run in page
    }


@pytest.fixture
def flow_id(world):
    return world.register(FLOW)


@pytest.fixture
def failed(world, flow_id):
    """A failed run: one task failed, and one of the children of a mapped task."""
    run_id = world.create(flow_id)
    world.set(run_id, "Running", 1)
    set_task(world, run_id, SOURCE, "Success")
    set_task(world, run_id, FAILS, "Running")
    set_task(world, run_id, FAILS, "Failed")
    set_task(world, run_id, AFTER, "TriggerFailed")
    map_task(world, run_id, MAPPED, ["Success", "Failed", "Success", "Success", "Cached"])
    map_task(world, run_id, NEXT, ["Success", "TriggerFailed", "Success", "Skipped", "Success"])
    set_task(world, run_id, SUM, "TriggerFailed")
    world.set(run_id, "Failed", 2)
    return run_id


RESTARTED = {
    (SOURCE, -1): "Success",
    (FAILS, -1): "Pending",
    (AFTER, -1): "Pending",
    (MAPPED, -1): "Mapped",
    (MAPPED, 0): "Success",
    (MAPPED, 1): "Pending",
    (MAPPED, 2): "Success",
    (MAPPED, 3): "Success",
    (MAPPED, 4): "Cached",
    (NEXT, -1): "Mapped",
    (NEXT, 0): "Success",
    (NEXT, 1): "Pending",
    (NEXT, 2): "Success",
    (NEXT, 3): "Skipped",
    (NEXT, 4): "Success",
    (SUM, -1): "Pending",
}


def queued(world):
    return get_runs_in_queue(world.context, world.clock(), [])


def recover(world):
    """Run ticks of recovery for some minutes. Return what they have done."""
    done: Counter[str] = Counter()
    for _ in range(8):
        world.clock.advance(minutes=1)
        done += tick(world.context, RecoverySettings(), Bounds(time_left=lambda: 100.0)).counts
    return done


def test_restart_resets_what_failed_and_what_depends_on_it(world, failed):
    done = restart_flow_run(world.context, failed)

    assert (done.run.version, done.run.state.type, done.left) == (4, "Scheduled", False)
    assert shown(world, failed) == RESTARTED
    assert world.types(failed) == ["Scheduled", "Running", "Failed", "Scheduled"]
    assert queued(world) == [failed]
    assert world.listed("Failed") == []


def test_restarted_run_that_failed_again_is_restarted_again(world, failed):
    restart_flow_run(world.context, failed)
    world.set(failed, "Running", 4)
    set_task(world, failed, FAILS, "Running")
    set_task(world, failed, FAILS, "Success")
    set_task(world, failed, MAPPED, "Failed", 1)
    world.set(failed, "Failed", 5)

    assert restart_flow_run(world.context, failed).run.version == 7
    assert shown(world, failed) == RESTARTED | {(FAILS, -1): "Success"}


@pytest.mark.parametrize("end", ["Failed", "Cancelled", "TimedOut"])
def test_run_that_ended_before_any_task_began_is_scheduled_again(world, flow_id, end):
    run_id = world.create(flow_id)
    world.set(run_id, end, 1)

    assert restart_flow_run(world.context, run_id).run.version == 3
    assert shown(world, run_id) == {}
    assert world.items("follow-up") == []


def test_task_runs_of_a_cancelled_run_begin_anew(world, flow_id):
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, SOURCE, "Success")
    set_task(world, run_id, FAILS, "Running")
    map_task(world, run_id, MAPPED, ["Success", "Running"])
    world.set(run_id, "Cancelled")

    restart_flow_run(world.context, run_id)

    pending = {(FAILS, -1): "Pending", (MAPPED, 1): "Pending"}
    kept = {(SOURCE, -1): "Success", (MAPPED, -1): "Mapped", (MAPPED, 0): "Success"}
    assert shown(world, run_id) == pending | kept


@pytest.mark.parametrize("before", [False, True])
def test_cancellation_under_way_leaves_what_a_restart_has_reset(world, flow_id, before):
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, FAILS, "Running")
    map_task(world, run_id, MAPPED, ["Success", "Running"])
    if before:
        world.set(run_id, "Failed")
        restart_flow_run(world.context, run_id)
    change = FlowRunChange(
        flow_run_id=run_id, version=world.run(run_id).version, state=parse_state({"type": "Cancelled"})
    )
    cancelled = world.store.flow_runs.set_state(change, world.clock(), b"token1")
    restarts = iter([restart_flow_run])

    def restart_once():
        """Restart the run when its task runs have been read, and none of them has been written."""
        for restart in restarts:
            restart(world.context, run_id)
        return True

    assert not cancel_task_runs(world.context, cancelled, restart_once)
    assert not cancel_task_runs(world.context, cancelled)

    pending = {(FAILS, -1): "Pending", (MAPPED, 1): "Pending"}
    assert shown(world, run_id) == pending | {(MAPPED, -1): "Mapped", (MAPPED, 0): "Success"}


def test_restarted_run_that_is_cancelled_takes_its_task_runs_with_it(world, failed):
    restart_flow_run(world.context, failed)

    cancel_flow_run(world.context, failed)

    assert shown(world, failed)[FAILS, -1] == "Cancelled"
    assert "Pending" not in shown(world, failed).values()


def test_successful_run_in_which_a_task_failed_is_restarted(world, flow_id):
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, FAILS, "Failed")
    world.set(run_id, "Success")

    assert restart_flow_run(world.context, run_id).run.state.type == "Scheduled"
    assert shown(world, run_id) == {(FAILS, -1): "Pending"}


def test_successful_run_in_which_nothing_failed_is_not_restarted(world, flow_id):
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, SOURCE, "Success")
    map_task(world, run_id, MAPPED, ["Success", "Cached"])
    world.set(run_id, "Success")

    with pytest.raises(BadUserInput, match="none of its task runs failed: there is nothing to restart"):
        restart_flow_run(world.context, run_id)
    assert world.types(run_id) == ["Scheduled", "Running", "Success"]


@pytest.mark.parametrize("state", ["Scheduled", "Submitted", "Running", "Cancelling", "Paused"])
def test_run_that_is_not_over_is_not_restarted(world, flow_id, state):
    run_id = world.create(flow_id)
    world.set(run_id, state, 1)

    with pytest.raises(
        BadUserInput, match=f"is {state} at version 2, and only a run that is over"
    ) as refused:
        restart_flow_run(world.context, run_id)
    assert refused.value.extensions["current_version"] == 2


def test_unknown_run_is_not_found(world, failed):
    with pytest.raises(NotFound):
        restart_flow_run(world.context, failed[:-12] + "ffffffff0000")


def test_restart_with_another_version_is_refused_unless_the_flow_locks_none(world, flow_id, failed):
    with pytest.raises(VersionLockingError):
        restart_flow_run_with_optional_lock(world.context, failed, None, 2)
    assert restart_flow_run_with_optional_lock(world.context, failed, None, 3).run.version == 4
    world.set(failed, "Failed")
    set_switch(world.context, flow_id, Switch.VERSION_LOCKING, on=False)

    assert restart_flow_run_with_optional_lock(world.context, failed, None, 2).run.version == 6


def test_repeat_with_the_same_key_answers_as_the_first_one_whatever_came_since(world, failed):
    first = restart_flow_run(world.context, failed, "key").run
    for _ in range(30):
        world.set(failed, "Failed")

    again = restart_flow_run(world.context, failed, "key", version=3).run

    assert (again.version, again.state, again.history[-1].token) == (4, first.state, first.latest.token)
    assert world.run(failed).version == 34
    assert restart_flow_run(world.context, failed, "another key").run.version == 35


@pytest.mark.parametrize("key", ["", "k" * 2049])
def test_odd_key_is_refused(world, failed, key):
    with pytest.raises(BadUserInput, match="idempotency_key"):
        restart_flow_run(world.context, failed, key)


def test_one_of_many_restarts_at_once_succeeds(world, failed):
    done = at_once(*[partial(restart_flow_run, world.context, failed)] * 8)

    won = [each for each in done if not isinstance(each, Exception)]
    assert [each.run.version for each in won] == [4]
    assert {type(each) for each in done} <= {type(won[0]), VersionLockingError, BadUserInput}
    assert (world.run(failed).version, shown(world, failed)) == (4, RESTARTED)


def test_restarts_at_once_with_one_key_have_one_answer(world, failed):
    done = at_once(*[partial(restart_flow_run, world.context, failed, "key")] * 8)

    assert {(each.run.version, each.left) for each in done} == {(4, False)}
    assert (world.run(failed).version, shown(world, failed)) == (4, RESTARTED)


@pytest.mark.parametrize("state", ["Cancelled", "Submitted", "Running", "Scheduled", "Success"])
def test_restart_and_another_state_at_once_exclude_each_other(world, failed, state):
    done = at_once(
        partial(restart_flow_run, world.context, failed, None, 3), partial(world.set, failed, state, 3)
    )

    lost = [each for each in done if isinstance(each, Exception)]
    assert [type(each) for each in lost] == [VersionLockingError]
    assert world.types(failed)[3:] == ["Scheduled" if lost[0] is done[1] else state]


def test_run_that_was_given_up_may_be_rescheduled_as_often_as_before(world, flow_id):
    run_id = world.create(flow_id)
    change = FlowRunChange(
        flow_run_id=run_id, version=1, state=parse_state({"type": "Failed"}), times_resurrected=3
    )
    world.store.flow_runs.set_state(change, world.clock(), b"token1")

    assert restart_flow_run(world.context, run_id).run.times_resurrected == 0


def test_restart_and_deletion_at_once_leave_nothing(world, failed):
    at_once(partial(restart_flow_run, world.context, failed), partial(delete_flow_run, world.context, failed))
    recover(world)

    assert world.partition(failed) == []
    assert queued(world) == []


def test_restart_that_a_deletion_overtakes_names_the_flow_run(world, failed):
    run = world.run(failed)

    def has_time():
        """Delete the run when its task runs have been read, and none of them has been reset."""
        delete_flow_run(world.context, failed)
        return True

    with pytest.raises(NotFound, match=f"Flow run {failed} is being deleted."):
        finish_restart(world.context, run, Restart(run.version, b"token1"), has_time)
    recover(world)
    assert world.partition(failed) == []


def test_run_that_is_being_deleted_is_not_restarted(world, failed):
    world.store.follow_ups.put(failed, world.clock(), deletes=True)

    with pytest.raises(NotFound, match="is being deleted"):
        restart_flow_run(world.context, failed)


def test_run_is_in_no_queue_before_all_is_reset_and_recovery_finishes(world, failed):
    through, client = world.interfered()

    def die(_send):
        assert queued(world) == []
        raise RuntimeError("killed")

    for _ in range(4):  # the marker, and some task runs
        client.alter("update_item", lambda send: send())
    client.alter("update_item", die)
    with pytest.raises(RuntimeError, match="killed"):
        restart_flow_run(through.context, failed, "key")
    assert world.run(failed).state.type == "Failed"

    assert recover(world)["restarted"] == 1

    assert (world.run(failed).state.type, shown(world, failed)) == ("Scheduled", RESTARTED)
    assert restart_flow_run(world.context, failed, "key").run.version == 4
    assert world.items("follow-up") == []


def test_restart_that_was_cut_is_void_once_the_run_has_another_state(world, failed):
    through, client = world.interfered()

    def die(_send):
        raise RuntimeError("killed")

    for _ in range(2):
        client.alter("update_item", lambda send: send())
    client.alter("update_item", die)
    with pytest.raises(RuntimeError, match="killed"):
        restart_flow_run(through.context, failed)
    world.set(failed, "Failed", 3)

    assert recover(world)["restarted"] == 0
    assert world.types(failed) == ["Scheduled", "Running", "Failed", "Failed"]


def test_task_run_that_succeeds_meanwhile_stays(world, failed):
    """A process of the former attempt that nobody has ended may still tell how its task ended."""
    through, client = world.interfered()

    def succeed_first(send):
        set_task(world, failed, FAILS, "Success")
        return send()

    client.alter("update_item", lambda send: send())  # the marker
    client.alter("update_item", succeed_first)

    restart_flow_run(through.context, failed)

    assert shown(world, failed) == RESTARTED | {(FAILS, -1): "Success"}


def test_slots_of_task_runs_that_were_left_running_are_returned(world, flow_id):
    limit_tag(world, "db", 1)
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, FAILS, "Running", context={"tags": ["db"]})
    world.set(run_id, "Failed")
    assert slots(world) == {"db": 1}

    restart_flow_run(world.context, run_id)

    assert slots(world) == {"db": 0}


def test_hour_of_a_run_that_was_counted_is_marked(world, failed):
    world.clock.advance(hours=4)
    restart_flow_run(world.context, failed)

    marked = [item for item in world.items() if item["sk"]["S"].startswith("touched#")]
    assert len(marked) == 1


@pytest.fixture
def wide(world, flow_id):
    """A failed run with some hundred failed children among as many others, in two mapped tasks."""
    run_id = world.create(flow_id)
    world.set(run_id, "Running")
    set_task(world, run_id, SOURCE, "Success")
    states = ["Failed" if index % 2 else "Success" for index in range(WIDE)]
    map_task(world, run_id, MAPPED, states)
    map_task(world, run_id, NEXT, ["TriggerFailed" if state == "Failed" else "Success" for state in states])
    set_task(world, run_id, SUM, "TriggerFailed")
    world.set(run_id, "Failed")
    return run_id


WIDE = 150


def check_wide(world, run_id):
    types = shown(world, run_id)
    expected = {number: "Pending" if number % 2 else "Success" for number in range(WIDE)}
    for number in (MAPPED, NEXT):
        assert {index: state for (task, index), state in types.items() if task == number and index >= 0} == (
            expected
        )
    assert (types[SOURCE, -1], types[MAPPED, -1], types[SUM, -1]) == ("Success", "Mapped", "Pending")


@pytest.mark.dynoxide_only
def test_many_task_runs_are_reset_in_portions_and_each_is_written_once(world, wide):
    portions = 0
    while True:
        portions += 1
        assert queued(world) == []
        small = world.within(Work(max_units=20_000))
        if not restart_flow_run(small.context, wide, "key").left:
            break

    assert portions > 2
    check_wide(world, wide)
    versions = {
        task_run.version
        for page in world.store.task_runs.of_flow_run(wide, mapped=True)
        for task_run in page
        if task_run.state.type == "Pending"
    }
    assert versions == {3}
    assert queued(world) == [wide]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("release", ["0.8.1", "1.4.1"])
def test_each_portion_comes_further_however_much_there_is_to_choose_from(world, release):
    slugs = [f"t{n}" for n in range(60)]
    edges = [
        {"upstream_task": {"slug": up}, "downstream_task": {"slug": down}, "key": None, "mapped": False}
        for number, up in enumerate(slugs)
        for down in slugs[number + 1 :]
    ]
    tasks = [{"slug": slug} for slug in (*slugs, "other")]
    flow_id = world.register({"name": "Dense", "__version__": release, "tasks": tasks, "edges": edges})
    run_id, other = world.create(flow_id), len(tasks)
    world.set(run_id, "Running")
    map_task(world, run_id, other, ["Success"] * 50)
    for number in range(1, other):
        set_task(world, run_id, number, "Failed")
    world.set(run_id, "Failed")

    for _ in range(20):
        if not restart_flow_run(world.within(Work(max_units=20_000)).context, run_id, "key").left:
            break

    assert world.run(run_id).state.type == "Scheduled"
    assert Counter(shown(world, run_id).values()) == {"Pending": 60, "Mapped": 1, "Success": 50}


@pytest.mark.dynoxide_only
def test_cancellation_that_is_repeated_cancels_nothing_that_a_restart_has_reset(world, wide):
    world.set(wide, "Cancelled")
    small = world.within(Work(max_units=20_000))
    assert restart_flow_run(small.context, wide, "key").left

    assert cancel_flow_run(world.context, wide).state.type == "Cancelled"

    assert "Cancelled" not in shown(world, wide).values()
    while restart_flow_run(small.context, wide, "key").left:
        small = world.within(Work(max_units=20_000))
    check_wide(world, wide)


@pytest.mark.dynoxide_only
def test_recovery_goes_on_with_many_task_runs(world, wide):
    small = world.within(Work(max_units=20_000))
    left = restart_flow_run(small.context, wide, "key")
    assert (left.left, left.run.state.type, left.run.version) == (True, "Failed", 3)

    assert recover(world)["restarted"] == 1

    check_wide(world, wide)
    assert world.items("follow-up") == []


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("page", [1, 7, 64])
def test_portions_of_any_size_come_to_the_same(world, wide, page, monkeypatch):
    monkeypatch.setattr(resetting, "PAGE", page)
    steps = cycle([True, True, False])
    run = world.run(wide)
    restart = Restart(run.version, b"token1")
    while True:
        done = finish_restart(world.context, run, restart, lambda: next(steps))
        if not done.left:
            break
        (marker,) = world.store.follow_ups.get([wide])
        restart = marker.restart

    check_wide(world, wide)
