"""Counts by totals equal plain counts at every moment, whatever changes, dies or comes in between."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.flow_runs.run_totals import Level, Period, TotalOf
from domain.flow_runs.states import FAILED, KIND_OF, Kind
from domain.recovery.rules import RecoverySettings
from operations.flow_runs.deleting import delete_flow_run
from operations.reads.arguments import Arguments
from operations.reads.counts import over_time, unfinished
from operations.reads.counts import totals as reading
from operations.reads.counts.over_time import Question, counts_over_time
from operations.reads.query import aggregate_rows
from operations.reads.rows import Need
from operations.recovery import run_counter
from operations.recovery import totals as counting
from operations.recovery.tick import Bounds, tick
from tests.contract.factories import START
from tests.contract.gaps import OneGap, put_items_back
from tests.contract.mortals import Killed, in_order, mortal
from tests.examples import each_gap, examples

NEVER = timedelta(days=999)
SETTINGS = RecoverySettings(interval=NEVER, heartbeat_timeout=NEVER, reschedule_after=NEVER)
TIMELESS = Bounds(time_left=lambda: 100.0)
STATES = ["Success"] * 3 + ["Failed", "Cancelled", "TimedOut", "Running", "Submitted", "Scheduled", "Skipped"]
SPANS = [{"minutes": 7}, {"hours": 1}, {"hours": 9}, {"days": 3}, {"days": 40}]
COUNTED = ["Success", "Failed", "Cancelled", "Running", "Scheduled", "Skipped"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Let even one run have a total, and passes and gaps be small."""
    monkeypatch.setattr(counting, "FEW", 1)
    monkeypatch.setattr(counting, "RUNS_A_PASS", 12)
    monkeypatch.setattr(run_counter, "_AT_A_TIME", 2)
    monkeypatch.setattr(reading, "MOST_GAPS", 2)
    monkeypatch.setattr(reading, "WORTH", dict.fromkeys(TotalOf, timedelta(hours=1)))


def recover(world):
    return tick(world.context, SETTINGS, TIMELESS)


def settle(world):
    """Tick until all is counted, and no mark is left."""
    for _ in range(40):
        left = recover(world).left
        world.clock.advance(minutes=11)
        if not left and not world.store.run_totals.marks().hours:
            return
    pytest.fail("marks are left")


def all_runs(world):
    lists = world.store.run_lists
    ids = list(lists.ids(lists.of_tenant(), descending=False))
    return world.store.flow_runs.get(ids, (), consistent=True)


def count(world, **where):
    return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()


def question(world, dice):
    """Return a filter, and the test of the runs that it lets through."""
    flow = dice.choice(world.store.flows.get(world.flow_ids))
    where: dict[str, Any] = {}
    states, start, end = list(KIND_OF), None, None
    if dice.random() < 0.7:
        states = dice.choice([[dice.choice(COUNTED)], ["Failed", "Cancelled"], ["Success", "Failed"]])
        where["state"] = {"_in": states}
    if dice.random() < 0.6:
        step = timedelta(hours=dice.choice([1, 6, 24]))
        start = START + step * dice.randint(-1, int((world.clock.time - START) / step))
        end = start + step * dice.randint(1, 40)
        where["created"] = {"_gte": start, "_lt": end}
    of = dice.choice(["tenant", "flow_group_id", "flow_id"])
    if of != "tenant":
        where[of] = {"_eq": flow.id if of == "flow_id" else flow.flow_group_id}

    def passes(run):
        is_of = of == "tenant" or run.flow_id == flow.id  # each group has one version
        return run.state.type in states and is_of and (start is None or start <= run.created < end)

    return where, passes


def differences(world, dice, questions=6):
    """Return counts that differ from those of the runs themselves."""
    runs, found = all_runs(world), []
    for where, passes in [question(world, dice) for _ in range(questions)]:
        right = sum(map(passes, runs))
        if (counted := count(world, **where)) != right:
            found.append((where, counted, right))
    return found + differences_over_time(world, dice, runs)


def differences_over_time(world, dice, runs):
    """Return the hours or days whose numbers differ from those of the runs themselves."""
    level = dice.choice([Level.HOUR, Level.DAY])
    length = timedelta(**{f"{level.value}s": 1})
    start = START + length * dice.randint(-1, max(1, int((world.clock.time - START) / length)))
    end = min(start + length * dice.randint(1, 30), world.clock.time)
    flow = dice.choice(world.store.flows.get(world.flow_ids))
    of = dice.choice([{}, {"flow_group_id": flow.flow_group_id}, {"project_id": flow.project_id}])
    group = of.get("flow_group_id")
    own = [run for run in runs if group in (None, run.flow_group_id)]
    counted = counts_over_time(world.context, Question(level=level, start=start, end=max(start, end), **of))
    return [
        (counts, right)
        for counts in counted
        if numbers_of(counts)
        != (right := right_numbers([run for run in own if Period.of(level, run.created) == counts.period]))
    ]


