"""The queue: what is due, for whom, in which order, at which cost, and to how many."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import VersionLockingError
from operations.flow_runs import set_flow_run_labels
from operations.queue import MAX_RUNS, get_runs_in_queue
from storage.consumption import Consumption
from storage.keys import Keys
from storage.store import Store
from storage.table import Table
from tests.contract.factories import SHARDS, START, World, at_once

POLLERS = 10


def in_order(world, *labels, before=None):
    return get_runs_in_queue(world.context, before, list(labels))


@pytest.fixture
def flow_id(world):
    return world.register()


def waiting_task_run(world, run_id, start="2040-01-01T11:00:00.000000", sk="task#0001"):
    """A task run that waits, as the table has it: in the queue of its flow run's shard."""
    keys = Keys(world.tenant_id, SHARDS)
    item = {
        "pk": {"S": keys.run(run_id)},
        "sk": {"S": sk},
        "status_shard": {"S": keys.status_runs("queue", keys.shard_of(run_id))},
        "status_order": {"S": f"{start}#*"},
    }
    world.client.put_item(TableName=world.table_name, Item=item)


def order_of(world, run_id):
    return world.item(run_id)["status_order"]["S"]


def test_what_is_due_comes_in_the_order_of_start_times_and_what_is_not_does_not(world, flow_id):
    starts = [START + timedelta(seconds=(n * 7) % 20 - 10, microseconds=n) for n in range(20)]
    made = {world.create(flow_id, scheduled_start_time=start): start for start in starts}
    ordered = sorted(made, key=made.__getitem__)

    assert in_order(world) == [each for each in ordered if made[each] <= START]
    assert in_order(world, before=START + timedelta(seconds=10)) == ordered
    assert in_order(world, before=made[ordered[3]]) == ordered[:4]


def test_no_more_are_given_than_an_agent_takes_at_once(world, flow_id):
    made = [world.create(flow_id, scheduled_start_time=START - timedelta(seconds=99 - n)) for n in range(40)]

    assert in_order(world) == made[:MAX_RUNS]


def test_each_agent_gets_what_its_labels_fit(world, flow_id):
    runs = {labels: world.create(flow_id, labels=list(labels)) for labels in ((), ("a",), ("a", "b"))}

    assert in_order(world) == [runs[()]]
    assert in_order(world, "a") == [runs["a",]]
    assert sorted(in_order(world, "b", "c", "a")) == sorted([runs["a",], runs["a", "b"]])
    assert in_order(world, "b") == []


def test_runs_that_no_agent_takes_do_not_hide_those_behind_them_nor_are_they_read(world, flow_id):
    for _ in range(200):
        world.create(flow_id, labels=["nobody", "has these"])
    world.clock.advance(seconds=1)
    mine = world.create(flow_id, labels=["mine"])
    counted, client = world.interfered()

    assert in_order(counted, "mine", "other") == [mine]
    assert [call for call in client.calls if call != "query"] == ["get_item"]


