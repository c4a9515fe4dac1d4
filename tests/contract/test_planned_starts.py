"""Lists of waiting runs by the time they were planned for, beside few runs that wait and beside many."""

from datetime import timedelta

import pytest

from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import planned_starts
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from tests.contract.factories import SHARDS

SCHEDULED = {"state": {"_eq": "Scheduled"}}
COLUMN = "scheduled_start_time"


@pytest.fixture
def planned(world):
    """Return runs that are planned ten minutes apart: six are late, one was planned anew, one is queued."""
    flow, now = world.register(), world.clock.time
    ahead = [timedelta(minutes=10 * number - 60) for number in range(40)]
    runs = [world.create(flow, scheduled_start_time=now + span) for span in ahead]
    later = (now + timedelta(days=9)).isoformat()
    world.set(runs[10], {"type": "Scheduled", "start_time": later})
    world.set(runs[20], {"type": "Queued", "start_time": (now + ahead[20]).isoformat()})
    return runs


@pytest.fixture(params=[10, 1_000], ids=["many", "few"])
def looked_at(request, monkeypatch):
    monkeypatch.setattr(planned_starts, "FEW", request.param)
    return request.param


def expected(world, planned, looked_at, start, stop):
    missing = {planned[20]} | ({planned[10]} if looked_at == 10 else set())
    return [run for run in planned[start:stop] if run not in missing]


def found(world, **arguments):
    metered, cost = world.metered()
    rows = list_rows(metered.context, "flow_run", Arguments(**arguments), Need())
    return [row.value.id for row in rows], bool(metered.context.left_out), cost.read_units


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("limit", [3, 12, 100])
def test_runs_to_come_are_a_page_by_their_planned_times(world, planned, looked_at, direction, limit):
    where = {**SCHEDULED, COLUMN: {"_gt": world.clock.time}}

    ids, leaves_out, _ = found(world, where=where, order_by=[{COLUMN: direction}], limit=limit)

    # A page that is not full goes on to the end, where the run is that was planned anew.
    to_come = expected(world, planned, 1_000 if limit > len(planned) else looked_at, 7, None)
    assert ids == (to_come if direction == "asc" else to_come[::-1])[:limit]
    assert leaves_out is (looked_at == 10)


def test_late_runs_are_found_without_those_to_come(world, planned, looked_at):
    where = {**SCHEDULED, COLUMN: {"_lt": world.clock.time}}

    ids, _, _ = found(world, where=where, limit=50)

    assert sorted(ids) == sorted(expected(world, planned, looked_at, 0, 6))


@pytest.mark.dynoxide_only
def test_page_of_late_runs_costs_the_same_beside_many_that_wait(world, planned, monkeypatch):
    monkeypatch.setattr(planned_starts, "FEW", 10)
    where = {**SCHEDULED, COLUMN: {"_lt": world.clock.time - timedelta(minutes=5)}}

    _, _, units = found(world, where=where, order_by=[{COLUMN: "asc"}], limit=3)

    # Two rounds of keys, and the runs until half an hour after.
    assert units <= 2 * SHARDS + 0.5 * 12


def test_count_leaves_no_run_out(world, planned, looked_at):
    where = {**SCHEDULED, COLUMN: {"_gt": world.clock.time}}

    counted = aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()

    assert counted == len(planned[7:]) - 1