def numbers_of(counts):
    names = ("runs", "successful", "failed", "cancelled", "ended_otherwise", "live", "waiting")
    return {name: getattr(counts, name) for name in names}


def right_numbers(runs):
    states = Counter(run.state.type for run in runs)
    finished = {name for name, kind in KIND_OF.items() if kind is Kind.FINISHED}
    others = finished - FAILED - {"Success", "Cancelled"}
    return {
        "runs": len(runs),
        "successful": states["Success"],
        "failed": sum(states[name] for name in FAILED),
        "cancelled": states["Cancelled"],
        "ended_otherwise": sum(states[name] for name in others),
        "live": states["Running"] + states["Submitted"],
        "waiting": states["Scheduled"],
    }


def act(world, dice, run_ids):
    """Change a tenant in some way."""
    kind = dice.random()
    if kind < 0.45 or not run_ids:
        planned = dice.random() < 0.3
        start = (
            {"scheduled_start_time": world.clock.time + timedelta(days=dice.randint(1, 9))} if planned else {}
        )
        run_ids.append(world.create(dice.choice(world.flow_ids), **start))
    elif kind < 0.9:
        run_id = dice.choice(run_ids)
        state, version = {"type": dice.choice(STATES)}, None
        if state["type"] == "Scheduled" and dice.random() < 0.5:
            state["start_time"] = (world.clock.time + timedelta(days=2)).isoformat()
        if dice.random() < 0.7:
            version = world.run(run_id).version
        world.set(run_id, state, version)
    else:
        run_id = dice.choice(run_ids)
        run_ids.remove(run_id)
        delete_flow_run(world.context, run_id)


def with_flows(world):
    same = {"project_id": world.project()}
    world.flow_ids = [world.register({"name": name}, **same) for name in "ab"]
    return world


def other_process(world, dies_at=None, *, unheard=False):
    other, client = mortal(world, dies_at, unheard=unheard)
    vars(other).update(flow_ids=world.flow_ids)
    return other, client


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("seed", range(examples(2)))
def test_counts_equal_those_of_the_runs_at_every_moment(world, seed, monkeypatch):
    # Unfinished runs are read with one seed, their keys compared with the next.
    monkeypatch.setattr(unfinished, "OF_RUN", seed % 2 * 100.0)
    # The ends between totals are listed again with one seed, and passed over with the next.
    monkeypatch.setattr(over_time, "FEW_ENDS", seed % 2 * 400)
    dice = random.Random(seed)  # noqa: S311
    run_ids: list[str] = []
    with_flows(world)
    recover(world)
    for step in range(35):
        other, _ = other_process(world, dice.choice([None, dice.randint(1, 9)]), unheard=dice.random() < 0.5)
        try:
            if dice.random() < 0.3:
                recover(other)
            else:
                act(other, dice, run_ids)
        except Killed:
            run_ids = [run.id for run in all_runs(world)]
        world.clock.advance(**dice.choice(SPANS))
        assert differences(world, dice, 1) == [], f"after step {step}"
    settle(world)
    assert differences(world, dice, 8) == []


CHANGES = {
    "an end is left": lambda world: world.set(world.runs["Failed"], "Scheduled", 2),
    "a success is left": lambda world: world.set(world.runs["Success"], "Running"),
    "an end comes": lambda world: world.set(world.runs["Running"], "Failed", 2),
    "an end is another": lambda world: world.set(world.runs["Cancelled"], "Success", 2),
    "a deletion": lambda world: delete_flow_run(world.context, world.runs["Failed"]),
}
# A tick makes many calls, so few changes are tried in its gaps: what they write is much the same.
IN_A_TICK = {"an end is left", "a deletion"} if examples(1) == 1 else set(CHANGES)


@pytest.fixture
def old_runs(world):
    """Return a tenant with runs of an hour that is over, and is to be counted by the next tick."""
    with_flows(world)
    recover(world)
    world.runs = {}
    for state in ("Success", "Failed", "Running", "Cancelled"):
        world.runs[state] = world.create(world.flow_ids[0])
        world.set(world.runs[state], state, 1)
    world.clock.advance(hours=5)
    return world


