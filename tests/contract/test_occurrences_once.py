"""Each occurrence has one run or one note, also if it is moved, deleted or backfilled in between."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.ruled import spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.runs.backfills import Repeat
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flows import schedules
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.schedules.backfilling import create_backfill, preview_backfill
from tests.contract.clients import Interleaved
from tests.contract.factories import START
from tests.contract.mortals import interrupted
from tests.contract.test_backfills import request
from tests.contract.test_schedule_upkeep import group_of, scheduled, skips, tell
from tests.contract.test_schedules import DAY, HOUR, MINUTE, flow_with, interval, runs_of, tick, times
from tests.examples import alternate

# What is tried are rules over days. The calls are those of the other tests of schedules, which run on
# moto as well.
pytestmark = [pytest.mark.usefixtures("pauses"), pytest.mark.dynoxide_only]
FRIDAY = datetime(2040, 3, 2, 12, tzinfo=UTC)
NEXT_WEEKDAY = {"fn": "prefect.schedules.adjustments.next_weekday", "kwargs": {}}


def add(seconds):
    return {"fn": "prefect.schedules.adjustments.add", "kwargs": {"interval": f"//timedelta:{seconds}"}}


def adjusted(world, *clocks, adjustments, rules=None):
    """Return a flow whose schedule is switched on at noon on a Friday."""
    world.clock.time = FRIDAY
    schedule = {"clocks": list(clocks), "adjustments": adjustments}
    flow_id = world.register({"name": "Flow", "schedule": schedule})
    if rules:
        tell(world, flow_id, rules)
    assert schedules.set_schedule_active(world.context, flow_id)
    return flow_id


def pass_time(world, until, step):
    while world.clock.time < until:
        world.clock.time += step
        tick(world)


def look(world):
    while tick(world).counts["looked_at"]:
        pass


def of_spread(world, flow_id, rules):
    return spread_of(group_of(world, flow_id), ScheduleRules.read(rules).spread)


def planned_events(world, flow_id, *span, **more):
    """Return the occurrences that a backfill would run, each by its time before the spread."""
    group = world.store.flows.group(group_of(world, flow_id))
    moved = of_spread(world, flow_id, group.schedule_rules)
    found = preview_backfill(world.context, request(world, flow_id, *span, **more), None)
    return {time - moved for time in found.times}


def past(world, flow_id):
    return [time for time in times(world, flow_id) if time <= world.clock.time]


class TestMoved:
    """Adjustments move occurrences past each other, and several to one time."""

    @pytest.mark.parametrize("rules", [None, {"catch_up": "all"}, {"catch_up": "last"}])
    @pytest.mark.parametrize("minutes", [10, 60])
    def test_each_time_after_a_weekend_has_one_run(self, world, minutes, rules):
        flow_id = adjusted(world, interval(minutes * MINUTE), adjustments=[NEXT_WEEKDAY], rules=rules)
        pass_time(world, FRIDAY + 4 * DAY, HOUR / 4)

        wanted = [FRIDAY + n * minutes * MINUTE for n in range(1, 4 * 24 * 60 // minutes + 1)]
        assert past(world, flow_id) == [time for time in wanted if time.weekday() < 5]
        assert skips(world, flow_id) == []

    def test_clock_whose_events_are_moved_has_its_runs_among_those_of_others(self, world):
        sunday = {"type": "CronClock", "cron": "30 6 * * 0", "labels": ["sun"]}
        flow_id = adjusted(world, interval(HOUR), sunday, adjustments=[NEXT_WEEKDAY])
        pass_time(world, FRIDAY + 4 * DAY, HOUR / 4)

        monday = datetime(2040, 3, 5, 6, 30, tzinfo=UTC)
        assert past(world, flow_id).count(monday) == 1
        assert skips(world, flow_id) == []

    @pytest.mark.parametrize("seconds", [-7_200, 7_200, 8 * 86_400])
    def test_added_spans_neither_lose_nor_miss_anything(self, world, seconds):
        flow_id = adjusted(world, interval(HOUR), adjustments=[add(seconds)])
        pass_time(world, FRIDAY + DAY, HOUR / 2)

        assert past(world, flow_id) == [FRIDAY + n * HOUR for n in range(1, 25)]
        assert skips(world, flow_id) == []

    @pytest.mark.parametrize("seconds", [-7_200, 7_200, 8 * 86_400])
    def test_backfill_has_the_occurrences_that_are_due_in_its_range(self, world, seconds):
        world.clock.time = FRIDAY
        schedule = {"clocks": [interval(HOUR)], "adjustments": [add(seconds)]}
        flow_id = world.register({"name": "Flow", "schedule": schedule})

        found = preview_backfill(world.context, request(world, flow_id, FRIDAY - 5 * HOUR, FRIDAY), None)

        assert found.times == tuple(FRIDAY - n * HOUR for n in range(5, -1, -1))

    def test_more_events_than_a_look_sees_are_a_fault_and_no_loop(self, world):
        clocks = [interval(MINUTE, parameter_defaults={"x": number}) for number in range(20)]
        flow_id = adjusted(world, *clocks, adjustments=[NEXT_WEEKDAY])
        pass_time(world, FRIDAY + DAY, HOUR)

        record = world.store.schedules.get(world.store.flows.get([flow_id])[0].flow_group_id)
        assert "events are within their reach" in (record.fault or "")


class TestSpread:
    """The spread moves the occurrences of a schedule. Each stays the same occurrence."""

    def test_new_spread_runs_no_occurrence_twice(self, world):
        flow_id = scheduled(world, HOUR)
        claimed, renamed, cancelled, *_ = runs_of(world, flow_id)
        world.set(claimed.id, "Submitted", 1)
        world.store.flow_runs.rename(renamed.id, "mine", world.clock())
        cancel_flow_run(world.context, cancelled.id)
        tell(world, flow_id, {"spread": 1_800})
        pass_time(world, START + 12 * HOUR, 10 * MINUTE)

        hours = Counter((time - START) // HOUR for time in past(world, flow_id))
        assert hours == dict.fromkeys(range(1, 12), 1) | ({12: 1} if 12 in hours else {})

    @pytest.mark.parametrize("change", ["registered", "switched", "replaced", "archived"])
    def test_change_between_event_and_run_loses_no_day(self, world, change):
        world.clock.time = datetime(2040, 3, 5, 0, 0, 1, tzinfo=UTC)
        flow, project_id = flow_with(interval(DAY)), world.project()
        flow_id = world.register(flow, project_id=project_id)
        tell(world, flow_id, {"spread": 86_400})
        schedules.set_schedule_active(world.context, flow_id)
        (due,) = times(world, flow_id)
        world.clock.time = due - MINUTE
        group_id = world.store.flows.get([flow_id])[0].flow_group_id
        match change:
            case "registered":
                flow_id = world.register(flow, project_id=project_id, set_schedule_active=True)
            case "switched":
                schedules.set_schedule_inactive(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
            case "replaced":
                schedules.set_group_schedule(
                    world.context, group_id, {"clocks": [interval(DAY), interval(7 * DAY)]}
                )
            case _:
                archive_flow(world.context, flow_id)
                unarchive_flow(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
        tick(world)

        assert due in times(world, flow_id)

    @pytest.mark.parametrize("former", [None, {"spread": 3_600}])
    @pytest.mark.parametrize("change", ["registered", "switched", "told", "archived"])
    def test_wider_spread_and_then_a_change_run_no_occurrence_twice(self, world, change, former):
        project_id = world.project()
        flow_id = world.register(flow_with(interval(HOUR)), project_id=project_id)
        tell(world, flow_id, former)
        schedules.set_schedule_active(world.context, flow_id)
        pass_time(world, START + 8 * HOUR, HOUR / 2)
        for run in runs_of(world, flow_id):
            if run.scheduled_start_time <= world.clock.time:
                world.set(run.id, "Submitted", 1)
        tell(world, flow_id, {"spread": 86_400})
        world.clock.advance(seconds=1)  # nothing is due in between, which the change would remove
        match change:
            case "registered":
                world.register(flow_with(interval(HOUR)), project_id=project_id, set_schedule_active=True)
            case "switched":
                schedules.set_schedule_inactive(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
            case "told":
                tell(world, flow_id, {"spread": 86_400, "late_after": 86_400})
            case _:
                archive_flow(world.context, flow_id)
                unarchive_flow(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
        pass_time(world, START + 60 * HOUR, HOUR)

        events = Counter(run.scheduled_start_time - run.moved for run in all_runs(world, flow_id))
        first, last = min(events), max(events)
        wanted = [first + n * HOUR for n in range((last - first) // HOUR + 1)]
        assert dict.fromkeys(wanted, 1) == events
        assert skips(world, flow_id) == []


class TestDeleted:
    @pytest.mark.parametrize("spread", [None, {"spread": 5_400}])
    @pytest.mark.parametrize("how", ["registered", "switched", "archived"])
    def test_deleted_run_is_not_made_again_when_the_schedule_changes(self, world, how, spread):
        project_id = world.project()
        flow_id = world.register(flow_with(interval(HOUR)), project_id=project_id)
        tell(world, flow_id, spread)
        schedules.set_schedule_active(world.context, flow_id)
        world.clock.advance(minutes=1)
        deleted = runs_of(world, flow_id)[2]
        delete_flow_run(world.context, deleted.id)
        match how:
            case "registered":
                world.register(flow_with(interval(HOUR)), project_id=project_id, set_schedule_active=True)
            case "switched":
                schedules.set_schedule_inactive(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
            case _:
                archive_flow(world.context, flow_id)
                unarchive_flow(world.context, flow_id)
                schedules.set_schedule_active(world.context, flow_id)
        pass_time(world, START + 6 * HOUR, HOUR / 2)

        due = [run.scheduled_start_time for run in all_runs(world, flow_id)]
        assert deleted.scheduled_start_time not in due
        assert {deleted.scheduled_start_time - HOUR, deleted.scheduled_start_time + HOUR} <= set(due)

    def test_deleted_run_is_not_made_again_when_rules_change(self, world):
        flow_id = scheduled(world, HOUR)
        delete_flow_run(world.context, runs_of(world, flow_id)[2].id)
        for rules in ({"late_after": 99}, {"spread": 60}, None):
            tell(world, flow_id, rules)
        pass_time(world, START + 8 * HOUR, HOUR / 2)

        assert [(time - START) // HOUR for time in past(world, flow_id)][:6] == [1, 2, 4, 5, 6, 7]


class TestBackfilled:
    """A backfill and the tick make one run of an occurrence between them."""

    @pytest.mark.parametrize("rules", [{"catch_up": "all"}, {"catch_up": "last"}])
    def test_tick_that_catches_up_leaves_out_what_was_backfilled(self, world, rules):
        flow_id = scheduled(world, HOUR, rules)
        world.clock.advance(hours=22, minutes=30)
        span = START + 11 * HOUR, START + 22 * HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)
        look(world)

        found = Counter(run.scheduled_start_time for run in all_runs(world, flow_id))
        assert {time: found[time] for time in found if time <= world.clock.time} == {
            START + n * HOUR: 1 for n in range(1, 23)
        }

    def test_late_tick_leaves_out_what_was_backfilled_a_moment_ago(self, world):
        flow_id = scheduled(world, MINUTE)
        world.clock.advance(minutes=16)
        span = START, world.clock.time
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)
        look(world)

        found = Counter(run.scheduled_start_time for run in all_runs(world, flow_id))
        assert set(found.values()) == {1}
        assert skips(world, flow_id) == []

    def test_backfill_finds_what_was_caught_up_whatever_the_rules_say_now(self, world):
        flow_id = scheduled(world, HOUR, {"catch_up": "all"})
        world.clock.advance(hours=40, minutes=30)
        look(world)
        tell(world, flow_id, None)

        span = START + HOUR, START + 40 * HOUR
        planned = preview_backfill(world.context, request(world, flow_id, *span), None).times
        # The catching up looks a day back.
        assert planned == tuple(START + n * HOUR for n in range(11, 17))

    def test_backfilled_occurrence_is_no_longer_noted_as_missed(self, world):
        flow_id = scheduled(world, HOUR)
        world.clock.advance(hours=30, minutes=30)
        look(world)
        assert len(skips(world, flow_id)) == 20
        span = START + 11 * HOUR, START + 15 * HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)

        assert [skip.time for skip in skips(world, flow_id)] == [START + n * HOUR for n in range(16, 31)]

    def test_backfilled_occurrence_is_not_noted_as_missed_by_a_tick_before_its_run(self, world):
        flow_id = scheduled(world, HOUR)
        world.clock.advance(hours=15, minutes=30)
        span = START + 11 * HOUR, START + 14 * HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=1), None)
        look(world)
        for _ in range(4):
            waiting = [run for run in all_runs(world, flow_id) if not run.auto_scheduled]
            world.set(max(waiting, key=lambda run: run.scheduled_start_time).id, "Failed")
            world.clock.advance(minutes=1)
            look(world)

        assert [run.auto_scheduled for run in all_runs(world, flow_id)].count(False) == 4
        assert [skip.time for skip in skips(world, flow_id)] == [START + 15 * HOUR]

    @pytest.mark.parametrize("spread", [0, 50_000])
    @pytest.mark.parametrize("reason", ["paused", "limit", "missed"])
    def test_backfilled_occurrence_is_not_noted_as_skipped_by_a_later_tick(self, world, reason, spread):
        rules = {"spread": spread, **({"max_runs": 3} if reason == "limit" else {})}
        flow_id = scheduled(world, HOUR, rules)
        if reason == "paused":
            tell(world, flow_id, rules, Pause(since=world.clock.time))
        world.clock.advance(hours=40)
        span = START + 30 * HOUR, START + 34 * HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)
        ran = {run.scheduled_start_time for run in all_runs(world, flow_id) if not run.auto_scheduled}
        look(world)

        noted = {skip.time for skip in skips(world, flow_id) if skip.reason.value == reason}
        assert len(ran) >= 4
        assert ran.isdisjoint(noted)
        assert {min(ran) - HOUR, max(ran) + HOUR} <= noted

    @pytest.mark.parametrize("spread", [{"spread": 50_000}, {"spread": 1_800}, None])
    @pytest.mark.parametrize("former", [{"spread": 86_400}, {"spread": 3_600}, None])
    def test_backfill_knows_the_runs_of_a_former_spread(self, world, former, spread):
        flow_id = scheduled(world, HOUR, former)
        pass_time(world, START + 34 * HOUR, HOUR / 2)
        moved = of_spread(world, flow_id, former)
        events = {run.id: run.scheduled_start_time - moved for run in runs_of(world, flow_id)}
        tell(world, flow_id, spread)
        pass_time(world, START + 60 * HOUR, HOUR / 2)
        kept = {events[run.id] for run in runs_of(world, flow_id) if run.id in events}

        planned = planned_events(world, flow_id, START - 20 * HOUR, START + 30 * HOUR)

        assert planned
        assert kept
        assert planned.isdisjoint(kept)

    @pytest.mark.parametrize("spread", [{"spread": 50_000}, None])
    @pytest.mark.parametrize("former", [{"spread": 86_400}, None])
    def test_backfill_knows_what_an_earlier_one_made_under_a_former_spread(self, world, former, spread):
        flow_id = world.register(flow_with(interval(HOUR)))
        tell(world, flow_id, former)
        span = START - 40 * HOUR, START - HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)
        first = len(all_runs(world, flow_id))
        tell(world, flow_id, spread)
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), "again")

        runs = all_runs(world, flow_id)
        offsets = [of_spread(world, flow_id, rules) for rules in (former, spread)]
        events = [run.scheduled_start_time - offsets[place >= first] for place, run in enumerate(runs)]
        assert set(Counter(events).values()) == {1}

    @pytest.mark.parametrize("spread", [{"spread": 50_000}, None])
    def test_backfilled_occurrence_of_a_former_spread_is_no_longer_noted_as_missed(self, world, spread):
        flow_id = scheduled(world, HOUR, {"spread": 86_400})
        world.clock.advance(hours=80)
        look(world)
        tell(world, flow_id, spread)
        missed = [skip for skip in skips(world, flow_id) if skip.reason.value == "missed"]
        assert missed
        span = START, START + 72 * HOUR
        create_backfill(world.context, request(world, flow_id, *span, at_once=100), None)

        left = {skip.event for skip in skips(world, flow_id)}
        assert left.isdisjoint(planned_events(world, flow_id, *span, repeat=Repeat.ALL))

    @pytest.mark.parametrize("spread", [{"spread": 50_000}, None])
    @pytest.mark.parametrize("hours", [2, 400])
    def test_backfill_knows_a_run_that_was_asked_for_later(self, world, spread, hours):
        flow_id = world.register(flow_with(interval(HOUR)))
        tell(world, flow_id, spread)
        span = START - 5 * HOUR, START
        times = preview_backfill(world.context, request(world, flow_id, *span), None).times
        world.clock.advance(hours=hours)
        one, two = (
            world.create(flow_id, scheduled_start_time=time, idempotency_key=key)
            for time, key in zip(times[1:3], (None, "mine"), strict=True)
        )
        assert world.create(flow_id, scheduled_start_time=times[2], idempotency_key="mine") == two

        planned = preview_backfill(world.context, request(world, flow_id, *span), None).times
        assert planned == (times[0], *times[3:])
        world.set(one, "Failed")
        failed = request(world, flow_id, *span, repeat=Repeat.FAILED)
        assert preview_backfill(world.context, failed, None).times == (*times[:2], *times[3:])
        delete_flow_run(world.context, two)
        assert preview_backfill(world.context, request(world, flow_id, *span), None).times == (
            times[0],
            *times[2:],
        )


class TestAskedFor:
    """The key of an automatic run names its occurrence, also to clients."""

    def ask(self, world, flow_id, run):
        asked = CreateFlowRun(
            flow_id=flow_id,
            scheduled_start_time=run.scheduled_start_time,
            idempotency_key=f"auto-scheduled:{run.scheduled_start_time.isoformat()}",
        )
        return create_flow_run(world.context, asked)

    def test_key_of_a_waiting_run_returns_the_run(self, world):
        flow_id = scheduled(world, HOUR)
        run = runs_of(world, flow_id)[1]

        assert self.ask(world, flow_id, run) == run.id

    def test_key_of_a_cancelled_run_makes_one_new_run(self, world):
        flow_id = scheduled(world, HOUR)
        run = runs_of(world, flow_id)[1]
        cancel_flow_run(world.context, run.id)

        again = self.ask(world, flow_id, run)
        assert again != run.id
        assert self.ask(world, flow_id, run) == again


class TestCounted:
    """`max_runs` counts the runs that were made since it was set."""

    def test_runs_before_the_rule_do_not_count(self, world):
        flow_id = scheduled(world, MINUTE)
        pass_time(world, START + 20 * MINUTE, MINUTE)
        tell(world, flow_id, {"max_runs": 5})
        pass_time(world, START + 40 * MINUTE, MINUTE)

        assert len(times(world, flow_id)) == 25
        tell(world, flow_id, None)
        tell(world, flow_id, {"max_runs": 3})
        pass_time(world, START + 60 * MINUTE, MINUTE)
        assert len(times(world, flow_id)) == 28

    def test_runs_that_a_pause_has_closed_do_not_count(self, world):
        flow_id = scheduled(world, HOUR, {"max_runs": 6})
        world.clock.advance(hours=2, minutes=30)
        tell(world, flow_id, {"max_runs": 6}, Pause(since=world.clock.time))
        tell(world, flow_id, {"max_runs": 6})
        pass_time(world, START + 12 * HOUR, HOUR / 2)

        states = Counter(run.state.type for run in runs_of(world, flow_id))
        assert states == {"Cancelled": 2, "Scheduled": 6}


def test_last_missed_one_is_found_behind_many_that_are_excluded(world):
    day = (START + DAY).date()
    flow_id = scheduled(world, MINUTE, {"catch_up": "last", "excluded_dates": [day.isoformat()]})
    world.clock.time = datetime(day.year, day.month, day.day, 0, 50, tzinfo=UTC)
    for _ in range(10):
        look(world)

    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert past(world, flow_id)[-1] == midnight - MINUTE
    assert [skip.reason.value for skip in skips(world, flow_id)].count("excluded") >= 50
    assert skips(world, flow_id)[-1].time >= midnight + timedelta(minutes=50)


def all_runs(world, flow_id):
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    lists = world.store.run_lists
    return world.store.flow_runs.get(
        list(lists.ids(lists.of_group(group_id), descending=False)), (), consistent=True
    )


@pytest.mark.parametrize("is_paused", [True, False])
def test_more_skips_at_one_instant_than_a_step_takes_stop_nothing(world, is_paused):
    clocks = [interval(HOUR, parameter_defaults={"number": number}) for number in range(60)]
    flow_id = world.register(flow_with(*clocks))
    schedules.set_schedule_active(world.context, flow_id)
    world.clock.advance(minutes=30)
    if is_paused:
        tell(world, flow_id, None, Pause(since=world.clock.time, until=START + 6 * HOUR))
    world.clock.time = START + 7 * HOUR + 10 * MINUTE
    for _ in range(3):
        look(world)

    found = Counter(times(world, flow_id)) + Counter(skip.time for skip in skips(world, flow_id))
    assert {time: found[time] for time in found if time <= world.clock.time} == {
        START + n * HOUR: 60 for n in range(1, 8)
    }
    assert tick(world).counts["looked_at"] == 0


CHANGES = {
    "off and on": (
        lambda world, flow_id: schedules.set_schedule_inactive(world.context, flow_id),
        lambda world, flow_id: schedules.set_schedule_active(world.context, flow_id),
    ),
    "pause and resume": (
        lambda world, flow_id: tell(world, flow_id, None, Pause(since=world.clock.time)),
        tell,
    ),
    "spread and back": (
        lambda world, flow_id: tell(world, flow_id, {"spread": 600}),
        tell,
    ),
}


def on_flow(change, flow_id, world):
    return change(world, flow_id)


@pytest.mark.parametrize("how", ["side by side", "killed"])
@pytest.mark.parametrize("name", CHANGES)
def test_change_that_is_taken_back_while_it_removes_runs_leaves_no_hole(world, name, how):
    do, undo = CHANGES[name]
    for call in alternate(range(3, 30, 2), f"{name}, {how}"):
        flow_id = scheduled(world, HOUR)
        began = world.clock.time
        if how == "killed":
            interrupted(world, partial(on_flow, do, flow_id), call, unheard=call % 4 == 1)
            undo(world, flow_id)
        else:
            client = Interleaved(world.client, call, partial(undo, world, flow_id))
            do(world.through(client), flow_id)
            undo(world, flow_id)
        pass_time(world, began + 14 * HOUR, HOUR / 2)

        wanted = [began + n * HOUR for n in range(1, 15)]
        assert past(world, flow_id) + [skip.time for skip in skips(world, flow_id)] == wanted, call
        schedules.set_schedule_inactive(world.context, flow_id)


def test_adjusted_schedule_that_has_ended_runs_nothing_again(world):
    dates = [{"dt": (FRIDAY + n * HOUR).isoformat()} for n in (1, 2, 3)]
    flow_id = adjusted(world, {"type": "DatesClock", "dates": dates}, adjustments=[add(7_200)])
    pass_time(world, FRIDAY + 8 * HOUR, 10 * MINUTE)
    for rules in ({"catch_up": "all"}, {"catch_up": "all", "late_after": 60}, None):
        tell(world, flow_id, rules)
        pass_time(world, world.clock.time + HOUR, 10 * MINUTE)

    assert times(world, flow_id) == [FRIDAY + n * HOUR for n in (3, 4, 5)]
    assert skips(world, flow_id) == []