def test_a_run_that_was_put_back_is_still_only_for_those_who_have_its_labels(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    world.set(run_id, "Scheduled")

    assert in_order(world) == in_order(world, "b") == []
    assert in_order(world, "a") == [run_id]


def test_a_run_that_was_put_back_is_read_in_vain_but_once(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    world.set(run_id, "Scheduled")
    assert in_order(world, "b") == []
    counted, client = world.interfered()

    assert in_order(counted, "b") == []
    assert client.calls == ["query"] * SHARDS
    assert in_order(world, "a") == [run_id]


@pytest.mark.parametrize("state", [{"type": "Submitted"}, {"type": "Scheduled"}], ids=str)
def test_a_run_that_changes_while_a_poll_reads_it_in_vain_keeps_its_place(world, flow_id, state):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    world.set(run_id, "Scheduled")
    poller, client = world.interfered()

    def after_the_change(send):
        world.set(run_id, "Running")
        set_flow_run_labels(world.context, run_id, ["c"])
        world.set(run_id, state)
        return send()

    client.alter("update_item", after_the_change)
    assert in_order(poller, "b") == []

    assert client.all_happened()
    assert in_order(world, "c") == ([run_id] if state["type"] == "Scheduled" else [])
    assert in_order(world, "a") == []


def test_a_run_without_a_digest_in_its_key_as_the_first_release_wrote_it_is_found(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    bare = {**world.item(run_id), "status_order": {"S": order_of(world, run_id)[:26]}}
    world.client.put_item(TableName=world.table_name, Item=bare)

    assert in_order(world, "a") == [run_id]
    assert in_order(world, "b") == []


class TestRunningRuns:
    def test_one_of_which_a_task_run_waits_is_handed_out_once_again(self, world, flow_id):
        run_id = world.create(flow_id)
        world.set(run_id, "Running")
        assert in_order(world) == []

        for number in range(3):
            waiting_task_run(world, run_id, sk=f"task#000{number}")

        assert in_order(world) == [run_id]

    def test_one_whose_task_run_waits_longer_is_not(self, world, flow_id):
        run_id = world.create(flow_id)
        world.set(run_id, "Running")
        waiting_task_run(world, run_id, "2040-01-01T12:00:00.000001")

        assert in_order(world) == []
        assert in_order(world, before=START + timedelta(seconds=1)) == [run_id]

    @pytest.mark.parametrize("state", ["Submitted", "Cancelling", "Failed", "Success", "Paused"])
    def test_one_in_any_other_state_is_not(self, world, flow_id, state):
        run_id = world.create(flow_id)
        world.set(run_id, state)
        waiting_task_run(world, run_id)

        assert in_order(world) == []

    def test_its_labels_count(self, world, flow_id):
        run_id = world.create(flow_id, labels=["a"])
        world.set(run_id, "Running")
        waiting_task_run(world, run_id)

        assert in_order(world) == []
        assert in_order(world, "a") == [run_id]

    def test_a_list_of_flow_runs_has_it_once(self, world, flow_id):
        run_id = world.create(flow_id)
        waiting_task_run(world, run_id)

        lists = world.store.run_lists
        assert set(lists.ids(lists.waiting(None, START), descending=False)) == {run_id}


class TestOtherLabels:
    def test_a_run_that_waits_is_found_by_its_new_labels(self, world, flow_id):
        run_id = world.create(flow_id, labels=["a"])

        assert set_flow_run_labels(world.context, run_id, ["b"])

        assert in_order(world, "a") == []
        assert in_order(world, "b") == [run_id]
        assert order_of(world, run_id)[26:] != "#*"

    def test_it_keeps_its_place_in_time(self, world, flow_id):
        later = world.create(flow_id, scheduled_start_time=START - timedelta(seconds=1))
        first = world.create(flow_id, scheduled_start_time=START - timedelta(seconds=2))

        set_flow_run_labels(world.context, later, ["a"])
        set_flow_run_labels(world.context, first, ["a"])

        assert in_order(world, "a") == [first, later]

    @pytest.mark.parametrize("state", ["Submitted", "Running", "Failed", "Success"])
    def test_one_that_does_not_wait_stays_where_it_is_listed(self, world, flow_id, state):
        run_id = world.create(flow_id, labels=["a"])
        world.set(run_id, state)
        before = world.item(run_id).get("status_order")

        assert set_flow_run_labels(world.context, run_id, ["b"])

        assert world.item(run_id).get("status_order") == before
        assert world.run(run_id).labels == ["b"]

    @pytest.mark.parametrize("state", ["Submitted", "Success"])
    def test_one_that_is_taken_meanwhile_does_not_come_back(self, world, flow_id, state):
        run_id = world.create(flow_id, labels=["a"])
        other, client = world.interfered()

        def after_the_claim(send):
            world.set(run_id, state, 1)
            return send()

        client.alter("update_item", after_the_claim)
        assert set_flow_run_labels(other.context, run_id, ["b"])

        assert world.listed("queue") == []
        assert world.run(run_id).labels == ["b"]

    def test_one_that_is_put_back_meanwhile_is_found(self, world, flow_id):
        run_id = world.create(flow_id, labels=["a"])
        world.set(run_id, "Success")
        other, client = world.interfered()

        def after_putting_back(send):
            world.set(run_id, "Scheduled")
            set_flow_run_labels(world.context, run_id, ["c"])
            return send()

        client.alter("update_item", after_putting_back)
        assert set_flow_run_labels(other.context, run_id, ["b"])

        assert in_order(world, "b") == [run_id]

    def test_of_all_who_set_labels_at_once_the_key_agrees_with_the_last(self, world, flow_id):
        run_id = world.create(flow_id)

        at_once(*(lambda n=n: set_flow_run_labels(world.context, run_id, [f"l{n}"]) for n in range(8)))

        (label,) = world.run(run_id).labels
        assert in_order(world, label) == [run_id]


@pytest.fixture
def counts_units(request):
    """Whether the store reports capacity by size, as AWS does: moto says one unit of every call."""
    return request.node.callspec.params["database"] != "moto"


@pytest.fixture
def metered(world):
    """The same world, and what it consumes."""
    consumption = Consumption()
    table = Table(world.client, world.table_name, consumption.add)
    metered = World(world.client, world.table_name, world.tenant_id, world.clock)
    metered.context = replace(world.context, store=Store(table, world.tenant_id, SHARDS))
    return metered, consumption


def test_an_idle_poll_costs_a_query_a_shard_however_much_is_stored(world, flow_id, metered, counts_units):
    for kind in ("Success", "Failed", "Running", "Submitted") * 10:
        world.set(world.create(flow_id), kind, 1)
    for _ in range(20):
        world.create(flow_id, scheduled_start_time=START + timedelta(hours=1))
    poller, consumption = metered

    assert in_order(poller) == []
    assert consumption.calls == {"query": SHARDS}
    assert consumption.items_read == 0
    if counts_units:
        assert consumption.read_units == 0.5 * SHARDS


def test_a_poll_that_finds_work_costs_a_batch_more(world, flow_id, metered, counts_units):
    for _ in range(30):
        world.create(flow_id)
    poller, consumption = metered

    assert len(in_order(poller)) == MAX_RUNS
    assert consumption.calls == {"query": SHARDS, "batch_get_item": 1}
    # A unit a run, and a unit or so a shard for its keys.
    if counts_units:
        assert consumption.read_units <= MAX_RUNS + 2 * SHARDS


def test_each_of_two_hundred_runs_goes_to_exactly_one_of_ten_agents(world, flow_id):
    runs = [world.create(flow_id) for _ in range(200)]

    def claim_all():
        claimed, lost = [], 0
        while ids := in_order(world):
            for run in world.store.flow_runs.get(ids, (), consistent=True):
                if run.state.type != "Scheduled":
                    continue
                try:
                    world.set(run.id, "Submitted", run.version)
                    claimed.append(run.id)
                except VersionLockingError:
                    lost += 1
        return claimed, lost

    claims = at_once(*[claim_all] * POLLERS)

    assert sorted(each for claimed, _ in claims for each in claimed) == sorted(runs)
    assert all(world.types(run_id) == ["Scheduled", "Submitted"] for run_id in runs)
    # They did compete: agents that are given the same runs lose some of them.
    assert sum(lost for _, lost in claims) > 0
