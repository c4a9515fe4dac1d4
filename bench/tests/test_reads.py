from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bench.growing import Cost, share_of_allowed, verdict
from bench.stored_runs import FIXED, FLOW_WEIGHTS, MIX, Author, Flows, items_of
from storage.flow_runs.flow_run_items import decode_run
from storage.layout.keys import Keys

TENANT = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SMALL = Cost(rows=50, calls=7, units=38, milliseconds=20)


def author():
    names = [f"{number}" for number in range(len(FLOW_WEIGHTS))]
    return Author(TENANT, Flows(tuple(names), tuple(f"group-{name}" for name in names)), NOW)


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        pytest.param(Cost(50, 7, 38, 29), "ok", id="the same but for noise"),
        pytest.param(Cost(50, 11, 50, 20), "ok", id="all shards were asked once more"),
        pytest.param(Cost(50, 12, 38, 20), "OVER", id="more calls than chance makes"),
        pytest.param(Cost(50, 7, 51, 20), "OVER", id="more units than chance makes"),
        pytest.param(Cost(50, 7, 38, 31), "OVER", id="slower"),
        pytest.param(Cost(None, 26, 534, 0), "refused", id="refused at the larger size"),
    ],
)
def test_list_is_over_if_its_cost_grows_by_more_than_chance(largest, expected):
    assert verdict(SMALL, largest) == expected


@pytest.mark.parametrize(
    ("largest", "share"),
    [
        pytest.param(Cost(50, 7, 38, 20), 1.0, id="all that it may of calls and units"),
        pytest.param(Cost(50, 7, 38, 60), 2.0, id="twice the latency that it may have"),
        pytest.param(Cost(50, 8, 38, 20), 8 / 7, id="a call more"),
        pytest.param(Cost(50, 7, 39, 20), 39 / 38, id="a unit more"),
    ],
)
def test_operation_without_chance_allows_no_more_calls_or_units(largest, share):
    assert share_of_allowed(SMALL, largest, by_chance=False) == pytest.approx(share)


def test_operation_that_consumed_nothing_allows_no_unit():
    nothing = Cost(1, 1, 0, 20)

    assert share_of_allowed(nothing, nothing, by_chance=False) == 1.0
    assert share_of_allowed(nothing, Cost(1, 1, 0.5, 20), by_chance=False) == 1.5


def test_generated_runs_have_the_states_of_the_mix_and_past_times():
    runs = list(author().runs(2_000))

    states = Counter(run.state.type for run in runs)
    assert set(states) == set(MIX)
    assert states["Success"] == pytest.approx(1_600, rel=0.1)
    assert all(NOW - timedelta(days=30) <= run.created <= NOW - timedelta(hours=1) for run in runs)
    assert all(run.updated <= NOW for run in runs)


def test_fixed_runs_have_the_declared_number():
    assert len(list(author().fixed())) == FIXED


@pytest.mark.parametrize("state", MIX)
def test_generated_run_is_decoded_unchanged(state):
    keys = Keys(TENANT, 4)
    run = author().run(NOW - timedelta(days=1), state)

    (item,) = items_of(keys, run)

    assert decode_run(keys, item) == run