def with_a_gap(world, gap, outer, inner):
    """Call `outer` with `inner` before one of its calls. Return False if it makes fewer calls."""
    made = []

    def in_gap():
        inner(world)
        made.append(gap)

    other = in_order(world, OneGap(world.client, gap, in_gap))
    vars(other).update(flow_ids=world.flow_ids, runs=world.runs)
    outer(other)
    return bool(made)


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("is_counted_before", [False, True], ids=["first count", "count again"])
@pytest.mark.parametrize("order", ["tick in the change", "change in the tick"])
def test_change_and_tick_in_each_gap_of_the_other(old_runs, is_counted_before, order):
    world, dice = old_runs, random.Random(1)  # noqa: S311
    if is_counted_before:
        recover(world)
        world.set(world.runs["Cancelled"], "Failed", 2)
        world.clock.advance(minutes=16)
    before, now = world.items(), world.clock.time
    for name, change in CHANGES.items():
        if is_counted_before and name == "an end is another":
            continue
        if order == "change in the tick" and name not in IN_A_TICK:
            continue
        calls = (change, recover) if order == "tick in the change" else (recover, change)
        for gap in each_gap(f"{order}, {name}"):
            put_items_back(world, before)
            world.clock.time = now
            if not with_a_gap(world, gap, *calls):
                break
            assert differences(world, dice, 2) == [], f"{name}, at once, in gap {gap}"
            world.clock.advance(minutes=16)
            recover(world)
            assert differences(world, dice, 2) == [], f"{name}, later, in gap {gap}"
        assert gap > 1


def count_keys_only(world):
    """Return the number of all runs, and how many keys were counted for it."""
    plans = world.context.plans
    plans.clear()
    return count(world), plans


@pytest.mark.dynoxide_only
def test_what_an_earlier_release_may_have_changed_is_counted_again(old_runs):
    world = old_runs
    recover(world)
    assert "4 counted by totals" in str(count_keys_only(world))

    cursor = world.store.recovery_cursor.read()
    world.store.recovery_cursor.advance_to(replace(cursor, totals=None))  # as its tick leaves the record
    assert count_keys_only(world)[0] == 4
    assert "totals" not in str(count_keys_only(world))

    recover(world)
    world.clock.advance(minutes=16)
    recover(world)
    assert "4 counted by totals" in str(count_keys_only(world))


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(
    "damage", [{"figures": {"B": b"?"}}, {"figures": {"B": b""}}, {"runs": {"S": "x"}}, {}]
)
def test_runs_of_an_unreadable_total_are_counted(old_runs, damage):
    world = old_runs
    recover(world)
    for item in world.partition_of("#totals"):
        world.table.put(Item={**item, **damage} if damage else {"pk": item["pk"], "sk": item["sk"]})

    assert differences(world, random.Random(2)) == []  # noqa: S311
    assert count_keys_only(world)[0] == 4
    assert "totals" not in str(count_keys_only(world))


@pytest.mark.dynoxide_only
def test_usual_life_of_an_old_run_writes_no_mark(world):
    with_flows(world)
    run_id = world.create(world.flow_ids[0], scheduled_start_time=START + timedelta(days=9))
    world.clock.advance(days=9)
    counted, client = world.interfered()

    for version, state in enumerate(("Submitted", "Running", "Success"), 1):
        counted.set(run_id, state, version)

    assert client.calls.count("update_item") == 3
    assert world.partition_of("#totals") == []


@pytest.mark.dynoxide_only
def test_counts_cost_the_same_for_more_runs_of_the_past(world):
    with_flows(world)
    recover(world)
    questions: list[dict[str, Any]] = [
        {},
        {"state": {"_eq": "Failed"}},
        {"state": {"_eq": "Success"}},
        {"flow": {"project_id": {"_eq": world.store.flows.get(world.flow_ids)[0].project_id}}},
        {"flow": {"name": {"_eq": "a"}}, "state": {"_eq": "Failed"}},
    ]
    found = []
    for _ in range(2):
        for number in range(30):
            run_id = world.create(world.flow_ids[number % 2])
            world.set(run_id, "Failed" if number % 5 == 0 else "Success", 1)
            world.clock.advance(hours=1 if number % 3 else 40)
        world.clock.advance(hours=5)
        settle(world)
        for where in questions:
            metered, consumed = world.metered()
            number = count(metered, **where)
            found.append((number, consumed.read_units, consumed.calls.total()))

    first, second = found[: len(questions)], found[len(questions) :]
    assert [number for number, *_ in second] == [2 * number for number, *_ in first]
    assert all(more <= 2 + units for (_, units, _), (_, more, _) in zip(first, second, strict=True))
    assert all(calls <= before + 4 for (*_, before), (*_, calls) in zip(first, second, strict=True))


@pytest.mark.dynoxide_only
def test_runs_of_a_project_with_many_flows_are_counted_without_a_read(world):
    project_id = world.project()
    names = [f"flow {number}" for number in range(30)]
    world.flow_ids = [world.register({"name": name}, project_id=project_id) for name in names]
    for flow_id in world.flow_ids[:20]:
        world.set(world.create(flow_id), "Failed", 1)
    world.clock.advance(days=9)

    failed = {"flow": {"project_id": {"_eq": project_id}}, "state": {"_eq": "Failed"}}
    for _ in range(2):
        metered, consumed = world.metered()
        assert count(metered, **failed) == 20
        assert consumed.read_units < 90
        recover(world)
        world.clock.advance(minutes=16)
        recover(world)
