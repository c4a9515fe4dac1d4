"""Schedules are told rules, paused, resumed and asked for runs, on each store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import BadUserInput, IdempotencyKeyReused, NotFound
from domain.parts import Part
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.pauses import Pause
from domain.schedules.runs.records import Decided
from operations.flow_runs.deleting import delete_flow_run
from operations.flows import schedules
from operations.flows.archiving import archive_flow
from operations.schedules.asking import next_runs, trigger
from operations.schedules.telling import pause, resume, set_rules
from tests.contract.factories import START
from tests.contract.test_schedules import HOUR, flow_with, interval, runs_of, tick, times

NOWHERE = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def flow_id(world):
    return world.register(flow_with(interval(HOUR)), set_schedule_active=True)


@pytest.fixture
def group_id(world, flow_id):
    return world.store.flows.get([flow_id])[0].flow_group_id


def rules(world, group_id):
    return world.store.flows.group(group_id).schedule_rules


def paused(world, group_id):
    stored = world.store.flows.group(group_id).schedule_pause
    return None if stored is None else Pause.read(stored)


def told(world, group_id, **more):
    return pause(world.context, group_id, **{"until": None, "by": None, "note": None, **more})


def test_given_rules_replace_and_others_stay(world, group_id):
    assert set_rules(world.context, group_id, {"overlap": "skip", "late_after": 60})
    assert set_rules(world.context, group_id, {"late_after": None, "excluded_dates": ["2040-12-24"]})

    assert rules(world, group_id) == {"overlap": "skip", "excluded_dates": ["2040-12-24"]}


def test_rules_that_are_all_off_leave_nothing(world, group_id):
    assert set_rules(world.context, group_id, {"overlap": "skip", "spread": 60})
    assert set_rules(world.context, group_id, {"overlap": "allow", "spread": 0})

    assert rules(world, group_id) is None


def test_rules_of_a_schedule_that_was_never_switched_on_make_no_record(world):
    flow_id = world.register(flow_with(interval(HOUR)))
    group_id = world.store.flows.get([flow_id])[0].flow_group_id

    assert set_rules(world.context, group_id, {"max_runs": 3})

    assert rules(world, group_id) == {"max_runs": 3}
    assert world.store.schedules.get(group_id) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"overlap": "never"}, "overlap"),
        ({"late_after": 0}, "late_after"),
        ({"catch_up": "some"}, "catch_up"),
        ({"catch_up_window": 31 * 86_400 + 1}, "catch_up_window"),
        ({"pause_after_failures": 1_001}, "pause_after_failures"),
        ({"spread": 86_401}, "spread"),
        ({"spread": -1}, "spread"),
        ({"excluded_dates": ["2040-12-24", "Christmas"]}, "excluded_dates[1]"),
        ({"excluded_dates": ["2040-12-24"] * 1_001}, "excluded_dates"),
        ({"max_runs": 0}, "max_runs"),
    ],
)
def test_rule_that_cannot_hold_is_refused_with_its_field(world, group_id, given, field):
    before = world.items()

    with pytest.raises(InvalidSchedule) as refused:
        set_rules(world.context, group_id, {"overlap": "skip", **given})

    assert (refused.value.code, refused.value.field) == ("BAD_USER_INPUT", field)
    assert world.items() == before


TOLD = {
    "caught up": lambda world, group_id: set_rules(world.context, group_id, {"catch_up": "all"}),
    "paused": told,
    "resumed": lambda world, group_id: resume(world.context, group_id),
}


@pytest.mark.parametrize("is_paused", [False, True])
@pytest.mark.parametrize("how", TOLD)
def test_what_is_due_when_a_schedule_is_told_goes_by_what_it_was_told_before(
    world, flow_id, group_id, how, is_paused
):
    if is_paused:
        told(world, group_id)
    world.clock.advance(hours=15, minutes=30)
    TOLD[how](world, group_id)
    world.clock.advance(minutes=1)
    tick(world)

    noted = list(world.store.occurrences.of_group(group_id, descending=False))
    by_outage = [(skip.time, skip.reason.value) for skip in noted if skip.flow_run_id is None]
    past = [START + n * HOUR for n in range(1 if is_paused else 11, 16)]
    assert by_outage == [(time, "paused" if is_paused else "missed") for time in past]
    assert not [time for time in times(world, flow_id) if time in past]


def test_rules_touch_the_record_so_that_earlier_ticks_are_refused(world, group_id):
    before = world.store.schedules.get(group_id)

    set_rules(world.context, group_id, {"overlap": "skip"})

    after = replace(before, revision=before.revision + 1)
    assert world.store.schedules.keep(before, Decided(after), world.context.token()) is None


def test_a_pause_has_its_note_its_end_and_its_author(world, group_id):
    until = START + timedelta(days=1)
    assert told(world, group_id, until=until, by="Ada", note="The database moves.")
    assert paused(world, group_id) == Pause(since=START, until=until, by="Ada", note="The database moves.")

    assert resume(world.context, group_id)
    assert paused(world, group_id) is None
    assert resume(world.context, group_id)


def test_a_second_pause_goes_on_since_the_first_one(world, group_id):
    told(world, group_id, until=START + HOUR)
    world.clock.advance(minutes=30)
    told(world, group_id, note="Longer.")
    assert paused(world, group_id) == Pause(since=START, note="Longer.")

    told(world, group_id, until=START + HOUR)
    world.clock.advance(hours=2)
    told(world, group_id)
    assert paused(world, group_id) == Pause(since=START + timedelta(hours=2.5))


def test_resuming_leaves_the_rules(world, group_id):
    set_rules(world.context, group_id, {"max_runs": 3})
    told(world, group_id)

    resume(world.context, group_id)

    assert rules(world, group_id) == {"max_runs": 3}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"until": START}, "until"),
        ({"until": START - HOUR}, "until"),
        ({"note": "x" * 1_001}, "note"),
        ({"by": "x" * 201}, "by"),
    ],
)
def test_pause_that_cannot_be_is_refused_with_its_field(world, group_id, given, field):
    before = world.items()

    with pytest.raises(InvalidSchedule) as refused:
        told(world, group_id, **given)

    assert refused.value.field == field
    assert world.items() == before


def test_the_longest_note_is_kept(world, group_id):
    told(world, group_id, note="ü" * 1_000, by="ü" * 200)

    assert paused(world, group_id).note == "ü" * 1_000


def test_an_unknown_group_is_not_found(world):
    assert not set_rules(world.context, NOWHERE, {"max_runs": 3})
    assert not told(world, NOWHERE)
    assert not resume(world.context, NOWHERE)
    with pytest.raises(NotFound):
        trigger(world.context, NOWHERE, clock=0, idempotency_key=None)
    with pytest.raises(NotFound):
        next_runs(world.context, NOWHERE)


def test_a_triggered_run_has_what_its_clock_gives_and_a_mark(world):
    second = interval(
        2 * HOUR, parameter_defaults={"x": 5}, labels=["b", "a"], run_config={"type": "LocalRun"}
    )
    flow = flow_with(interval(HOUR), second, parameters=[{"name": "x", "default": 1}])
    flow_id = world.register(flow)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id

    first, other = (
        world.run(trigger(world.context, group_id, clock=clock, idempotency_key=None)) for clock in (0, 1)
    )

    assert (first.inputs.parameters, first.labels) == ({"x": 1}, [])
    assert (other.inputs.parameters, other.labels) == ({"x": 5}, ["a", "b"])
    assert other.inputs.run_config == {"type": "LocalRun"}
    assert [run.inputs.context for run in (first, other)] == [
        {"triggered_schedule": {"clock": clock}} for clock in (0, 1)
    ]
    assert (first.auto_scheduled, first.scheduled_start_time, first.flow_id) == (False, START, flow_id)


def test_a_triggered_run_is_made_once_by_its_key(world, group_id):
    again = [trigger(world.context, group_id, clock=0, idempotency_key="k") for _ in range(2)]

    assert again[0] == again[1]
    assert trigger(world.context, group_id, clock=0, idempotency_key=None) != again[0]


def test_a_key_that_triggered_another_clock_is_refused(world):
    flow_id = world.register(flow_with(interval(HOUR), interval(2 * HOUR)))
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    trigger(world.context, group_id, clock=0, idempotency_key="k")

    with pytest.raises(IdempotencyKeyReused):
        trigger(world.context, group_id, clock=1, idempotency_key="k")


def test_a_paused_and_switched_off_schedule_can_be_triggered(world, flow_id, group_id):
    told(world, group_id)
    schedules.set_schedule_inactive(world.context, flow_id)

    assert world.exists(trigger(world.context, group_id, clock=0, idempotency_key=None))


@pytest.mark.parametrize("clock", [-1, 1])
def test_a_clock_that_is_not_there_is_refused(world, group_id, clock):
    before = world.items()

    with pytest.raises(InvalidSchedule) as refused:
        trigger(world.context, group_id, clock=clock, idempotency_key=None)

    assert refused.value.field == "clock"
    assert world.items() == before


def test_a_flow_without_a_schedule_cannot_be_triggered(world):
    flow_id = world.register()
    group_id = world.store.flows.get([flow_id])[0].flow_group_id

    with pytest.raises(BadUserInput, match="has no schedule"):
        trigger(world.context, group_id, clock=0, idempotency_key=None)


def test_an_archived_flow_cannot_be_triggered(world, flow_id, group_id):
    archive_flow(world.context, flow_id)

    with pytest.raises(NotFound):
        trigger(world.context, group_id, clock=0, idempotency_key=None)


def test_the_next_runs_are_made_and_told_in_order(world, flow_id):
    world.clock.advance(hours=7, minutes=1)

    found = next_runs(world.context, flow_id)

    runs = world.store.flow_runs.get(found, (), consistent=True)
    assert [run.id for run in sorted(runs, key=lambda run: run.scheduled_start_time)] == found
    assert times(world, flow_id)[-1] == START + 17 * HOUR
    assert len([run for run in runs if run.scheduled_start_time > world.clock()]) == 10


def test_runs_that_have_begun_or_are_gone_are_no_next_runs(world, flow_id):
    first, second, third, *_ = runs_of(world, flow_id)
    world.set(first.id, "Submitted", 1)
    delete_flow_run(world.context, second.id)

    assert next_runs(world.context, flow_id)[0] == third.id


def test_a_schedule_that_is_switched_off_has_no_next_runs(world, flow_id):
    assert next_runs(world.context, world.register(flow_with(interval(HOUR)))) == []
    schedules.set_schedule_inactive(world.context, flow_id)

    assert next_runs(world.context, flow_id) == []


def test_a_schedule_at_fault_says_so_when_its_next_runs_are_asked_for(world, flow_id, group_id):
    group = world.store.flows.group(group_id)
    odd = {"clocks": [{"type": "CronClock", "cron": "once a week"}]}
    assert world.store.flow_groups.change(group, replace(group, schedule=odd), world.clock())

    with pytest.raises(BadUserInput, match="is no cron expression"):
        next_runs(world.context, flow_id)


def test_the_mark_of_a_triggered_run_is_read_with_its_inputs(world, group_id):
    run_id = trigger(world.context, group_id, clock=0, idempotency_key=None)
    (run,) = world.store.flow_runs.get([run_id], (Part.INPUTS,), consistent=True)

    assert run.inputs.context == {"triggered_schedule": {"clock": 0}}
