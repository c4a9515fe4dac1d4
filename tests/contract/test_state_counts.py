"""Counts by state for a dashboard: of a tenant and of a flow, without reading its runs."""

from datetime import timedelta

import pytest

from domain.flow_runs.states import KIND_OF, Kind
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows
from operations.reads.rows import Need
from tests.contract.factories import START

STATES = ["Success"] * 5 + ["Failed"] * 2 + ["Cancelled", "Running", "Scheduled", "Scheduled", "TimedOut"]


@pytest.fixture
def flows(world):
    """Create two flows, each with a run in each of these states, a minute apart."""
    found = [world.register({"name": name}) for name in ("one", "two")]
    for flow_id in found:
        for state in STATES:
            run_id = world.create(flow_id)
            if state != "Scheduled":
                world.set(run_id, state)
            world.clock.advance(minutes=1)
    return found


def count(world, where):
    counted, client = world.interfered()
    found = aggregate_rows(counted.context, "flow_run", Arguments(where=where), Need()).count()
    return found, client.calls


@pytest.mark.dynoxide_only
def test_successes_of_a_tenant_are_counted_from_keys_only(world, flows):
    found, calls = count(world, {"state": {"_eq": "Success"}})

    assert found == 10
    assert set(calls) == {"query"}


@pytest.mark.dynoxide_only
def test_states_in_a_span_of_time_are_counted_from_keys_only(world, flows):
    span = {"_gte": START, "_lt": START + timedelta(minutes=len(STATES))}

    found, calls = count(world, {"state": {"_in": ["Success", "Failed"]}, "created": span})

    assert found == 7
    assert set(calls) == {"query"}


@pytest.mark.dynoxide_only
def test_count_of_a_span_costs_the_same_however_many_other_runs_wait(world, flows):
    tomorrow = world.clock.time + timedelta(days=1)
    begin = world.clock.time
    planned = [world.create(flows[0], scheduled_start_time=tomorrow) for _ in range(3)]
    world.set(world.create(flows[0]), "Success")
    world.set(world.create(flows[0]), "Running")
    world.clock.advance(hours=1)
    span = {"created": {"_gte": begin, "_lt": world.clock.time}}
    unfinished = sorted(name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED)

    def counts():
        return [count(world, {"state": {"_in": states}, **span}) for states in (["Success"], unfinished)]

    before = counts()
    for _ in range(60):
        world.create(flows[0], scheduled_start_time=tomorrow)

    assert [found for found, _ in before] == [1, len(planned) + 1]
    assert all(set(calls) == {"query"} for _, calls in before)
    assert counts() == before


@pytest.mark.dynoxide_only
def test_states_of_a_flow_are_counted_from_keys_only(world, flows):
    found, calls = count(world, {"state": {"_eq": "Success"}, "flow_id": {"_eq": flows[0]}})

    assert found == 5
    assert set(calls) <= {"query", "batch_get_item"}
    assert calls.count("batch_get_item") == 1  # the flow itself


@pytest.mark.dynoxide_only
def test_counts_of_all_states_add_up_to_all_runs(world, flows):
    every = {"state": {"_in": sorted(set(STATES) | {"Submitted", "Pending"})}}

    assert count(world, every)[0] == len(STATES) * 2
