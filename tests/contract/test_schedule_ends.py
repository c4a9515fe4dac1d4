"""Runs that wait for their turn end with their schedule, and in a pause, as other untouched runs do."""

from contextlib import suppress
from functools import partial

import pytest

from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.skips import SkipReason
from operations.flow_runs.states import set_flow_run_labels, set_flow_run_name
from operations.flows import flow_groups, schedules
from operations.flows.archiving import archive_flow
from operations.queue.polling import get_runs_in_queue
from operations.schedules import removing, telling
from tests.contract.gaps import OneGap, put_items_back
from tests.contract.ruled_runs import claim, group_of, ruled_flow, skipped
from tests.contract.test_schedule_upkeep import tell
from tests.contract.test_schedules import HOUR, flow_with, interval, runs_of, tick
from tests.examples import each_gap

pytestmark = pytest.mark.usefixtures("pauses")
OTHER = {"clocks": [interval(24 * HOUR)]}
ENDED = "The schedule was switched off or changed while the run waited for its turn."


def register_again(world, flow_id):
    (flow,) = world.store.flows.get([flow_id])
    world.register(flow_with(interval(24 * HOUR)), project_id=flow.project_id, set_schedule_active=True)


def pause(world, flow_id):
    tell(world, flow_id, {"overlap": "buffer_all"}, Pause(since=world.clock(), note="stop"))


ENDS = {
    "switched off": lambda world, flow_id: schedules.set_schedule_inactive(world.context, flow_id),
    "archived": lambda world, flow_id: archive_flow(world.context, flow_id),
    "a new version": register_again,
    "replaced": lambda world, flow_id: schedules.set_group_schedule(
        world.context, group_of(world, flow_id), OTHER
    ),
}


@pytest.fixture
def flow_id(world):
    """Return a flow of whose schedule one run has begun, five are due and wait, and others are not due."""
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=6, minutes=1)
    tick(world)
    first, *others = due(world, flow_id)
    assert claim(world, first) == "Submitted"
    assert {claim(world, run_id) for run_id in others} == {"Scheduled"}
    assert len(others) == 5
    return flow_id


def due(world, flow_id):
    return [run.id for run in runs_of(world, flow_id) if run.scheduled_start_time <= world.clock()]


def there(world, run_ids):
    return [run.id for run in world.store.flow_runs.get(run_ids, (), consistent=True)]


def offered(world, begun):
    """Return what agents get after the run has ended that has begun."""
    world.set(begun, "Success")
    world.clock.advance(minutes=6)
    tick(world)
    return get_runs_in_queue(world.context, None, [])


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_runs_that_wait_go_with_their_schedule(world, flow_id, end):
    first, *others = due(world, flow_id)

    end(world, flow_id)

    assert there(world, [first, *others]) == [first]
    assert offered(world, first) == []
    assert skipped(world) == {}
    assert [item for item in world.items() if any(name in item["pk"]["S"] for name in others)] == []


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
def test_runs_that_wait_with_a_process_are_closed_and_their_processes_refused(world, end):
    flow_id = ruled_flow(world, overlap="buffer_all")
    world.clock.advance(hours=3, minutes=1)
    tick(world)
    first, second, third = due(world, flow_id)
    assert claim(world, first) == "Submitted"
    assert [claim(world, run_id, "Running") for run_id in (second, third)] == ["Queued"] * 2

    end(world, flow_id)

    assert {run_id: note.reason for run_id, note in skipped(world).items()} == dict.fromkeys(
        (second, third), SkipReason.OVERLAP
    )
    assert skipped(world)[second].message == ENDED
    assert offered(world, first) == []
    for version in (2, 3):
        with pytest.raises((BadUserInput, VersionLockingError)):
            world.set(second, "Running", version)
    assert world.types(second) == ["Scheduled", "Queued", "Cancelled"]


@pytest.mark.parametrize("state", ["Submitted", "Running"])
def test_a_pause_closes_runs_that_wait_with_its_note(world, flow_id, state):
    first, *others = due(world, flow_id)
    for run_id in others:
        claim(world, run_id, state)

    pause(world, flow_id)

    assert {run_id: note.reason for run_id, note in skipped(world).items()} == dict.fromkeys(
        others, SkipReason.PAUSED
    )
    assert {world.run(run_id).state.message for run_id in others} == {
        "Skipped: the schedule was paused: stop"
    }
    assert world.run(first).state.type == "Submitted"
    assert offered(world, first) == []


def schedule_again(world, run_id):
    """Schedule a run as a user does, and let it wait again."""
    world.set(run_id, "Scheduled")
    assert claim(world, run_id) == "Scheduled"


TOUCHES = {
    "scheduled anew": schedule_again,
    "renamed": lambda world, run_id: set_flow_run_name(world.context, run_id, "mine"),
    "labelled": lambda world, run_id: set_flow_run_labels(world.context, run_id, ["mine"]),
    "cancelled": lambda world, run_id: world.set(run_id, "Cancelled"),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=list(TOUCHES))
