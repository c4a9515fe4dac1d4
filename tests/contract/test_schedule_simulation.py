"""Weeks of schedules on a clock of the test, with ticks that crash, come twice, overlap or get no response.

At the end each occurrence has one run, or one note that it was missed, whatever happened.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import ApiError
from domain.schedules.calendar import occurrences
from domain.schedules.schedules import read_schedule
from operations.flows.schedules import set_schedule_active
from operations.schedules.tick import keep_up_all
from tests.contract.clients import Deaf
from tests.contract.mortals import interrupted
from tests.contract.test_schedules import flow_with, interval, runs_of
from tests.examples import examples

# The calls are those of the other tests of schedules, which run on moto as well.
pytestmark = [pytest.mark.usefixtures("pauses"), pytest.mark.dynoxide_only]
START_DATE = {"dt": "2039-01-01T00:00:00", "tz": "Europe/Berlin"}


def cron(expression, **more):
    return {"type": "CronClock", "cron": expression, "start_date": START_DATE, **more}


FLOWS = {
    "every 20 minutes": flow_with(interval(timedelta(minutes=20), start_date=START_DATE)),
    "hourly": flow_with(cron("0 * * * *")),
    "in the changed hour": flow_with(cron("30 2 * * *"), cron("45 2 * * *", parameter_defaults={"x": 1})),
    "two clocks at once": flow_with(
        interval(timedelta(hours=2), start_date=START_DATE, labels=["a"]),
        interval(timedelta(hours=1), start_date=START_DATE),
    ),
}


class Throttled:
    """A client whose calls are refused for a while, each with a chance of a half."""

    def __init__(self, client, dice):
        self._client, self._dice = client, dice

    def __getattr__(self, operation):
        if self._dice.random() < 0.5:
            return self._refuse
        return getattr(self._client, operation)

    def _refuse(self, **_):
        raise ApiError("The database refuses calls for now.")


def tick(world):
    return keep_up_all(world.context, lambda: 1.0)


def disturbed_tick(world, dice):
    """Let a tick go wrong in one of the ways in which a tick may."""
    match dice.randrange(6):
        case 0:
            interrupted(world, tick, dice.randrange(1, 12), unheard=dice.random() < 0.5)
        case 1:
            tick(world.through(Deaf(world.client, dice.randrange(1, 12))))
        case 2:
            with suppress(ApiError):
                tick(world.through(Throttled(world.client, dice)))
        case 3:
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(tick, [world.through(world.client) for _ in range(2)]))
        case 4:
            tick(world)
            tick(world)
        case _:
            return  # the tick does not come


def expected(flow, since, until):
    """Return the occurrences of a flow's schedule before `until`: their times, and what clocks give."""
    found: set[tuple[datetime, str, str]] = set()
    for occurrence in occurrences(read_schedule(flow["schedule"]), since):
        if occurrence.event >= until:
            return found
        gifts = occurrence.gifts
        found.add((occurrence.time, str(gifts.parameter_defaults), str(gifts.labels or [])))
    return found


@pytest.mark.parametrize("day", ["2040-03-24", "2040-10-27"])
def test_each_occurrence_around_a_clock_change_has_one_run(world, day):
    dice = random.Random(day)  # noqa: S311
    world.clock.time = began = datetime.fromisoformat(f"{day}T12:00:17").replace(tzinfo=UTC)
    ids = {name: world.register({**flow, "name": name}) for name, flow in FLOWS.items()}
    for flow_id in ids.values():
        set_schedule_active(world.context, flow_id)
    for _ in range(examples(40)):
        world.clock.time += timedelta(minutes=dice.randrange(1, 60))
        disturbed_tick(world, dice)
        world.clock.time += timedelta(minutes=1)
        tick(world)

    for name, flow_id in ids.items():
        runs = runs_of(world, flow_id)
        runs = world.store.flow_runs.get([run.id for run in runs], ("inputs",), consistent=True)
        found = [(run.scheduled_start_time, str(run.inputs.parameters), str(run.labels)) for run in runs]
        last = max(run.scheduled_start_time for run in runs)
        assert len(set(found)) == len(found), name
        # Of several runs that are due at the last time, some may not be made yet.
        assert {run for run in found if run[0] < last} == expected(FLOWS[name], began, last), name
        assert last > world.clock.time


@pytest.mark.parametrize("day", ["2040-03-20", "2040-10-23"])
def test_each_occurrence_of_two_weeks_has_one_run_or_one_note(world, day):
    dice = random.Random(day)  # noqa: S311
    world.clock.time = began = datetime.fromisoformat(f"{day}T12:00:17").replace(tzinfo=UTC)
    ids = {name: world.register({**flow, "name": name}) for name, flow in FLOWS.items()}
    for flow_id in ids.values():
        set_schedule_active(world.context, flow_id)
    end = began + timedelta(days=14)
    while world.clock.time < end:
        # Now and then no tick comes for most of a day.
        world.clock.time += timedelta(minutes=dice.randrange(30, 1_200 if dice.random() < 0.1 else 400))
        disturbed_tick(world, dice)
        world.clock.time += timedelta(minutes=1)
        while tick(world).counts["looked_at"]:
            pass

    kinds = set()
    for name, flow_id in ids.items():
        runs = [run for run in runs_of(world, flow_id) if run.scheduled_start_time < end]
        noted = world.store.occurrences.of_group(runs[0].flow_group_id, descending=False)
        skips = [skip for skip in noted if skip.time < end]
        decided = Counter([run.scheduled_start_time for run in runs])
        decided.update(skip.time for skip in skips)
        wanted = Counter(time for time, *_ in expected(FLOWS[name], began, end))
        assert decided == wanted, name
        kinds |= {skip.reason.value for skip in skips}
    assert kinds == {"missed"}
