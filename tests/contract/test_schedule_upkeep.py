"""Rules of schedules that the tick obeys: what is left out has a record, and what is caught up a run."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.errors import ApiError
from domain.schedules.calendar import occurrences
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.ruled import spread_of
from domain.schedules.schedules import read_schedule
from operations.flows.flow_groups import change_group
from operations.flows.schedules import keep_up_now, set_schedule_active
from tests.contract.factories import START
from tests.contract.mortals import interrupted
from tests.contract.test_schedule_simulation import START_DATE, cron, disturbed_tick
from tests.contract.test_schedules import DAY, HOUR, MINUTE, flow_with, interval, runs_of, tick, times
from tests.examples import examples

# What is tried are rules over days. The calls are those of the other tests of schedules, which run on
# moto as well.
pytestmark = [pytest.mark.usefixtures("pauses"), pytest.mark.dynoxide_only]


def group_of(world, flow_id):
    return world.store.flows.get([flow_id])[0].flow_group_id


def tell(world, flow_id, rules=None, pause=None, *, at_once=True):
    """Give a schedule rules and a pause, and let it be looked at."""
    pause = None if pause is None else pause.as_json()
    change_group(
        world.context,
        group_of(world, flow_id),
        lambda group: replace(group, schedule_rules=rules, schedule_pause=pause),
    )
    if at_once:
        keep_up_now(world.context, group_of(world, flow_id))


def skips(world, flow_id):
    """Return the skipped occurrences of a flow, in the order of their times."""
    found = list(world.store.occurrences.of_group(group_of(world, flow_id), descending=False))
    everywhere = [
        skip
        for skip in world.store.occurrences.of_tenant(descending=False)
        if skip.flow_group_id == group_of(world, flow_id)
    ]
    assert everywhere == found
    assert list(world.store.occurrences.of_group(group_of(world, flow_id), descending=True)) == found[::-1]
    return found


def reasons(world, flow_id):
    return [(skip.time, skip.reason.value) for skip in skips(world, flow_id)]


def scheduled(world, span, rules=None):
    flow_id = world.register(flow_with(interval(span)))
    if rules:
        tell(world, flow_id, rules)
    assert set_schedule_active(world.context, flow_id)
    return flow_id


class TestMissed:
    """The tick itself was down."""

    def outage(self, world, rules, hours=12, span=HOUR):
        flow_id = scheduled(world, span, rules)
        world.clock.advance(hours=10 + hours, seconds=30)
        tick(world)
        return flow_id

    def test_missed_occurrences_are_noted_by_default(self, world):
        flow_id = self.outage(world, None)

        missed = [START + n * HOUR for n in range(11, 22)]
        assert reasons(world, flow_id) == [(time, "missed") for time in missed]
        # The one that is due for half a minute runs.
        assert times(world, flow_id) == [START + n * HOUR for n in [*range(1, 11), *range(22, 33)]]
        assert "5 minutes" in skips(world, flow_id)[0].message

    def test_last_of_them_runs(self, world):
        flow_id = self.outage(world, {"catch_up": "last"})

        assert reasons(world, flow_id) == [(START + n * HOUR, "missed") for n in range(11, 21)]
        assert START + 21 * HOUR in times(world, flow_id)
        assert START + 20 * HOUR not in times(world, flow_id)

    def test_all_within_the_window_run(self, world):
        flow_id = self.outage(world, {"catch_up": "all", "catch_up_window": 3 * 3_600})

        assert reasons(world, flow_id) == [(START + n * HOUR, "missed") for n in range(11, 20)]
        assert times(world, flow_id)[10:13] == [START + n * HOUR for n in range(20, 23)]

    def test_last_of_many_more_than_one_step_takes_runs(self, world):
        flow_id = self.outage(world, {"catch_up": "last"}, hours=20, span=5 * MINUTE)

        while tick(world).counts["looked_at"]:
            pass
        late = [time for time in times(world, flow_id) if START + 50 * MINUTE < time <= world.clock.time]
        assert late == [START + 30 * HOUR - 5 * MINUTE, START + 30 * HOUR]
        assert len(skips(world, flow_id)) == 30 * 12 - 10 - 2

    def test_clocks_at_one_instant_are_each_caught_up_once(self, world):
        clocks = [
            interval(HOUR, start_date=START_DATE, parameter_defaults={"number": number})
            for number in range(23)
        ]
        flow_id = world.register(flow_with(*clocks))
        tell(world, flow_id, {"catch_up": "all"})
        set_schedule_active(world.context, flow_id)
        world.clock.advance(hours=9)

        while tick(world).counts["looked_at"]:
            pass
        found = times(world, flow_id)
        assert {time: found.count(time) for time in found if time <= world.clock.time} == {
            START + n * HOUR: 23 for n in range(1, 10)
        }

    def test_missed_long_ago_is_passed_over(self, world):
        flow_id = self.outage(world, None, hours=60 * 24, span=DAY)

        assert len(skips(world, flow_id)) == 31

    def test_nothing_is_missed_before_a_schedule_is_switched_on_or_while_it_is_off(self, world):
        flow_id = scheduled(world, HOUR)
        from operations.flows.schedules import set_schedule_inactive  # noqa: PLC0415

        set_schedule_inactive(world.context, flow_id)
        world.clock.advance(hours=20)
        tick(world)
        set_schedule_active(world.context, flow_id)
        tick(world)

        assert skips(world, flow_id) == []


class TestExcluded:
    """Days on which nothing runs."""

    def test_occurrences_of_the_days_are_noted_and_others_run(self, world):
        day = START.date() + timedelta(days=1)
        flow_id = scheduled(world, 6 * HOUR, {"excluded_dates": [day.isoformat()]})
        for _ in range(72):
            world.clock.advance(hours=1)
            tick(world)

        excluded = [time for time, reason in reasons(world, flow_id)]
        assert {time.date() for time in excluded} == {day}
        assert len(excluded) == 4
        found = times(world, flow_id)
        assert day not in {time.date() for time in found}
        assert sorted([*found, *excluded]) == [found[0] + n * 6 * HOUR for n in range(len(found) + 4)]

    def test_day_is_that_of_the_zone(self, world):
        world.clock.time = datetime(2040, 12, 23, 12, tzinfo=UTC)
        flow_id = world.register(flow_with(cron("30 0,23 * * *")))  # in Europe/Berlin, an hour ahead
        tell(world, flow_id, {"excluded_dates": ["2040-12-24"]})
        set_schedule_active(world.context, flow_id)
        for _ in range(48):
            world.clock.advance(hours=1)
            tick(world)

        assert [time for time, _ in reasons(world, flow_id)] == [
            datetime(2040, 12, 23, 23, 30, tzinfo=UTC),
            datetime(2040, 12, 24, 22, 30, tzinfo=UTC),
        ]
        assert times(world, flow_id)[:2] == [
            datetime(2040, 12, 23, 22, 30, tzinfo=UTC),
            datetime(2040, 12, 24, 23, 30, tzinfo=UTC),
        ]

    def test_days_that_are_given_back_run(self, world):
        day = START.date() + timedelta(days=1)
        flow_id = scheduled(world, HOUR, {"excluded_dates": [day.isoformat()]})
        world.clock.advance(minutes=30)
        for _ in range(5):
            world.clock.advance(hours=1)
            tick(world)
        assert skips(world, flow_id)

        tell(world, flow_id, None)

        assert skips(world, flow_id) == []
        for _ in range(30):
            world.clock.advance(hours=1)
            tick(world)
        assert times(world, flow_id) == [START + n * HOUR for n in range(1, len(times(world, flow_id)) + 1)]

    def test_occurrences_that_are_moved_to_one_time_are_noted_once(self, world):
        moved = [{"fn": "prefect.schedules.adjustments.next_weekday", "kwargs": {}}]
        world.clock.time = datetime(2040, 3, 2, 12, tzinfo=UTC)  # a Friday
        schedule = {"clocks": [interval(DAY)], "adjustments": moved}
        flow_id = world.register({"name": "Flow", "schedule": schedule})
        tell(world, flow_id, {"excluded_dates": ["2040-03-05"]})
        set_schedule_active(world.context, flow_id)
        for _ in range(6):
            world.clock.advance(hours=12)
            tick(world)

        assert len(skips(world, flow_id)) == 1
        assert skips(world, flow_id)[0].time.date() == date(2040, 3, 5)

    def test_years_of_excluded_days_cost_no_more_than_the_horizon(self, world):
        days = [(START.date() + timedelta(days=n)).isoformat() for n in range(1_000)]
        flow_id = scheduled(world, 10 * MINUTE, {"excluded_dates": days})
        tick(world)

        assert len(skips(world, flow_id)) <= 24 * 6 + 1
        assert times(world, flow_id) == []


class TestPaused:
    """Pauses with and without an end."""

    def test_paused_schedule_notes_what_does_not_run(self, world):
        flow_id = scheduled(world, HOUR)
        world.clock.advance(minutes=150)
        tick(world)
        tell(world, flow_id, pause=Pause(since=world.clock.time, by="me", note="the source is down"))
        assert times(world, flow_id) == [START + HOUR, START + 2 * HOUR]
        assert [run.state.type for run in runs_of(world, flow_id)] == ["Cancelled", "Cancelled"]
        assert [skip.flow_run_id for skip in skips(world, flow_id)] == [
            run.id for run in runs_of(world, flow_id)
        ]
        for _ in range(30):
            world.clock.advance(minutes=10)
            tick(world)
        assert reasons(world, flow_id) == [(START + n * HOUR, "paused") for n in range(1, 8)]
        assert "the source is down" in skips(world, flow_id)[0].message

        tell(world, flow_id)

        assert times(world, flow_id)[2:] == [START + n * HOUR for n in range(8, 18)]
        assert len(skips(world, flow_id)) == 7

    def test_runs_that_have_begun_or_were_touched_go_on_in_a_pause(self, world):
        flow_id = scheduled(world, HOUR)
        world.clock.advance(minutes=190)
        tick(world)
        first, second, third, *_ = runs_of(world, flow_id)
        world.set(first.id, "Submitted", 1)
        world.set(first.id, "Running", 2)
        world.set(second.id, "Scheduled", 1)
        tell(world, flow_id, pause=Pause(since=world.clock.time))

        states = {run.id: run.state.type for run in runs_of(world, flow_id)}
        assert states == {first.id: "Running", second.id: "Scheduled", third.id: "Cancelled"}

    def test_pause_ends_by_itself_and_the_next_run_is_in_time(self, world):
        flow_id = scheduled(world, HOUR)
        world.clock.advance(minutes=30)
        tell(world, flow_id, pause=Pause(since=world.clock.time, until=START + 3 * HOUR))
        while world.clock.time < START + 3 * HOUR - MINUTE:
            world.clock.advance(minutes=1)
            tick(world)

        assert reasons(world, flow_id) == [(START + n * HOUR, "paused") for n in (1, 2)]
        assert times(world, flow_id)[0] == START + 3 * HOUR

    def test_pause_that_is_set_and_lifted_between_two_ticks_changes_nothing(self, world):
        flow_id = scheduled(world, HOUR)
        before = times(world, flow_id)
        tell(world, flow_id, pause=Pause(since=world.clock.time))
        assert times(world, flow_id) == []

        tell(world, flow_id)

        assert times(world, flow_id) == before
        assert skips(world, flow_id) == []

    def test_runs_that_somebody_touched_are_not_made_twice_after_a_pause(self, world):
        flow_id = scheduled(world, HOUR)
        first = runs_of(world, flow_id)[0]
        world.store.flow_runs.rename(first.id, "mine", world.clock())
        tell(world, flow_id, pause=Pause(since=world.clock.time))
        tell(world, flow_id)

        assert times(world, flow_id) == [START + n * HOUR for n in range(1, 11)]
        assert runs_of(world, flow_id)[0].id == first.id


class TestFailures:
    """A schedule that is paused by itself after some failures in a row."""

    @staticmethod
    def end(world, flow_id, number, state):
        run = runs_of(world, flow_id)[number]
        world.set(run.id, "Running", run.version)
        world.set(run.id, state, run.version + 1)

    def after(self, world, *states, most=3):
        """Return a flow whose runs have ended in these states, one each hour."""
        flow_id = scheduled(world, HOUR, {"pause_after_failures": most})
        for number, state in enumerate(states):
            world.clock.advance(hours=1)
            self.end(world, flow_id, number, state)
            tick(world)
        return flow_id

    def pause_of(self, world, flow_id):
        stored = world.store.flows.group(group_of(world, flow_id)).schedule_pause
        return None if stored is None else Pause.read(stored)

    def test_schedule_is_paused_and_says_why(self, world):
        flow_id = self.after(world, "Failed", "Failed", "TimedOut")

        pause = self.pause_of(world, flow_id)
        assert pause is not None
        assert (pause.since, pause.by) == (world.clock.time, "pause_after_failures")
        assert pause.note == "The last 3 runs failed."
        assert len(runs_of(world, flow_id)) == 3
        world.clock.advance(hours=2)
        tick(world)
        assert reasons(world, flow_id) == [(START + n * HOUR, "paused") for n in (4, 5)]

    @pytest.mark.parametrize(
        "states", [("Failed", "Failed"), ("Failed", "Failed", "Success", "Failed"), ("Failed", "Cancelled")]
    )
    def test_fewer_in_a_row_pause_nothing(self, world, states):
        assert self.pause_of(world, self.after(world, *states)) is None

    def test_resumed_schedule_bears_as_many_again(self, world):
        flow_id = self.after(world, "Failed", "Failed", "Failed")
        tell(world, flow_id, {"pause_after_failures": 3})
        assert self.pause_of(world, flow_id) is None
        for number in (3, 4):
            world.clock.advance(hours=1)
            self.end(world, flow_id, number, "Failed")
            tick(world)
        assert self.pause_of(world, flow_id) is None
        world.clock.advance(hours=1)
        self.end(world, flow_id, 5, "Failed")
        tick(world)
        assert self.pause_of(world, flow_id) is not None

    def test_interrupted_tick_pauses_once(self, world):
        flow_id = scheduled(world, HOUR, {"pause_after_failures": 1})
        world.clock.advance(hours=1)
        self.end(world, flow_id, 0, "Failed")
        for dies_at in range(1, 12):
            interrupted(world, tick, dies_at, unheard=bool(dies_at % 2))
        tick(world)

        assert self.pause_of(world, flow_id).note == "The last run failed."
        assert len(runs_of(world, flow_id)) == 1


class TestLimit:
    """A schedule that ends after some runs."""

    def test_schedule_ends_after_its_runs(self, world):
        flow_id = scheduled(world, HOUR, {"max_runs": 12})
        for _ in range(20 * 6):
            world.clock.advance(minutes=10)
            tick(world)

        assert times(world, flow_id) == [START + n * HOUR for n in range(1, 13)]
        assert reasons(world, flow_id) == [(START + n * HOUR, "limit") for n in range(13, 21)]

    def test_more_runs_may_be_given(self, world):
        flow_id = scheduled(world, HOUR, {"max_runs": 3})
        world.clock.advance(hours=2, minutes=30)
        tick(world)
        tell(world, flow_id, {"max_runs": 4})
        world.clock.advance(hours=5)
        tick(world)

        assert times(world, flow_id) == [START + n * HOUR for n in range(1, 5)]


class TestSpread:
    """A schedule that is moved by an offset of its own."""

    def test_runs_are_moved_by_the_same_offset(self, world):
        flow_id = scheduled(world, HOUR, {"spread": 900})
        offset = spread_of(group_of(world, flow_id), timedelta(seconds=900))
        for _ in range(12):
            world.clock.advance(hours=1)
            tick(world)

        first = times(world, flow_id)[0]
        assert first - offset in (START + HOUR, START)
        assert times(world, flow_id) == [first + n * HOUR for n in range(len(times(world, flow_id)))]
        assert skips(world, flow_id) == []

    def test_offsets_of_schedules_are_spread_over_the_bound(self):
        offsets = {spread_of(str(number), timedelta(seconds=59)) for number in range(2_000)}

        assert offsets == {timedelta(seconds=n) for n in range(60)}
        assert spread_of("a", timedelta(0)) == timedelta(0)

    def test_late_tick_leaves_no_gap_in_a_schedule_that_is_moved_far(self, world):
        flow_id = scheduled(world, 10 * MINUTE, {"spread": 86_400})
        for _ in range(300):
            world.clock.advance(minutes=9)
            tick(world)

        found = times(world, flow_id)
        assert found == [found[0] + n * 10 * MINUTE for n in range(len(found))]
        assert skips(world, flow_id) == []


RULES: list[dict[str, Any] | None] = [
    {"catch_up": "last", "catch_up_window": 7_200},
    {"catch_up": "all", "catch_up_window": 86_400, "excluded_dates": ["2040-03-25", "2040-10-28"]},
    {"spread": 600, "max_runs": 40},
    {"excluded_dates": ["2040-03-24", "2040-10-27"]},
    None,
]


@pytest.mark.parametrize("day", ["2040-03-24", "2040-10-27"])
def test_each_occurrence_has_one_run_or_one_reason_whatever_ticks_do(world, day):
    dice = random.Random(day)  # noqa: S311
    world.clock.time = began = datetime.fromisoformat(f"{day}T11:59:59").replace(tzinfo=UTC)
    flow = flow_with(
        interval(timedelta(minutes=20), start_date=START_DATE),
        cron("30 2 * * *", parameter_defaults={"x": 1}),
    )
    flow_ids = []
    for number, rules in enumerate(RULES):
        flow_ids.append(world.register({**flow, "name": f"Flow {number}"}))
        tell(world, flow_ids[-1], rules)
        set_schedule_active(world.context, flow_ids[-1])
    for number in range(examples(60)):
        outage = number % 7 == 3
        world.clock.time += timedelta(minutes=dice.randrange(30, 300) if outage else dice.randrange(1, 30))
        try:
            disturbed_tick(world, dice)
        except ApiError:
            pytest.fail("a disturbed tick raises only where the database fails")
        world.clock.time += timedelta(minutes=1)
        while tick(world).counts["looked_at"]:
            pass

    for flow_id, rules in zip(flow_ids, RULES, strict=True):
        runs = runs_of(world, flow_id)
        offset = spread_of(group_of(world, flow_id), timedelta(seconds=(rules or {}).get("spread", 0)))
        found = [run.scheduled_start_time - offset for run in runs]
        noted = [skip.time - offset for skip in skips(world, flow_id)]
        last = min(max(found), world.clock.time)
        wanted = []
        for occurrence in occurrences(read_schedule(flow["schedule"]), began):
            if occurrence.event >= last:
                break
            wanted.append(occurrence.time)
        assert sorted(time for time in [*found, *noted] if time < last) == wanted, rules
        kinds = {skip.reason.value for skip in skips(world, flow_id)}
        days = {date.fromisoformat(text) for text in (rules or {}).get("excluded_dates", [])}
        assert ("excluded" in kinds) == bool(days)
        assert ("limit" in kinds) == ("max_runs" in (rules or {}))


@pytest.mark.parametrize("seed", range(3))
def test_changes_of_rules_lose_and_double_no_occurrence(world, seed):
    dice = random.Random(seed)  # noqa: S311
    world.clock.time = began = datetime(2040, 3, 24, 11, 59, 59, tzinfo=UTC)
    clocks = [
        interval(timedelta(minutes=20), start_date=START_DATE),
        cron("*/30 * * * *", parameter_defaults={"x": 1}),
    ]
    later = {"fn": "prefect.schedules.adjustments.add", "kwargs": {"interval": "//timedelta:300"}}
    flow = {"name": "Flow", "schedule": {"clocks": clocks, "adjustments": [later]}}
    flow_id = world.register(flow)
    set_schedule_active(world.context, flow_id)
    for _ in range(examples(30)):
        world.clock.time += timedelta(minutes=dice.randrange(1, 40))
        now = world.clock.time
        pause = dice.choice(
            [None, Pause(since=now), Pause(since=now, until=now + timedelta(minutes=dice.randrange(5, 90)))]
        )
        days = dice.sample(["2040-03-24", "2040-03-25", "2040-03-26"], dice.randrange(2))
        if dice.random() < 0.6:
            told = {"excluded_dates": days} if days else None
            # The tick that follows at once is disturbed as any other may be.
            tell(world, flow_id, told, pause, at_once=dice.random() < 0.5)
        disturbed_tick(world, dice)
        world.clock.time += timedelta(minutes=1)
        while tick(world).counts["looked_at"]:
            pass

    found = [run.scheduled_start_time for run in runs_of(world, flow_id)]
    noted = [skip.time for skip in skips(world, flow_id) if skip.flow_run_id is None]
    decided = sorted(time for time in [*found, *noted] if time <= world.clock.time)
    wanted = []
    for occurrence in occurrences(read_schedule(flow["schedule"]), began - timedelta(minutes=5)):
        if occurrence.time > world.clock.time:
            break
        wanted.append(occurrence.time)
    assert decided == wanted
    assert noted
