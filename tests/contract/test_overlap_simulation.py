"""Agents, processes, users and recovery change the runs of one schedule in any order, and some of them die.

Whatever happens, two of the runs are never executed at once, and a run is skipped exactly if its note is
there.
"""

import random
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest

from domain.errors import ApiError, FlowRunsError
from domain.recovery.rules import RecoverySettings
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.states import set_flow_run_labels
from operations.queue.polling import get_runs_in_queue
from operations.recovery.tick import Bounds, tick
from tests.contract.clients import Deaf, Terse
from tests.contract.factories import at_once
from tests.contract.mortals import interrupted
from tests.contract.ruled_runs import due_runs, group_of, ruled_flow, skipped
from tests.contract.test_schedules import runs_of
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("pauses")
EXECUTED = {"Submitted", "Running", "Cancelling"}
POLICIES = ("skip", "buffer_one", "buffer_all", "cancel_other")


def act(run_id, dice, world):
    """Do something with a run that anybody may do."""
    kinds = ("Submitted",) * 5 + ("Running",) * 5 + ("Success", "Failed", "Cancelled", "Scheduled", "Paused")
    choice = dice.randrange(20)
    with suppress(FlowRunsError, ValueError):  # a run that was deleted cannot be read
        match choice:
            case 0:
                cancel_flow_run(world.context, run_id)
            case 1:
                set_flow_run_labels(world.context, run_id, dice.choice([[], ["a"]]))
            case 2 | 3:
                get_runs_in_queue(world.context, None, [])
            case 4:
                tick(world.context, RecoverySettings(), Bounds(lambda: 60.0))
            case 5 if dice.random() < 0.2:
                delete_flow_run(world.context, run_id)
            case _:
                version = None if dice.random() < 0.2 else world.run(run_id).version
                world.set(run_id, dice.choice(kinds), version)


def disturbed(world, dice, call):
    """Make a call that is disturbed or not: its process dies, or its calls of the table get no response."""
    match dice.randrange(4):
        case 0:
            interrupted(world, call, dice.randrange(1, 9), unheard=dice.random() < 0.5)
        case 1:
            with suppress(ApiError):
                call(world.through(Deaf(world.client, dice.randrange(1, 9), dice.choice([1, 1, 1, 9]))))
        case 2:
            call(world.through(Terse(world.client)))
        case _:
            call(world)


def check(world, ids):
    runs = [world.run(run_id) for run_id in ids if world.exists(run_id)]
    executed = [run.id for run in runs if run.state.type in EXECUTED]
    assert len(executed) <= 1, executed
    notes = skipped(world)
    for run in runs:
        closed = [entry for entry in run.history if (entry.state.message or "").startswith("Skipped: ")]
        assert bool(closed) == (run.id in notes), run.id
        if run.start_time is not None:
            assert all(entry.timestamp <= run.start_time for entry in closed), (
                "a run that has begun was skipped"
            )


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("policy", POLICIES)
def test_two_runs_are_never_executed_at_once(world, policy):
    dice = random.Random(policy)  # noqa: S311
    for _ in range(examples(3)):
        ids = due_runs(world, 6, overlap=policy, late_after=20 * 3_600)
        for _ in range(60):
            world.clock.advance(seconds=dice.choice([1, 30, 60, 900]))
            disturbed(world, dice, partial(act, dice.choice(ids), dice))
            check(world, ids)
        world = world.neighbour()


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("policy", POLICIES)
def test_two_runs_are_never_executed_at_once_by_requests_side_by_side(world, policy):
    dice = random.Random(policy)  # noqa: S311
    ids = due_runs(world, 6, overlap=policy)
    for _ in range(examples(25)):
        world.clock.advance(seconds=dice.choice([1, 30, 60, 900]))
        at_once(
            *(partial(act, dice.choice(ids), random.Random(dice.random()), world) for _ in range(6))  # noqa: S311
        )
        check(world, ids)


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("policy", POLICIES)
def test_a_schedule_goes_on_whatever_became_of_its_runs(world, policy):
    """When agents and recovery come, and nobody else, later runs begin and end."""
    dice = random.Random(policy)  # noqa: S311
    flow_id = ruled_flow(world, overlap=policy)
    ids = [run.id for run in runs_of(world, flow_id)]
    world.clock.advance(hours=10, minutes=1)
    for _ in range(40):
        disturbed(world, dice, partial(act, dice.choice(ids), dice))
    for run_id in ids:
        if world.exists(run_id) and world.run(run_id).state.type == "Paused":
            world.set(run_id, "Cancelled")
        set_flow_run_labels(world.context, run_id, [])

    for _ in range(400):
        world.clock.advance(minutes=1)
        assert not tick(world.context, RecoverySettings(), Bounds(lambda: 60.0)).faults
        for run_id in get_runs_in_queue(world.context, None, []):
            for state in ("Submitted", "Running", "Success"):
                with suppress(FlowRunsError):
                    world.set(run_id, state, world.run(run_id).version)
        left = {world.run(run_id).state.type for run_id in ids if world.exists(run_id)}
        if left <= {"Success", "Failed", "Cancelled"}:
            break
    assert left <= {"Success", "Failed", "Cancelled"}
    assert group_of(world, flow_id)
    assert world.clock.time < runs_of(world, flow_id)[0].scheduled_start_time + timedelta(hours=20)
