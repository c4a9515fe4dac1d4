"""What came due before a change of a schedule, while no tick came, has a note or a run after it."""

from collections import Counter
from functools import partial
from typing import Any
from zlib import crc32

import pytest

from operations.flows import schedules
from operations.flows.archiving import archive_flow, unarchive_flow
from tests.contract.clients import Interleaved
from tests.contract.factories import START
from tests.contract.mortals import interrupted
from tests.contract.test_schedule_upkeep import group_of, skips, tell
from tests.contract.test_schedules import HOUR, MINUTE, flow_with, interval, runs_of, tick, times

pytestmark = pytest.mark.usefixtures("pauses")
OTHER = {"clocks": [interval(2 * HOUR)]}
RULES = [None, {"catch_up": "last"}, {"catch_up": "all"}]


def again(world, flow_id, former, **more):
    flow = world.store.flows.get([flow_id])[0]
    return world.register(flow_with(interval(HOUR)), project_id=flow.project_id, **more)


def replaced(world, flow_id, former, schedule=OTHER):
    return schedules.set_group_schedule(world.context, group_of(world, flow_id), schedule)


CHANGES: dict[str, Any] = {
    "registered": partial(again, set_schedule_active=True),
    "registered, off": again,
    "switched off": lambda world, flow_id, former: schedules.set_schedule_inactive(world.context, flow_id),
    "replaced": replaced,
    "given back": partial(replaced, schedule=None),
    "archived": lambda world, flow_id, former: archive_flow(world.context, flow_id),
    "unarchived": lambda world, flow_id, former: unarchive_flow(world.context, former),
}
# A request that changes nothing ends no schedule, so that what was missed is caught up.
REPEATS: dict[str, Any] = {
    "switched on": lambda world, flow_id, former: schedules.set_schedule_active(world.context, flow_id),
    "replaced by the same": partial(replaced, schedule={"clocks": [interval(HOUR)]}),
    "former one archived": lambda world, flow_id, former: archive_flow(world.context, former),
    "former one off": lambda world, flow_id, former: schedules.set_schedule_inactive(world.context, former),
}


def stage(world, name, rules, span=HOUR):
    """Return a flow with ten runs ahead, and its former version.

    The group has a schedule if that is to be given back.
    """
    former = world.register(flow_with(interval(span)), set_schedule_active=True)
    tell(world, former, rules)
    project_id = world.store.flows.get([former])[0].project_id
    flow_id = world.register(flow_with(interval(span)), project_id=project_id, set_schedule_active=True)
    if name in ("given back", "replaced by the same"):
        replaced(world, flow_id, former, {"clocks": [interval(span)]})
    return flow_id, former


def claim_due(world, flow_id):
    """Let agents have all runs that are due, which a change would remove."""
    for run in runs_of(world, flow_id):
        if run.scheduled_start_time <= world.clock.time and run.version == 1:
            world.set(run.id, "Submitted", 1)


def decided(world, flow_id, until):
    """Return how many runs and notes each occurrence has that was due until then."""
    found = Counter(times(world, flow_id)) + Counter(skip.time for skip in skips(world, flow_id))
    return {time: found[time] for time in found if time <= until}


@pytest.mark.parametrize("minutes", [15 * 60 + 30, 15 * 60 + 2, 15 * 60])
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", CHANGES)
def test_what_was_missed_before_a_change_is_noted(world, name, rules, minutes):
    flow_id, former = stage(world, name, rules)
    world.clock.advance(minutes=minutes)
    claim_due(world, flow_id)
    CHANGES[name](world, flow_id, former)
    until = world.clock.time
    world.clock.advance(minutes=1)
    tick(world)

    assert decided(world, flow_id, until) == {START + n * HOUR: 1 for n in range(1, 16)}
    noted = [(skip.time, skip.reason.value) for skip in skips(world, flow_id) if skip.time <= until]
    assert noted == [(START + n * HOUR, "missed") for n in range(11, 16)]


@pytest.mark.parametrize("name", REPEATS)
def test_request_that_ends_no_schedule_lets_it_catch_up(world, name):
    flow_id, former = stage(world, name, {"catch_up": "all"})
    world.clock.advance(hours=15, minutes=30)
    claim_due(world, flow_id)
    REPEATS[name](world, flow_id, former)
    tick(world)

    assert skips(world, flow_id) == []
    assert decided(world, flow_id, world.clock.time) == {START + n * HOUR: 1 for n in range(1, 16)}


@pytest.mark.parametrize("name", CHANGES)
def test_change_whose_schedule_has_nothing_due_writes_nothing_before_it(world, name):
    flow_id, _ = stage(world, name, None)
    world.clock.advance(minutes=30)
    before = world.store.schedules.get(group_of(world, flow_id))
    schedules.end_past(world.context, before.group_id, world.clock.time)
    assert world.store.schedules.get(before.group_id) == before

    world.clock.advance(minutes=31)
    schedules.end_past(world.context, before.group_id, world.clock.time)
    assert world.store.schedules.get(before.group_id) == before


@pytest.mark.dynoxide_only
def test_more_than_a_step_takes_is_noted_by_one_change(world):
    flow_id, _ = stage(world, "switched off", {"catch_up": "last"}, MINUTE)
    world.clock.advance(hours=5)
    claim_due(world, flow_id)
    schedules.set_schedule_inactive(world.context, flow_id)

    assert decided(world, flow_id, world.clock.time) == {START + n * MINUTE: 1 for n in range(1, 301)}


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("rules", [{"excluded_dates": ["2040-01-01"]}, {"max_runs": 10}])
def test_what_would_not_have_run_keeps_its_reason(world, rules):
    flow_id, _ = stage(world, "switched off", rules)
    world.clock.advance(hours=15, minutes=30)
    claim_due(world, flow_id)
    schedules.set_schedule_inactive(world.context, flow_id)

    assert decided(world, flow_id, world.clock.time) == {START + n * HOUR: 1 for n in range(1, 16)}
    assert "missed" not in {skip.reason.value for skip in skips(world, flow_id)}


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", CHANGES)
def test_change_that_is_killed_loses_and_doubles_no_occurrence(world, name, rules):
    # Each case tries every sixth call, and all cases together each of them.
    for call in range(1 + crc32(f"{name}, {rules}".encode()) % 6, 26, 6):
        world.clock.time = START
        flow_id, former = stage(world, name, rules)
        world.clock.advance(hours=15, minutes=30)
        claim_due(world, flow_id)
        was_killed = interrupted(
            world, partial(on_flow, CHANGES[name], flow_id, former), call, unheard=call % 12 > 5
        )
        until = world.clock.time
        tick(world)

        assert decided(world, flow_id, until) == {START + n * HOUR: 1 for n in range(1, 16)}, call
        schedules.set_schedule_inactive(world.context, flow_id)
        if not was_killed:
            break


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("name", CHANGES)
def test_change_beside_a_tick_doubles_no_occurrence(world, name):
    for call in range(1, 20, 3):
        world.clock.time = START
        flow_id, former = stage(world, name, None)
        world.clock.advance(hours=15, minutes=30)
        claim_due(world, flow_id)
        CHANGES[name](world.through(Interleaved(world.client, call, partial(tick, world))), flow_id, former)
        until = world.clock.time
        tick(world)

        assert decided(world, flow_id, until) == {START + n * HOUR: 1 for n in range(1, 16)}, call
        schedules.set_schedule_inactive(world.context, flow_id)


def on_flow(change, flow_id, former, world):
    return change(world, flow_id, former)
