"""Backfills: each occurrence of a range gets its run once, some at a time."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from domain.errors import ApiError, BadUserInput, NotFound
from domain.recovery.rules import RecoverySettings
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.runs.backfills import BackfillRequest, BackfillStatus, Direction, Repeat
from operations.flows import schedules
from operations.flows.archiving import archive_flow
from operations.flows.deleting import delete_flow
from operations.recovery.tick import Bounds
from operations.recovery.tick import tick as tick_of_recovery
from operations.schedules.backfill_upkeep import keep_up_backfill
from operations.schedules.backfilling import (
    continue_backfill,
    create_backfill,
    preview_backfill,
    stop_backfill,
)
from operations.schedules.tick import keep_up_all
from tests.contract.clients import Deaf, Interleaved
from tests.contract.factories import START
from tests.contract.mortals import interrupted
from tests.contract.test_schedule_simulation import START_DATE, Throttled, cron
from tests.contract.test_schedule_upkeep import group_of, tell
from tests.contract.test_schedules import DAY, HOUR, MINUTE, flow_with, interval, runs_of, tick
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def flow_id(world):
    return world.register(flow_with(interval(HOUR)))


def request(world, flow_id, first=START - 10 * HOUR, last=START - HOUR, **more):
    return BackfillRequest(flow_group_id=group_of(world, flow_id), first=first, last=last, **more)


def begin(world, flow_id, *times, key=None, **more):
    return create_backfill(world.context, request(world, flow_id, *times, **more), key)


def made(world, flow_id):
    """Return the runs that are not those of the schedule itself, in the order of their creation."""
    lists = world.store.run_lists
    ids = list(lists.ids(lists.of_group(group_of(world, flow_id)), descending=False))
    runs = world.store.flow_runs.get(ids, ("inputs",), consistent=True)
    ours = [run for run in runs if not run.auto_scheduled]
    return sorted(ours, key=lambda run: (run.created, run.scheduled_start_time))


def hours(runs):
    return [(run.scheduled_start_time - START) // HOUR for run in runs]


def finish(world, runs, state="Success"):
    for run in runs:
        world.set(run.id, "Running", run.version)
        world.set(run.id, state, run.version + 1)


def run_to_the_end(world, flow_id, backfill, most=60):
    """Let agents end all runs, and ticks make the next ones."""
    for _ in range(most):
        finish(world, [run for run in made(world, flow_id) if run.state.type == "Scheduled"])
        world.clock.advance(minutes=1)
        tick(world)
        if world.store.backfills.get(backfill.id).status is BackfillStatus.DONE:
            return
    raise AssertionError("the backfill does not end")


def test_preview_says_which_runs_there_would_be(world, flow_id):
    preview = preview_backfill(world.context, request(world, flow_id), None)

    assert preview.times == tuple(START - n * HOUR for n in range(10, 0, -1))
    assert preview.write_units == 120
    assert preview.id == begin(world, flow_id).id
    assert len(made(world, flow_id)) == 1


def test_preview_writes_nothing(world, flow_id):
    preview_backfill(world.context, request(world, flow_id), None)

    assert made(world, flow_id) == []
    assert list(world.store.backfills.of_tenant()) == []


@pytest.mark.parametrize("direction", Direction)
def test_backfill_makes_so_many_runs_at_a_time(world, flow_id, direction):
    backfill = begin(world, flow_id, at_once=3, direction=direction)

    expected = list(range(-10, 0)) if direction is Direction.OLDEST_FIRST else list(range(-1, -11, -1))
    assert sorted(hours(made(world, flow_id))) == sorted(expected[:3])
    assert (backfill.status, backfill.total, backfill.made) == (BackfillStatus.RUNNING, 10, 3)
    tick(world)
    assert len(made(world, flow_id)) == 3
    finish(world, made(world, flow_id)[:1], "Failed")
    world.clock.advance(minutes=1)
    tick(world)
    assert hours(made(world, flow_id))[3:] == expected[3:4]
    run_to_the_end(world, flow_id, backfill)
    assert sorted(hours(made(world, flow_id))) == list(range(-10, 0))
    first = made(world, flow_id)[0]
    assert first.inputs.context == {"backfill": {"id": backfill.id}}
    assert first.state.type == "Failed"
    world.clock.advance(days=1)
    assert tick(world).counts["made"] == 0


def test_same_request_is_the_same_backfill(world, flow_id):
    one, two = begin(world, flow_id, at_once=2), begin(world, flow_id, at_once=2)

    assert one.id == two.id
    assert len(made(world, flow_id)) == 2
    assert begin(world, flow_id, at_once=2, key="again").id != one.id
    with pytest.raises(BadUserInput, match="idempotency_key"):
        begin(world, flow_id, at_once=3, key="again")


def test_two_backfills_of_one_occurrence_make_one_run(world, flow_id):
    one = begin(world, flow_id, at_once=2)
    two = begin(world, flow_id, at_once=100, key="other")

    run_to_the_end(world, flow_id, two)
    run_to_the_end(world, flow_id, one)
    assert sorted(hours(made(world, flow_id))) == list(range(-10, 0))
    ends = [world.store.backfills.get(each.id) for each in (one, two)]
    assert sum(each.made for each in ends) == 10


def test_backfill_can_be_stopped_and_continued(world, flow_id):
    backfill = begin(world, flow_id, at_once=2)
    assert stop_backfill(world.context, backfill.id)
    finish(world, made(world, flow_id))
    world.clock.advance(minutes=5)
    tick(world)
    assert len(made(world, flow_id)) == 2
    assert world.store.backfills.get(backfill.id).status is BackfillStatus.STOPPED

    assert continue_backfill(world.context, backfill.id)
    assert len(made(world, flow_id)) == 4
    run_to_the_end(world, flow_id, backfill)
    assert len(made(world, flow_id)) == 10
    assert stop_backfill(world.context, backfill.id)
    assert world.store.backfills.get(backfill.id).status is BackfillStatus.DONE
    assert not stop_backfill(world.context, "018f0000-0000-7000-8000-000000000000")


class TestRepeat:
    """Occurrences that had runs before."""

    @pytest.fixture
    def past(self, world, flow_id):
        """Five hours of a schedule: the second run failed, the third was deleted."""
        schedules.set_schedule_active(world.context, flow_id)
        world.clock.advance(hours=5, minutes=30)
        tick(world)
        runs = runs_of(world, flow_id)[:5]
        finish(world, [runs[0], *runs[3:]])
        finish(world, [runs[1]], "Failed")
        world.store.flow_runs.delete(runs[2].id)
        return START - 2 * HOUR, START + 5 * HOUR

    @pytest.mark.parametrize(
        ("repeat", "expected"),
        [
            (Repeat.MISSING, [-2, -1, 0, 3]),
            (Repeat.FAILED, [-2, -1, 0, 2, 3]),
            (Repeat.ALL, [-2, -1, 0, 1, 2, 3, 4, 5]),
        ],
    )
    def test_occurrences_are_chosen_by_their_runs(self, world, flow_id, past, repeat, expected):
        backfill = begin(world, flow_id, *past, repeat=repeat, at_once=100)

        assert hours(made(world, flow_id)) == expected
        run_to_the_end(world, flow_id, backfill)
        again = begin(world, flow_id, *past, repeat=Repeat.FAILED, key="again")
        assert again.total == (1 if repeat is Repeat.MISSING else 0)

    def test_runs_of_an_earlier_backfill_count(self, world, flow_id, past):
        begin(world, flow_id, *past, at_once=100)
        finish(world, made(world, flow_id)[:2], "Failed")
        finish(world, made(world, flow_id)[2:])
        world.store.flow_runs.delete(made(world, flow_id)[-1].id)

        missing = preview_backfill(world.context, request(world, flow_id, *past), None)
        failed = preview_backfill(world.context, request(world, flow_id, *past, repeat=Repeat.FAILED), None)

        assert [(time - START) // HOUR for time in missing.times] == [3]
        assert [(time - START) // HOUR for time in failed.times] == [-2, -1, 2, 3]
        world.clock.advance(minutes=1)
        begin(world, flow_id, *past, repeat=Repeat.FAILED, at_once=100)
        assert hours(made(world, flow_id))[-4:] == [-2, -1, 2, 3]

    def test_skipped_occurrences_are_missing(self, world, flow_id):
        tell(world, flow_id, {"excluded_dates": [(START + DAY).date().isoformat()]})
        schedules.set_schedule_active(world.context, flow_id)
        world.clock.advance(hours=16, minutes=30)
        tick(world)

        found = preview_backfill(world.context, request(world, flow_id, START, START + 16 * HOUR), None)

        # Ten runs were made ahead. The excluded day begins at hour 12.
        assert [(time - START) // HOUR for time in found.times] == [0, 11]

    def test_clocks_at_one_time_are_told_apart(self, world):
        clocks = [
            interval(HOUR, start_date=START_DATE, parameter_defaults={"number": number})
            for number in range(3)
        ]
        flow_id = world.register(flow_with(*clocks))
        begin(world, flow_id, START - HOUR, START - HOUR, at_once=2)
        assert len(made(world, flow_id)) == 2

        rest = begin(world, flow_id, START - HOUR, START - HOUR, at_once=9)

        assert rest.total == 1
        assert sorted(run.inputs.parameters["number"] for run in made(world, flow_id)) == [0, 1, 2]


def test_local_times_of_a_clock_change_are_those_of_the_schedule(world):
    world.clock.time = datetime(2040, 3, 28, tzinfo=UTC)
    flow_id = world.register(flow_with(cron("30 2 * * *")))

    found = preview_backfill(
        world.context,
        request(world, flow_id, datetime(2040, 3, 24, tzinfo=UTC), datetime(2040, 3, 27, tzinfo=UTC)),
        None,
    )

    assert [time.isoformat()[5:16] for time in found.times] == ["03-24T01:30", "03-25T01:00", "03-26T00:30"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first": START, "last": START - HOUR}, "last"),
        ({"last": START + HOUR}, "last"),
        ({"at_once": 0}, "at_once"),
        ({"at_once": 101}, "at_once"),
        ({"first": START - 500 * DAY}, "last"),
    ],
)
def test_requests_that_make_no_sense_are_refused_with_their_field(world, flow_id, more, field):
    with pytest.raises(InvalidSchedule) as refused:
        begin(world, flow_id, **more)
    assert refused.value.field == field
    assert list(world.store.backfills.of_tenant()) == []


def test_flow_without_a_schedule_and_unknown_groups_are_refused(world, flow_id):
    bare = world.register({"name": "Bare"})
    with pytest.raises(BadUserInput, match="no schedule"):
        begin(world, bare)
    with pytest.raises(NotFound):
        create_backfill(world.context, replace(request(world, flow_id), flow_group_id="no such group"), None)


def test_backfill_of_a_flow_that_is_archived_stops_and_says_why(world, flow_id):
    backfill = begin(world, flow_id)
    archive_flow(world.context, flow_id)
    finish(world, made(world, flow_id))
    world.clock.advance(minutes=1)

    assert tick(world).counts["at_fault"] == 1

    stopped = world.store.backfills.get(backfill.id)
    assert stopped.status is BackfillStatus.STOPPED
    assert "not archived" in stopped.fault
    world.clock.advance(minutes=1)
    assert tick(world).counts["at_fault"] == 0


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("seed", range(3))
def test_interrupted_and_parallel_steps_make_each_run_once(world, seed):
    dice = random.Random(seed)  # noqa: S311
    flow_id = world.register(flow_with(interval(10 * MINUTE)))
    backfill = begin(world, flow_id, at_once=7)

    def step(of_world):
        keep_up_backfill(of_world.context, backfill.id, lambda: True)

    for _ in range(examples(30)):
        waiting = [run for run in made(world, flow_id) if run.state.type == "Scheduled"]
        assert len(waiting) <= 7
        finish(world, dice.sample(waiting, dice.randrange(len(waiting) + 1)))
        match dice.randrange(5):
            case 0:
                interrupted(world, step, dice.randrange(1, 9), unheard=dice.random() < 0.5)
            case 1:
                step(world.through(Deaf(world.client, dice.randrange(1, 9))))
            case 2:
                with suppress(ApiError):
                    step(world.through(Throttled(world.client, dice)))
            case 3:
                with ThreadPoolExecutor(3) as threads:
                    list(threads.map(step, [world.through(world.client) for _ in range(3)]))
            case _:
                step(world)
    run_to_the_end(world, flow_id, backfill)

    times = [run.scheduled_start_time for run in made(world, flow_id)]
    assert sorted(times) == [START - 10 * HOUR + n * 10 * MINUTE for n in range(55)]
    assert world.store.backfills.get(backfill.id).made == 55


def test_due_backfills_are_looked_at_by_the_tick(world, flow_id):
    begin(world, flow_id)
    begin(world, flow_id, key="other")
    world.clock.advance(minutes=1)

    assert keep_up_all(world.context, lambda: 1.0).counts["looked_at"] == 2


@pytest.mark.parametrize("at_once", [1, 100])
def test_backfill_that_waits_for_runs_of_a_version_before_stops_without_a_current_one(world, at_once):
    project_id = world.project()
    first = world.register(flow_with(interval(HOUR)), project_id=project_id)
    backfill = begin(world, first, at_once=at_once)
    delete_flow(world.context, world.register(flow_with(interval(2 * HOUR)), project_id=project_id))
    world.clock.advance(minutes=1)
    tick(world)

    found = world.store.backfills.get(backfill.id)
    assert made(world, first)
    is_through = at_once == 100  # all runs are made, and may yet end
    assert found.status is (BackfillStatus.RUNNING if is_through else BackfillStatus.STOPPED)


def test_flow_that_is_registered_again_at_once_has_nothing_of_the_deleted_one(world):
    project_id = world.project()
    flow_id = world.register(flow_with(interval(HOUR)), project_id=project_id, set_schedule_active=True)
    world.clock.advance(hours=20)
    tick(world)
    backfill = begin(world, flow_id, at_once=100)
    group_id = group_of(world, flow_id)
    assert list(world.store.occurrences.of_group(group_id, descending=False))
    delete_flow(world.context, flow_id)
    again = world.register(flow_with(interval(HOUR)), project_id=project_id)
    assert group_of(world, again) == group_id

    assert world.store.backfills.get(backfill.id) is None
    assert list(world.store.occurrences.of_group(group_id, descending=False)) == []
    assert (begin(world, again, at_once=100).id, len(made(world, again))) == (backfill.id, 10)


@pytest.mark.dynoxide_only
def test_backfill_of_a_flow_that_is_deleted_meanwhile_leaves_nothing(world):
    for call in range(1, 24):
        flow_id = world.register({**flow_with(interval(HOUR)), "name": f"Flow {call}"})
        wanted = request(world, flow_id)
        client = Interleaved(world.client, call, partial(delete_flow, world.context, flow_id))
        with suppress(NotFound):
            create_backfill(world.through(client).context, wanted, None)

        assert list(world.store.backfills.of_tenant()) == [], call


def test_deleted_flow_leaves_nothing_of_its_backfills(world, flow_id):
    other = world.register({**flow_with(interval(HOUR)), "name": "Other"})
    kept = begin(world, other)
    begin(world, flow_id, at_once=3)
    delete_flow(world.context, flow_id)
    world.clock.advance(minutes=20)
    tick_of_recovery(world.context, RecoverySettings(), Bounds(time_left=lambda: 1_000.0))
    world.clock.advance(minutes=20)
    tick_of_recovery(world.context, RecoverySettings(), Bounds(time_left=lambda: 1_000.0))

    kinds = [item["pk"]["S"].split("#")[1] for item in world.items()]
    assert (kinds.count("backfill"), kinds.count("backfilled")) == (2, 2)
    assert [each.id for each in world.store.backfills.of_tenant()] == [kept.id]
