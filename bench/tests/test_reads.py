from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bench.growing import Cost, used, verdict
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
def test_a_list_is_over_when_its_cost_grows_by_more_than_chance(largest, expected):
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
def test_where_chance_has_no_part_calls_and_units_are_the_same_at_every_size(largest, share):
    assert used(SMALL, largest, by_chance=False) == pytest.approx(share)


def test_what_consumed_nothing_may_not_consume_anything_when_more_is_stored():
    nothing = Cost(1, 1, 0, 20)

    assert used(nothing, nothing, by_chance=False) == 1.0
    assert used(nothing, Cost(1, 1, 0.5, 20), by_chance=False) == 1.5


def test_stored_runs_have_the_states_of_the_mix_and_were_created_before_now():
    runs = list(author().runs(2_000))

    states = Counter(run.state.type for run in runs)
    assert set(states) == set(MIX)
    assert states["Success"] == pytest.approx(1_600, rel=0.1)
    assert all(NOW - timedelta(days=30) <= run.created <= NOW - timedelta(hours=1) for run in runs)
    assert all(run.updated <= NOW for run in runs)


def test_as_many_runs_as_it_says_are_there_at_every_size():
    assert len(list(author().fixed())) == FIXED


@pytest.mark.parametrize("state", MIX)
def test_a_stored_run_reads_back_as_it_was_made_up(state):
    keys = Keys(TENANT, 4)
    run = author().run(NOW - timedelta(days=1), state)

    (item,) = items_of(keys, run)

    assert decode_run(keys, item) == run
