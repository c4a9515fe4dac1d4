"""Numbers of runs by the hour and the day. That they are right whatever dies shows test_run_totals."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.run_totals import Level, Period
from domain.recovery.rules import RecoverySettings
from operations.reads.counts import over_time, unfinished
from operations.reads.counts.over_time import Question, counts_over_time
from operations.recovery import totals as counting
from operations.recovery.tick import Bounds, tick
from tests.contract.factories import START

NEVER = timedelta(days=999)
SETTINGS = RecoverySettings(interval=NEVER, heartbeat_timeout=NEVER, reschedule_after=NEVER)
TIMELESS = Bounds(time_left=lambda: 100.0)


def counted(world, level=Level.HOUR, start=START, end=None, **of):
    return counts_over_time(world.context, Question(level=level, start=start, end=end, **of))


def test_numbers_are_of_whole_hours_and_have_each_hour(world):
    flow_id = world.register()
    world.create(flow_id)
    world.clock.advance(hours=2, minutes=50)
    world.set(world.create(flow_id), "Failed")

    found = counted(world, start=START + timedelta(minutes=30))

    assert [(counts.period.start.hour - START.hour, counts.runs) for counts in found] == [
        (0, 1),
        (1, 0),
        (2, 1),
    ]
    assert (found[0].waiting, found[2].failed, found[2].successful) == (1, 1, 0)
    (day,) = counted(world, Level.DAY)
    assert (day.runs, day.waiting, day.failed) == (2, 1, 1)


def test_numbers_of_a_project_or_a_group_leave_others_out(world):
    project_id = world.project()
    flows = [world.register({"name": name}, project_id=project_id) for name in "ab"] + [world.register()]
    for number, flow_id in enumerate(flows):
        for _ in range(number + 1):
            world.set(world.create(flow_id), "Success")
    own, other = (world.store.flows.get([flows[number]])[0].flow_group_id for number in (0, 2))

    def runs(**of):
        return sum(counts.runs for counts in counted(world, **of))

    assert runs() == 6
    assert runs(project_id=project_id) == 3
    assert runs(flow_group_id=other) == 3
    assert runs(flow_group_id=own, project_id=project_id) == 1
    assert runs(flow_group_id=other, project_id=project_id) == 0
    assert runs(project_id=world.project()) == 0


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("backlog", [0, 1], ids=["all are over", "a backlog"])
@pytest.mark.parametrize("step", [Level.HOUR, Level.DAY])
@pytest.mark.parametrize("of", ["tenant", "project", "group"])
def test_numbers_cost_the_same_for_more_runs_that_are_over(world, of, step, backlog, monkeypatch):
    monkeypatch.setattr(counting, "FEW", 1)
    project_id = world.project()
    flow_id = world.register(project_id=project_id)
    group_id = world.store.flows.get([flow_id])[0].flow_group_id
    where = {"tenant": {}, "project": {"project_id": project_id}, "group": {"flow_group_id": group_id}}[of]
    length = timedelta(**{f"{step.value}s": 1})
    world.clock.time = Period.of(step, START).end
    tick(world.context, SETTINGS, TIMELESS)
    world.clock.advance(minutes=16)
    found = []
    for runs in (2, 16):
        world.clock.time = start = Period.of(step, world.clock.time + length).end
        for _ in range(12):
            live = [world.create(flow_id) for _ in range(2 * backlog)]
            world.set(live[0], "Running") if live else None
            for number in range(runs):
                world.set(world.create(flow_id), "Success" if number % 2 else "Failed")
            world.clock.advance(seconds=length.total_seconds())
        world.clock.advance(hours=3)
        tick(world.context, SETTINGS, TIMELESS)
        metered, consumed = world.metered()
        numbers = counted(metered, step, start=start, **where)
        assert [sum(getattr(counts, name) for counts in numbers) for name in ("runs", "failed")] == [
            12 * (runs + 2 * backlog),
            6 * runs,
        ]
        assert [counts.live for counts in numbers][:12] == [backlog] * 12
        assert [counts.waiting for counts in numbers][:12] == [backlog] * 12
        found.append((consumed.read_units, consumed.calls.total()))

    (units, calls), (more_units, more_calls) = found
    assert more_calls <= calls
    assert more_units <= units + 1


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("units_of_a_run", [0.0, 100.0], ids=["runs are read", "keys are compared"])
def test_unfinished_runs_of_other_flows_are_left_out(world, units_of_a_run, monkeypatch):
    monkeypatch.setattr(counting, "FEW", 1)
    monkeypatch.setattr(unfinished, "OF_RUN", units_of_a_run)
    project_id = world.project()
    own = [world.register({"name": name}, project_id=project_id) for name in "ab"]
    other = world.register()
    tick(world.context, SETTINGS, TIMELESS)
    world.clock.advance(minutes=16)
    for number in range(6):
        for flow_id in (own[number % 2], other):
            world.set(world.create(flow_id), "Running")
            world.create(flow_id)
        world.set(world.create(own[0]), "Success")
        world.clock.advance(hours=2 if number == 3 else 1)
    world.clock.advance(hours=3)
    tick(world.context, SETTINGS, TIMELESS)

    found = counted(world, project_id=project_id)

    assert [(counts.runs, counts.live, counts.waiting, counts.successful) for counts in found] == [
        *[(3, 1, 1, 1)] * 4,
        (0, 0, 0, 0),
        *[(3, 1, 1, 1)] * 2,
        *[(0, 0, 0, 0)] * (len(found) - 7),
    ]


def test_too_many_unfinished_runs_are_refused(world, monkeypatch):
    monkeypatch.setattr(counting, "FEW", 1)
    monkeypatch.setattr(unfinished, "MAX_READ", 3)
    monkeypatch.setattr(unfinished, "OF_RUN", 0.0)
    project_id = world.project()
    flow_id = world.register(project_id=project_id)
    tick(world.context, SETTINGS, TIMELESS)
    world.clock.advance(minutes=16)
    for _ in range(4):
        world.create(flow_id)
    world.clock.advance(hours=5)
    tick(world.context, SETTINGS, TIMELESS)

    assert counted(world)[0].waiting == 4
    with pytest.raises(BadUserInput, match="Take a shorter time"):
        counted(world, project_id=project_id)


@pytest.mark.parametrize(
    ("level", "start", "end"),
    [
        (Level.HOUR, START - timedelta(days=30), None),
        (Level.DAY, datetime(1, 1, 1, tzinfo=UTC), None),
        (Level.DAY, START, START - timedelta(days=1)),
    ],
    ids=["too many hours", "too many days", "an end before the start"],
)
def test_times_that_cannot_be_counted_are_refused(world, level, start, end):
    with pytest.raises(BadUserInput, match="flow_run_counts"):
        counted(world, level, start, end)


def test_times_without_a_run_have_no_numbers(world):
    world.create(world.register())
    future = START + timedelta(days=1)

    assert counted(world, start=future) == []
    assert counted(world, start=datetime(9999, 12, 31, tzinfo=UTC)) == []
    assert counted(world, start=datetime(1, 1, 1, tzinfo=UTC), end=datetime(1, 2, 1, tzinfo=UTC)) == []
    assert counted(world, end=datetime(9999, 12, 31, 23, 59, tzinfo=UTC))[0].runs == 1


def test_project_with_too_many_flows_is_refused(world, monkeypatch):
    monkeypatch.setattr(over_time, "MAX_GROUPS", 2)
    project_id = world.project()
    for name in "abc":
        world.register({"name": name}, project_id=project_id)

    with pytest.raises(BadUserInput, match="more than 2 flows"):
        counted(world, project_id=project_id)


def test_runs_without_totals_are_counted_up_to_a_bound(world, monkeypatch):
    monkeypatch.setattr(over_time, "MAX_KEYS", 3)
    flow_id = world.register()
    for _ in range(4):
        world.create(flow_id)

    with pytest.raises(BadUserInput, match="more than 3 runs"):
        counted(world)
