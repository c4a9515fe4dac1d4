"""The queue: which runs are due, their order, the agents that get them, and the cost of a poll."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import VersionLockingError
from operations.flow_runs.states import set_flow_run_labels
from operations.queue.polling import MAX_RUNS_A_POLL, get_runs_in_queue
from storage.dynamodb.consumption import Consumption
from storage.dynamodb.table import Table
from storage.store import TenantStore
from tests.contract.data_files import ask
from tests.contract.factories import SHARDS, START, World, at_once, incompressible

POLLERS = 10


def in_order(world, *labels, before=None):
    return get_runs_in_queue(world.context, before, list(labels))


@pytest.fixture
def flow_id(world):
    return world.register()


@pytest.mark.dynoxide_only
def test_poll_returns_due_runs_in_the_order_of_start_times(world, flow_id):
    starts = [START + timedelta(seconds=(n * 7) % 20 - 10, microseconds=n) for n in range(20)]
    made = {world.create(flow_id, scheduled_start_time=start): start for start in starts}
    ordered = sorted(made, key=made.__getitem__)

    assert in_order(world) == [run_id for run_id in ordered if made[run_id] <= START]
    assert in_order(world, before=START + timedelta(seconds=10)) == ordered
    assert in_order(world, before=made[ordered[3]]) == ordered[:4]


def test_poll_returns_no_more_runs_than_its_bound(world, flow_id):
    made = [world.create(flow_id, scheduled_start_time=START - timedelta(seconds=99 - n)) for n in range(40)]

    assert in_order(world) == made[:MAX_RUNS_A_POLL]


def test_agent_gets_the_runs_that_its_labels_fit(world, flow_id):
    runs = {labels: world.create(flow_id, labels=list(labels)) for labels in ((), ("a",), ("a", "b"))}

    assert in_order(world) == [runs[()]]
    assert in_order(world, "a") == [runs["a",]]
    assert sorted(in_order(world, "b", "c", "a")) == sorted([runs["a",], runs["a", "b"]])
    assert in_order(world, "b") == []


def test_rescheduled_run_goes_only_to_agents_with_its_labels(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    world.set(run_id, "Scheduled")
    counted, client = world.interfered()

    assert in_order(counted) == in_order(counted, "b") == []
    assert client.calls == ["query"] * 2 * SHARDS
    assert in_order(world, "a") == [run_id]


def test_run_whose_labels_changed_while_running_is_listed_under_them(world, flow_id):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    set_flow_run_labels(world.context, run_id, ["b"])
    world.set(run_id, "Scheduled")

    assert in_order(world, "a") == []
    assert in_order(world, "b") == [run_id]


@pytest.mark.parametrize("version", [2, None])
@pytest.mark.parametrize("labels", [["b"], []], ids=str)
@pytest.mark.parametrize("message", ["", incompressible(2_000)], ids=["small", "large"])
def test_run_whose_labels_change_while_rescheduled_is_listed_under_them(
    world, flow_id, version, labels, message
):
    run_id = world.create(flow_id, labels=["a"])
    world.set(run_id, "Running")
    other, client = world.interfered()

    def after_the_labels(send):
        set_flow_run_labels(world.context, run_id, labels)
        return send()

    client.alter("transact_write_items" if message else "update_item", after_the_labels)
    other.set(run_id, {"type": "Scheduled", "message": message}, version)

    assert client.all_happened()
    assert in_order(world, "a") == []
    assert in_order(world, *labels) == [run_id]


def test_run_listed_under_other_labels_is_read_in_vain_only_once(world, flow_id):
    # Given an index entry as a function of an older release writes it during a deployment
    run_id = world.create(flow_id, labels=["a"])
    stale = {**world.item(run_id), "labels": {"L": [{"S": "b"}]}}
    world.client.put_item(TableName=world.table_name, Item=stale)
    assert in_order(world, "a") == []
    counted, client = world.interfered()

    assert in_order(counted, "a") == []
    assert client.calls == ["query"] * SHARDS
    assert in_order(world, "b") == [run_id]


@pytest.mark.parametrize("state", ["Submitted", "Scheduled"])
def test_run_that_changes_while_a_poll_relists_it_keeps_its_entry(world, flow_id, state):
    run_id = world.create(flow_id, labels=["a"])
    stale = {**world.item(run_id), "labels": {"L": [{"S": "b"}]}}
    world.client.put_item(TableName=world.table_name, Item=stale)
    poller, client = world.interfered()

    def after_the_change(send):
        world.set(run_id, "Running")
        set_flow_run_labels(world.context, run_id, ["c"])
        world.set(run_id, state)
        return send()

    client.alter("update_item", after_the_change)
    assert in_order(poller, "a") == []

    assert client.all_happened()
    assert in_order(world, "c") == ([run_id] if state == "Scheduled" else [])
    assert in_order(world, "b") == []


@pytest.mark.parametrize("state", ["Retrying", "Resume", "Paused", "Queued"])
class TestOtherWaitingStates:
    def an_agent_takes(self, world, *labels):
        """Return the ids that an agent of Core keeps after its query for runs that it may start."""
        query = """query($ids: [uuid!]) { flow_run(where: {id: {_in: $ids}, _or: [
            {state: {_eq: "Scheduled"}},
            {state: {_eq: "Running"}, task_runs: {state_start_time: {_lte: "2041-01-01T00:00:00Z"}}}
        ]}) { id } }"""
        ids = in_order(world, *labels)
        return {row["id"] for row in ask(world.context, query, ids=ids)["flow_run"]}

    def waits(self, world, run_id, state):
        world.set(run_id, {"type": state, "start_time": (START - timedelta(minutes=1)).isoformat()})

    @pytest.mark.dynoxide_only
    def test_runs_in_other_waiting_states_and_runs_behind_them_are_taken(self, world, flow_id, state):
        runs = [world.create(flow_id, labels=["a"]) for _ in range(MAX_RUNS_A_POLL + 5)]
        behind = world.create(flow_id, labels=["a"])
        for run_id in runs:
            self.waits(world, run_id, state)

        taken = set()
        for _ in range(2):
            for run_id in self.an_agent_takes(world, "a"):
                world.set(run_id, "Submitted")
                taken.add(run_id)

        assert taken == {*runs, behind}
        assert world.types(runs[0]) == ["Scheduled", state, "Scheduled", "Submitted"]

    def test_run_that_changes_during_the_poll_is_left_as_changed(self, world, flow_id, state):
        run_id = world.create(flow_id)
        self.waits(world, run_id, state)
        poller, client = world.interfered()

        def after_another(send):
            world.set(run_id, "Running", 2)
            return send()

        client.alter("update_item", after_another)

        assert in_order(poller) == []
        assert client.all_happened()
        assert world.types(run_id) == ["Scheduled", state, "Running"]

    def test_run_with_other_labels_or_later_start_is_not_requeued(self, world, flow_id, state):
        far, later = world.create(flow_id, labels=["far"]), world.create(flow_id, labels=["a"])
        self.waits(world, far, state)
        world.set(later, {"type": state, "start_time": (START + timedelta(hours=1)).isoformat()})

        assert in_order(world, "a") == []
        assert [world.run(run_id).version for run_id in (far, later)] == [2, 2]


class TestOtherLabels:
    def test_waiting_run_is_found_by_new_labels(self, world, flow_id):
        run_id = world.create(flow_id, labels=["a"])

        assert set_flow_run_labels(world.context, run_id, ["b"])

        assert in_order(world, "a") == []
        assert in_order(world, "b") == [run_id]

    def test_waiting_run_with_new_labels_keeps_its_order(self, world, flow_id):
        later = world.create(flow_id, scheduled_start_time=START - timedelta(seconds=1))
        first = world.create(flow_id, scheduled_start_time=START - timedelta(seconds=2))

        set_flow_run_labels(world.context, later, ["a"])
        set_flow_run_labels(world.context, first, ["a"])

        assert in_order(world, "a") == [first, later]

    @pytest.mark.parametrize("state", ["Submitted", "Running", "Failed", "Success"])
    def test_run_that_does_not_wait_stays_listed_after_new_labels(self, world, flow_id, state):
        run_id = world.create(flow_id, labels=["a"])
        world.set(run_id, state)
        before = world.item(run_id).get("status_order")

        assert set_flow_run_labels(world.context, run_id, ["b"])

        assert world.item(run_id).get("status_order") == before
        assert world.run(run_id).labels == ["b"]

    @pytest.mark.parametrize("state", ["Submitted", "Success"])
    def test_run_taken_while_labels_change_does_not_come_back(self, world, flow_id, state):
        run_id = world.create(flow_id, labels=["a"])
        other, client = world.interfered()

        def after_the_claim(send):
            world.set(run_id, state, 1)
            return send()

        client.alter("update_item", after_the_claim)
        assert set_flow_run_labels(other.context, run_id, ["b"])

        assert world.listed("waiting") == []
        assert world.run(run_id).labels == ["b"]

    def test_run_rescheduled_while_labels_change_is_found(self, world, flow_id):
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

    def test_index_has_the_labels_of_the_last_of_concurrent_changes(self, world, flow_id):
        run_id = world.create(flow_id)

        at_once(*(lambda n=n: set_flow_run_labels(world.context, run_id, [f"l{n}"]) for n in range(8)))

        (label,) = world.run(run_id).labels
        assert in_order(world, label) == [run_id]


@pytest.fixture
def counts_units(request):
    """Return True if the store reports capacity by size as AWS does. Moto reports one unit for each call."""
    return request.node.callspec.params["database"] != "moto"


@pytest.fixture
def metered(world):
    """Return a second view of the world, and the record of its consumption."""
    consumption = Consumption()
    table = Table(world.client, world.table_name, consumption.add)
    metered = World(world.client, world.table_name, world.tenant_id, world.clock)
    metered.context = replace(world.context, store=TenantStore(table, world.tenant_id, SHARDS))
    return metered, consumption


@pytest.mark.dynoxide_only
def test_idle_poll_costs_one_query_a_shard_however_much_is_stored(world, flow_id, metered, counts_units):
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


def test_poll_that_finds_runs_costs_one_batch_more(world, flow_id, metered, counts_units):
    for _ in range(30):
        world.create(flow_id)
    poller, consumption = metered

    assert len(in_order(poller)) == MAX_RUNS_A_POLL
    assert consumption.calls == {"query": SHARDS, "batch_get_item": 1}
    # One unit for each run, and about one for the keys of each shard.
    if counts_units:
        assert consumption.read_units <= MAX_RUNS_A_POLL + 2 * SHARDS


@pytest.mark.dynoxide_only
def test_each_of_200_runs_goes_to_exactly_one_of_ten_agents(world, flow_id):
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

    assert sorted(run_id for claimed, _ in claims for run_id in claimed) == sorted(runs)
    assert all(world.types(run_id) == ["Scheduled", "Submitted"] for run_id in runs)
    # Agents that get the same runs lose some of them, so the agents did compete.
    assert sum(lost for _, lost in claims) > 0