@pytest.mark.parametrize("end", [*ENDS.values(), pause], ids=[*ENDS, "pause"])
def test_runs_that_somebody_touched_stay_however_often_they_waited_since(world, flow_id, touch, end):
    touched, *others = due(world, flow_id)[1:]
    touch(world, touched)
    if world.run(touched).state.type == "Scheduled":
        claim(world, touched)
    before = world.run(touched)

    end(world, flow_id)

    assert world.run(touched) == before
    assert {world.run(run_id).state.type for run_id in there(world, others)} <= {"Cancelled"}


def test_a_pause_leaves_a_run_that_was_renamed_and_never_claimed(world):
    flow_id = ruled_flow(world)
    world.clock.advance(hours=2, minutes=1)
    renamed, other = due(world, flow_id)
    set_flow_run_name(world.context, renamed, "mine")

    pause(world, flow_id)

    assert list(skipped(world)) == [other]
    assert world.run(renamed).state.type == "Scheduled"


@pytest.mark.parametrize("waits", [16, 17, 28, 29, 41])
def test_nothing_is_left_of_runs_that_have_waited_for_long(world, flow_id, waits):
    first, second, *_ = others = due(world, flow_id)
    while world.run(second).version < waits:
        claim(world, second)
    assert len([item for item in world.items() if item["sk"]["S"].startswith("states#")]) == (waits - 5) // 12

    schedules.set_schedule_inactive(world.context, flow_id)

    assert there(world, others) == [first]
    assert [item for item in world.items() if second in item["pk"]["S"]] == []


def test_what_a_user_did_long_before_is_not_forgotten(world, flow_id):
    second = due(world, flow_id)[1]
    schedule_again(world, second)
    while world.run(second).version < 30:
        claim(world, second)

    schedules.set_schedule_inactive(world.context, flow_id)

    assert world.run(second).state.type == "Scheduled"


def test_runs_that_have_waited_for_days_are_closed(world, flow_id, monkeypatch):
    monkeypatch.setattr(removing, "_MOST_STATES", 3)
    first, second, third, *_ = others = due(world, flow_id)
    for _ in range(2):
        claim(world, second)
    claim(world, third)
    assert [world.run(run_id).version for run_id in (second, third)] == [4, 3]

    schedules.set_schedule_inactive(world.context, flow_id)

    assert there(world, others) == [first, second]
    assert [(run_id, note.message) for run_id, note in skipped(world).items()] == [(second, ENDED)]


def test_run_that_waits_and_is_not_due_is_made_anew_under_other_rules(world):
    flow_id = ruled_flow(world, overlap="buffer_all")
    first, second, third, *_ = runs_of(world, flow_id)
    assert claim(world, first.id) == "Submitted"
    assert [claim(world, second.id), claim(world, third.id, "Running")] == ["Scheduled", "Queued"]

    telling.set_rules(world.context, group_of(world, flow_id), {"overlap": "skip"})

    runs = runs_of(world, flow_id)
    assert [run.id for run in (runs[0], runs[2])] == [first.id, third.id]
    assert (runs[1].version, runs[1].scheduled_start_time) == (1, second.scheduled_start_time)
    assert runs[1].id != second.id
    assert len({run.scheduled_start_time for run in runs}) == len(runs) == 10
    assert there(world, [second.id]) == []


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("state", ["Submitted", "Running"])
@pytest.mark.parametrize("end", [ENDS["switched off"], pause], ids=["switched off", "pause"])
def test_a_claim_in_any_gap_of_the_end_leaves_no_run_that_waits(world, flow_id, end, state):
    first, second, *_ = due(world, flow_id)
    before = world.items()
    for gap in each_gap(f"{end.__name__}, {state}"):
        put_items_back(world, before)
        client = OneGap(world.client, gap, partial(claim_if_there, world, second, state))
        end(world.through(client), flow_id)
        states = {run.state.type for run in runs_of(world, flow_id) if run.id != first}
        assert states <= {"Cancelled"}, (gap, states)
        if client._calls < gap:
            break


def claim_if_there(world, run_id, state):
    """Claim a run, unless another thread of the request that ends its schedule has just deleted it."""
    for run in world.store.flow_runs.get([run_id], (), consistent=True):
        with suppress(BadUserInput, VersionLockingError, NotFound):
            world.set(run_id, state, run.version)


def switch_off_and_on(world, flow_id):
    schedules.set_schedule_inactive(world.context, flow_id)
    schedules.set_schedule_active(world.context, flow_id)


def pause_and_resume(world, flow_id):
    pause(world, flow_id)
    telling.resume(world.context, group_of(world, flow_id))


@pytest.mark.parametrize(
    "tell_something",
    [
        switch_off_and_on,
        pause_and_resume,
        lambda world, flow_id: telling.set_rules(world.context, group_of(world, flow_id), {"late_after": 60}),
    ],
)
def test_what_runs_begin_with_reaches_those_that_are_made_afterwards(world, tell_something):
    flow_id = ruled_flow(world)
    flow_groups.set_labels(world.context, group_of(world, flow_id), ["new"])
    world.clock.advance(hours=1, minutes=1)
    tick(world)
    assert [run.labels for run in runs_of(world, flow_id)] == [[]] * 10 + [["new"]]

    tell_something(world, flow_id)

    assert [run.labels for run in runs_of(world, flow_id)[-10:]] == [["new"]] * 10
