"""Tallies: numbers by the hour or the day that are counted once for all who look."""

from datetime import timedelta

import pytest

from domain.errors import ApiError
from domain.flow_runs import run_tallies
from domain.flow_runs.run_tallies import KEPT_FOR, RENEWED_AFTER, USED_FOR, WATCHED_FOR
from domain.flow_runs.run_totals import Level
from domain.recovery.rules import RecoverySettings
from operations.reads.counts import over_time
from operations.reads.counts.over_time import Question, counts_over_time
from operations.recovery import tallies as recovering
from operations.recovery.tick import Bounds, tick
from storage.layout.keys import Keys, key
from tests.contract.factories import START

NEVER = timedelta(days=999)
SETTINGS = RecoverySettings(interval=NEVER, heartbeat_timeout=NEVER, reschedule_after=NEVER)
FEW = 8


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(run_tallies, "FEW_KEYS", FEW)
    monkeypatch.setattr(recovering, "FEW_KEYS", FEW)


def recover(world):
    summary = tick(world.context, SETTINGS, Bounds(time_left=lambda: 100.0))
    assert not summary.faults
    return summary


def numbers(world, level=Level.HOUR, start=START, end=None, **of):
    found = counts_over_time(world.context, Question(level=level, start=start, end=end, **of))
    return [(counts.runs, counts.live, counts.waiting, counts.failed) for counts in found]


def with_runs(world, number, **of):
    flow_id = world.register(**of)
    for place in range(number):
        run_id = world.create(flow_id)
        if place % 3:
            world.set(run_id, "Running" if place % 3 == 1 else "Failed")
    return flow_id


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("of", ["tenant", "project", "group"])
@pytest.mark.parametrize("level", list(Level)[:2])
def test_numbers_of_many_runs_cost_the_same_whatever_goes_on_or_waits(world, level, of):
    project_id = world.project()
    flow_id = world.register(project_id=project_id)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    where = {"tenant": {}, "project": {"project_id": project_id}, "group": {"flow_group_id": group_id}}[of]
    costs, created = [], 0
    for number in (FEW + 1, 90):
        for _ in range(number):
            world.create(flow_id)
            world.set(world.create(flow_id), "Running")
        numbers(world, level, **where)
        world.clock.advance(minutes=2)
        recover(world)
        metered, consumed = world.metered()
        found = numbers(metered, level, **where)
        costs.append((consumed.calls.total(), consumed.read_units, consumed.write_units))
        created += number
        assert [sum(column) for column in zip(*found, strict=True)] == [2 * created, created, created, 0]

    assert costs[0] == costs[1] == (2, 0.5, 1)  # the tally, and the note that somebody asked


def test_numbers_of_few_runs_are_those_of_this_moment(world):
    flow_id = with_runs(world, 3)

    assert numbers(world) == [(3, 1, 1, 1)]
    world.create(flow_id)
    assert numbers(world) == [(4, 1, 2, 1)]
    assert world.store.run_tallies.all() == []


def test_numbers_of_many_runs_are_those_of_the_last_count(world):
    flow_id = with_runs(world, 9)
    counted = world.clock.time
    assert numbers(world) == [(9, 3, 3, 3)]

    world.create(flow_id)
    world.clock.advance(seconds=59)
    (found,) = counts_over_time(world.context, Question(level=Level.HOUR, start=START))

    assert (found.runs, found.as_of) == (9, counted)
    recover(world)
    assert numbers(world) == [(10, 3, 4, 3)]


def test_numbers_that_are_too_old_are_counted_anew(world):
    flow_id = with_runs(world, 9)
    numbers(world)
    world.create(flow_id)
    world.clock.advance(seconds=USED_FOR.total_seconds())
    assert numbers(world)[0][0] == 9
    world.clock.advance(seconds=1)

    assert numbers(world)[0][0] == 10


def test_hour_that_has_begun_since_the_count_has_no_run_yet(world):
    world.clock.advance(minutes=59)
    flow_id = with_runs(world, 9)
    numbers(world, start=START - timedelta(hours=1))
    world.clock.advance(minutes=2)
    world.create(flow_id)

    assert numbers(world) == [(9, 3, 3, 3), (0, 0, 0, 0)]
    recover(world)
    assert numbers(world) == [(9, 3, 3, 3), (1, 0, 1, 0)]


