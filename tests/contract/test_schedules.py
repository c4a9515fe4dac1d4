"""Schedules run by themselves: each occurrence makes one run, and runs of an earlier schedule go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import BadUserInput
from domain.parts import Part
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows import schedules
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow
from operations.reads.plans.flows.flow_plans import read_flows
from operations.schedules.telling import pause
from operations.schedules.tick import keep_up_all
from tests.contract.factories import SHARDS, START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def interval(span, **more):
    micros = span // timedelta(microseconds=1)
    return {"type": "IntervalClock", "interval": micros, **more}


def flow_with(*clocks, **more):
    return {"name": "Flow", "schedule": {"clocks": list(clocks)}, **more}


def tick(world):
    return keep_up_all(world.context, lambda: 1.0)


def runs_of(world, flow_id):
    """Return the automatic runs of a flow, in the order of their start."""
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    lists = world.store.run_lists
    ids = list(lists.ids(lists.of_group(group_id), descending=False))
    runs = world.store.flow_runs.get(ids, (), consistent=True)
    return sorted((run for run in runs if run.auto_scheduled), key=lambda run: run.scheduled_start_time)


def times(world, flow_id):
    return [run.scheduled_start_time for run in runs_of(world, flow_id)]


def looks(world):
    """Return for each schedule that is due when it needs work."""
    group_ids = list(world.store.schedules.due(world.clock(), 0))
    return [record.next_look for record in world.store.schedules.records(group_ids)]


def test_ten_runs_are_made_when_a_schedule_is_switched_on(world):
    flow_id = world.register(flow_with(interval(HOUR)))
    assert times(world, flow_id) == []

    assert schedules.set_schedule_active(world.context, flow_id)

    assert times(world, flow_id) == [START + n * HOUR for n in range(1, 11)]
    run = runs_of(world, flow_id)[0]
    assert (run.state.type, run.version, run.auto_scheduled) == ("Scheduled", 1, True)
    assert tick(world).counts["made"] == 0


def test_a_registered_active_schedule_has_runs_at_once(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)

    assert len(times(world, flow_id)) == 10


def test_one_run_is_made_beyond_the_horizon(world):
    flow_id = world.register(flow_with(interval(3 * DAY)), set_schedule_active=True)

    assert len(times(world, flow_id)) == 1


def test_no_more_runs_are_made_than_lie_within_the_horizon(world):
    world.context = replace(world.context, schedule_horizon=3 * HOUR)
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)

    assert times(world, flow_id) == [START + n * HOUR for n in (1, 2, 3)]


@pytest.mark.parametrize("span", [MINUTE, 7 * MINUTE, 5 * HOUR, 2 * DAY])
def test_ticks_make_every_occurrence_once(world, span):
    flow_id = world.register(flow_with(interval(span)), set_schedule_active=True)
    step = max(MINUTE, span / 7)
    for _ in range(30):
        world.clock.time += step
        tick(world)
        tick(world)

    first = START - (START - datetime(2019, 1, 1, tzinfo=UTC)) % span + span
    found = times(world, flow_id)
    assert found == [first + n * span for n in range(len(found))]
    ahead = [time for time in found if time > world.clock.time]
    assert len(ahead) == (10 if span < 2 * HOUR else 1 if span > DAY else len(ahead))
    assert ahead


def test_occurrences_that_are_long_past_make_no_runs(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    world.clock.advance(hours=30, seconds=30)  # the last one is due for half a minute

    summary = tick(world)

    found = times(world, flow_id)
    assert found[10:] == [START + n * HOUR for n in range(30, 41)]
    assert (summary.counts["missed"], summary.overdue) == (19, timedelta(0))
    assert tick(world).counts["missed"] == 0


def test_skipped_occurrences_of_a_paused_schedule_are_not_missed(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    assert pause(world.context, group_id, note=None, by=None, until=None)
    world.clock.advance(hours=2)

    counts = tick(world).counts

    assert counts["skipped"] > 0
    assert counts["missed"] == 0


class TestOverdue:
    """For how long the schedule has needed work that got none in a tick."""

    def test_tick_without_time_says_how_long_the_oldest_schedule_has_waited(self, world):
        for span in (30 * MINUTE, HOUR, 2 * HOUR):
            world.register(flow_with(interval(span)), set_schedule_active=True)
        world.clock.advance(hours=5)
        first = min(looks(world))

        summary = keep_up_all(world.context, lambda: 0.0)

        assert summary.left
        assert summary.overdue == world.clock.time - first > 4 * HOUR
        summary = tick(world)
        assert (summary.left, summary.overdue) == (False, timedelta(0))

    def test_nothing_is_overdue_if_a_tick_without_time_finds_no_schedule(self, world):
        world.register(flow_with(interval(HOUR)), set_schedule_active=True)

        assert keep_up_all(world.context, lambda: 0.0).overdue == timedelta(0)

    @pytest.mark.dynoxide_only
    def test_only_a_tick_that_left_a_schedule_asks_for_the_oldest_one(self, world):
        world.register(flow_with(interval(HOUR)), set_schedule_active=True)
        idle = self.consumed(world, 1.0)
        world.clock.advance(hours=5)

        calls, units = self.consumed(world, 0.0)

        # One query for each shard of the schedules, and one for the backfills.
        assert idle == (SHARDS + 1, (SHARDS + 1) / 2)
        # The shards are read up to that of the schedule, or all of them. Then each is read once more.
        assert SHARDS + 2 <= calls <= 2 * SHARDS + 1
        assert units == calls / 2

    def consumed(self, world, seconds):
        """Return how many calls and read units a tick takes that has so much time."""
        metered, consumption = world.metered()
        keep_up_all(metered.context, lambda: seconds)
        assert consumption.write_units == 0
        return consumption.calls.total(), consumption.read_units

    def test_schedule_that_fails_is_overdue_and_those_that_were_kept_up_are_not(self, world, monkeypatch):
        flow_ids = [world.register(flow_with(interval(HOUR)), set_schedule_active=True) for _ in range(3)]
        broken = world.store.flows.get(flow_ids)[1].flow_group_id
        real = type(world.store.schedules).get

        def get(stored, group_id):
            if group_id == broken:
                raise ValueError("an odd item")
            return real(stored, group_id)

        monkeypatch.setattr(type(world.store.schedules), "get", get)
        (since,) = {record.next_look for record in world.store.schedules.records([broken])}
        world.clock.advance(hours=3)

        summary = tick(world)

        assert set(summary.faults) == {broken}
        assert summary.overdue == world.clock.time - since

    def test_oldest_schedule_is_found_behind_those_that_do_not_count(self, world):
        flow_ids = [world.register(flow_with(interval(HOUR)), set_schedule_active=True) for _ in range(3)]
        group_ids = [flow.flow_group_id for flow in world.store.flows.get(flow_ids)]
        world.clock.advance(hours=3)

        assert world.store.schedules.oldest_due(world.clock(), group_ids) is None
        assert world.store.schedules.oldest_due(START, ()) is None
        (since,) = {record.next_look for record in world.store.schedules.records(group_ids[:1])}
        assert world.store.schedules.oldest_due(world.clock(), group_ids[1:]) == since


def test_a_switched_off_schedule_has_no_runs_but_those_that_somebody_touched(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    first, second, third, *_ = runs_of(world, flow_id)
    world.store.flow_runs.rename(first.id, "mine", world.clock())
    world.store.flow_runs.set_labels(second.id, ["mine"], world.clock())
    world.set(third.id, "Submitted", 1)
    other = world.create(flow_id, scheduled_start_time=START + 5 * HOUR)

    assert schedules.set_schedule_inactive(world.context, flow_id)

    assert [run.id for run in runs_of(world, flow_id)] == [first.id, second.id, third.id]
    assert world.store.flow_runs.get([other], (), consistent=True)
    tick(world)
    world.clock.advance(hours=30)
    tick(world)
    assert len(runs_of(world, flow_id)) == 3


@pytest.mark.dynoxide_only
def test_late_runs_of_a_switched_off_schedule_go_as_well(world):
    labels = {"run_config": {"labels": ["nobody"]}}
    flow_id = world.register(flow_with(interval(HOUR), **labels), set_schedule_active=True)
    elsewhere = world.register(
        {**flow_with(interval(HOUR), **labels), "name": "Other"}, set_schedule_active=True
    )
    for _ in range(40):
        world.clock.advance(hours=1)
        tick(world)
    assert len(times(world, flow_id)) == 50

    schedules.set_schedule_inactive(world.context, flow_id)

    assert times(world, flow_id) == []
    assert len(times(world, elsewhere)) == 50


def test_a_cancelled_run_is_not_made_again_but_can_be_asked_for(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    run = world.store.flow_runs.get([runs_of(world, flow_id)[3].id], ("inputs",), consistent=True)[0]
    world.set(run.id, "Cancelled", 1)
    world.store.flow_runs.delete(runs_of(world, flow_id)[4].id)
    for _ in range(3):
        world.clock.advance(minutes=20)
        tick(world)

    assert [n for n in range(1, 12) if START + n * HOUR not in times(world, flow_id)] == [5]
    again = create_flow_run(
        world.context, CreateFlowRun(flow_id=flow_id, idempotency_key=run.inputs.idempotency_key)
    )
    assert again != run.id


def test_a_new_version_takes_over_the_schedule(world):
    project_id = world.project()
    first = world.register(flow_with(interval(HOUR)), project_id=project_id, set_schedule_active=True)
    second = world.register(flow_with(interval(2 * HOUR)), project_id=project_id, set_schedule_active=True)

    runs = runs_of(world, second)
    assert {run.flow_id for run in runs} == {second}
    assert [run.scheduled_start_time for run in runs][:2] == [START + 2 * HOUR, START + 4 * HOUR]
    archive_flow(world.context, second)
    assert runs_of(world, second) == []
    unarchive_flow(world.context, first)
    assert {run.flow_id for run in runs_of(world, first)} == {first}


def test_a_new_version_without_a_schedule_ends_the_runs(world):
    project_id = world.project()
    world.register(flow_with(interval(HOUR)), project_id=project_id, set_schedule_active=True)
    second = world.register({"name": "Flow"}, project_id=project_id)

    assert runs_of(world, second) == []


def test_the_schedule_of_the_group_replaces_that_of_the_flow(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id

    assert schedules.set_group_schedule(world.context, group_id, {"clocks": [interval(2 * HOUR)]})
    assert times(world, flow_id)[:2] == [START + 2 * HOUR, START + 4 * HOUR]
    assert schedules.set_group_schedule(world.context, group_id, None)
    assert times(world, flow_id)[:2] == [START + HOUR, START + 2 * HOUR]


def test_clocks_give_parameters_labels_and_run_config(world):
    clock = interval(
        HOUR, parameter_defaults={"x": 5}, labels=["b", "a"], run_config={"type": "LocalRun", "env": {}}
    )
    flow_id = world.register(
        flow_with(clock, interval(HOUR), parameters=[{"name": "x", "default": 1}]), set_schedule_active=True
    )

    runs = world.store.flow_runs.get(
        [run.id for run in runs_of(world, flow_id)], ("inputs",), consistent=True
    )
    given = sorted((run.inputs.parameters["x"], run.labels) for run in runs)
    assert given == [(1, [])] * 5 + [(5, ["a", "b"])] * 5
    assert {(run.inputs.run_config or {}).get("type") for run in runs} == {None, "LocalRun"}


def test_a_required_parameter_that_nothing_supplies_is_an_error(world):
    flow = flow_with(
        interval(HOUR, parameter_defaults={"x": 1}),
        interval(DAY),
        parameters=[{"name": "x", "required": True}],
    )
    flow_id = world.register(flow, set_schedule_active=True)
    assert not world.store.flows.get([flow_id])[0].is_schedule_active

    with pytest.raises(BadUserInput, match="would lack x"):
        schedules.set_schedule_active(world.context, flow_id)


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("FREQ=DAILY;INTERVAL=0", "rrule_obj.rr: INTERVAL must be from 1 to 10,000, not 0."),
        ("FREQ=MONTHLY;BYMONTH=1;BYDAY=53MO", "rrule_obj: its times cannot be found: IndexError."),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "rrule_obj: no time was found in"),
    ],
)
def test_a_schedule_that_cannot_be_followed_says_so_and_is_looked_at_each_hour(world, rule, fault):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    group = world.store.flows.group(world.store.flows.get([flow_id])[0].flow_group_id)
    odd = {"clocks": [{"type": "RRuleClock", "rrule_obj": {"type": "rrule", "rr": rule}}]}
    assert world.store.flow_groups.change(group, replace(group, schedule=odd), world.clock())

    summary = tick(world)

    assert (summary.counts["at_fault"], summary.faults) == (1, {})
    (flow,) = read_flows(world.context, [flow_id], (Part.SCHEDULE,))
    assert str(flow.schedule_fault).startswith(f"schedule.clocks[0].{fault}")
    assert tick(world).counts["at_fault"] == 0
    world.clock.advance(minutes=61)
    assert tick(world).counts["at_fault"] == 1


def test_a_schedule_that_cannot_be_read_stops_no_other(world):
    bad = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    good = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    group = world.store.flows.group(world.store.flows.get([bad])[0].flow_group_id)
    odd = {"clocks": [{"type": "CronClock", "cron": "once a week"}]}
    assert world.store.flow_groups.change(group, replace(group, schedule=odd), world.clock())
    world.clock.advance(minutes=90)

    summary = tick(world)

    assert (summary.counts["at_fault"], summary.faults) == (1, {})
    assert times(world, bad) == []
    assert len([time for time in times(world, good) if time > world.clock()]) == 10
    (flow,) = read_flows(world.context, [bad], (Part.SCHEDULE,))
    assert flow.schedule_fault == "schedule.clocks[0].cron: is no cron expression: 'once a week'."
    assert read_flows(world.context, [good], (Part.SCHEDULE,))[0].schedule_fault is None
    assert tick(world).counts["at_fault"] == 0


def test_deleting_a_flow_forgets_its_schedule(world):
    flow_id = world.register(flow_with(interval(HOUR)), set_schedule_active=True)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    assert delete_flow(world.context, flow_id)

    assert world.store.schedules.get(group_id) is None
