"""Lists of waiting runs: one order over all sets of labels, at a cost by the number of sets."""

from datetime import timedelta
from itertools import combinations

import pytest

from domain.errors import BadUserInput
from domain.ids import created_from_id
from operations.flow_runs.states import set_flow_run_labels
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from storage.queue import waiting_sets
from tests.contract.backlog import backlog
from tests.contract.factories import SHARDS, START

WAITING = {"state": {"_eq": "Scheduled"}}
BY_START = [{"state_start_time": "asc"}]
MIXES: dict[str, list[list[str]]] = {
    "one set": [["a"]],
    "no labels": [[]],
    "sets that begin alike": [[], ["a"], ["a", "b"], ["a", "b", "c"], ["b"], ["b", "c"], ["c"]],
    "a set for each run": [[f"customer {number}"] for number in range(120)],
    "many sets of two": [list(chosen) for chosen in combinations("abcdefgh", 2)],
}


@pytest.fixture
def flow_id(world):
    return world.register()


def starts(world, times=(None, None), *, descending=False, first_page=5):
    found = world.store.queue.starts(times, descending=descending, first_page=first_page)
    return [run_id for _, run_id in found]


@pytest.mark.parametrize("labels", MIXES.values(), ids=MIXES)
@pytest.mark.dynoxide_only
def test_list_of_waiting_runs_is_in_the_order_of_start_times(world, flow_id, labels):
    made = backlog(world, flow_id, 120, labels)

    def between(first, last):
        return START + timedelta(seconds=first - 120), START + timedelta(seconds=last - 120)

    for first_page in (1, 5, 16, 100):
        assert starts(world, first_page=first_page) == made
        assert starts(world, descending=True, first_page=first_page) == made[::-1]
    for descending in (False, True):
        step = -1 if descending else 1
        assert starts(world, between(20, 99), descending=descending) == made[20:100][::step]
        assert starts(world, (between(70, 0)[0], None), descending=descending) == made[70:][::step]
        assert starts(world, (None, between(0, 9)[1]), descending=descending) == made[:10][::step]
        assert starts(world, between(119, 200), descending=descending) == made[119:]
        assert starts(world, between(-9, -1), descending=descending) == []


@pytest.mark.dynoxide_only
def test_list_is_read_only_as_far_as_its_page(world, flow_id):
    backlog(world, flow_id, 600, [["a"], ["b"]])
    counted, client = world.interfered()
    found = counted.store.queue.starts((None, None), descending=False, first_page=10)

    assert len([next(found) for _ in range(5)]) == 5

    # The beginning of each set in each shard, and the end.
    assert client.calls == ["query"] * 3 * SHARDS


@pytest.mark.dynoxide_only
def test_sets_of_one_run_each_are_read_many_to_a_page(world, flow_id):
    made = backlog(world, flow_id, 500, [[f"customer {number}"] for number in range(500)])
    counted, client = world.interfered()

    assert starts(counted, first_page=20) == made

    assert len(client.calls) <= 5 * SHARDS


@pytest.mark.dynoxide_only
def test_list_by_creation_has_the_runs_of_all_sets(world, flow_id):
    sets = [["a"], ["a", "b"], [], ["c"]]
    made = []
    for number in range(40):
        start = world.clock.time + timedelta(hours=1) if number % 3 == 0 else None
        made.append(world.create(flow_id, labels=sets[number % 4], scheduled_start_time=start))
        world.clock.advance(seconds=20)

    def listed(**arguments):
        rows = list_rows(world.context, "flow_run", Arguments(where=WAITING, **arguments), Need())
        return [row.value.id for row in rows]

    assert listed(order_by=[{"created": "asc"}]) == made
    assert listed(order_by=[{"created": "desc"}], limit=7, offset=3) == made[-4:-11:-1]
    assert sorted(listed(order_by=BY_START)) == sorted(made)


@pytest.mark.dynoxide_only
def test_count_includes_all_sets(world, flow_id):
    made = backlog(world, flow_id, 60, MIXES["sets that begin alike"])

    def count(where):
        return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()

    unfinished = ["Scheduled", "Pending", "Running", "Submitted", "Paused", "Resume", "Retrying", "Queued"]
    every = {"state": {"_in": [*unfinished, "Cancelling", "ClientFailed"]}}
    assert count(every) == count(WAITING) == len(made)
    created = {"_lt": created_from_id(made[0]) + timedelta(seconds=1)}
    assert count({**every, "created": created}) == len(made)
    assert count({"state": {"_eq": "Success"}}) == 0


def test_run_with_new_labels_keeps_its_order(world, flow_id):
    made = backlog(world, flow_id, 30, [["a"], ["b"]])

    for run_id in made[::3]:
        set_flow_run_labels(world.context, run_id, ["c", "a"])

    assert starts(world) == made


def test_list_of_too_many_sets_is_refused_with_advice(world, flow_id, monkeypatch):
    backlog(world, flow_id, 60, [[f"customer {number}"] for number in range(60)])
    monkeypatch.setattr(waiting_sets, "MAX_SETS", 1)

    for order in (BY_START, [{"created": "desc"}]):
        with pytest.raises(BadUserInput, match=r"sets of labels .* flow or flow_id"):
            list_rows(world.context, "flow_run", Arguments(where=WAITING, order_by=order, limit=3), Need())