def test_recovery_counts_what_somebody_watches_then_rarely_then_no_more(world):
    flow_id = with_runs(world, 9)
    numbers(world)
    asked = world.clock.time

    def counted():
        recover(world)
        world.create(flow_id)
        return [tally.counted - asked for tally in world.store.run_tallies.all()]

    world.clock.time = asked + WATCHED_FOR
    assert counted() == [WATCHED_FOR]
    world.clock.advance(minutes=1)
    assert counted() == [WATCHED_FOR]
    world.clock.time = asked + WATCHED_FOR + RENEWED_AFTER
    assert counted() == [WATCHED_FOR + RENEWED_AFTER]
    world.clock.time = asked + KEPT_FOR + timedelta(seconds=1)
    assert counted() == [WATCHED_FOR + RENEWED_AFTER]


def test_request_notes_that_it_asked_once_a_minute(world):
    with_runs(world, 9)
    numbers(world)
    metered, consumed = world.metered()
    for _ in range(12):
        world.clock.advance(seconds=10)
        numbers(metered)

    assert consumed.calls["update_item"] == 2
    (tally,) = world.store.run_tallies.all()
    assert tally.asked == world.clock.time


def test_tally_of_runs_that_have_become_few_is_forgotten(world):
    with_runs(world, 9)
    numbers(world)
    for run_id in world.store.run_lists.ids(world.store.run_lists.of_tenant(), descending=False):
        world.store.flow_runs.delete(run_id)

    recover(world)

    assert world.store.run_tallies.all() == []
    assert numbers(world) == [(0, 0, 0, 0)]


def test_tally_that_would_be_refused_is_forgotten(world, monkeypatch):
    with_runs(world, 9)
    numbers(world)
    monkeypatch.setattr(over_time, "MAX_KEYS", 5)

    recover(world)

    assert world.store.run_tallies.all() == []


def test_one_tick_counts_some_tallies_those_first_that_were_asked_for_last(world, monkeypatch):
    monkeypatch.setattr(recovering, "MOST", 1)
    with_runs(world, 9)
    numbers(world)
    world.clock.advance(seconds=1)
    numbers(world, Level.DAY)
    world.clock.advance(seconds=1)

    recover(world)

    assert {tally.subject.level: tally.counted - START for tally in world.store.run_tallies.all()} == {
        Level.HOUR: timedelta(),
        Level.DAY: timedelta(seconds=2),
    }


def test_older_count_replaces_no_newer_one_and_nothing_forgotten(world):
    with_runs(world, 9)
    numbers(world)
    (tally,) = world.store.run_tallies.all()
    older, tallies = tally.counted - timedelta(seconds=1), world.store.run_tallies
    for write in (tallies.keep, tallies.replace):
        write(tally.subject, [], older)
    assert tallies.of(tally.subject).counts() == tally.counts()

    tallies.forget(tally)
    tallies.replace(tally.subject, [], world.clock.time)
    tallies.note(tally.subject, world.clock.time)

    assert tallies.all() == []


@pytest.mark.parametrize("figures", [b"", b"\x01no packed value", None])
def test_tally_that_cannot_be_read_is_counted_anew(world, figures):
    with_runs(world, 9)
    expected = numbers(world)
    where = key(Keys(world.tenant_id, 1).tallies(), "hour#1##")
    if figures is None:
        world.table.update(Key=where, UpdateExpression="REMOVE figures")
    else:
        world.table.update(
            Key=where,
            UpdateExpression="SET figures = :figures",
            ExpressionAttributeValues={":figures": {"B": figures}},
        )

    assert numbers(world) == expected


def test_count_that_cannot_be_kept_is_returned(world, monkeypatch):
    with_runs(world, 9)

    def refuse(*_arguments, **_more):
        raise ApiError("The database does not answer.")

    monkeypatch.setattr("storage.dynamodb.table.Table.update", refuse)

    assert numbers(world) == [(9, 3, 3, 3)]


def test_numbers_of_the_past_are_not_kept(world):
    with_runs(world, 9)
    world.clock.advance(hours=2)

    assert numbers(world, end=START + timedelta(minutes=5)) == [(9, 3, 3, 3)]
    assert world.store.run_tallies.all() == []
