from datetime import timedelta

import pytest

from domain.flow_runs.states import KIND_OF, Kind
from domain.ids import first_id_at
from tests.contract.factories import SHARDS, START, incompressible

ENDS = sorted(name for name, kind in KIND_OF.items() if kind is Kind.FINISHED)
STATUSES = ("waiting", "live", *ENDS)


def statuses_of(world, run_id):
    return [status for status in STATUSES if run_id in world.listed(status)]


def tenant_ids(world, lower=None, upper=None, *, descending=False, **more):
    lists = world.store.run_lists
    return list(lists.ids(lists.of_tenant(lower, upper), descending=descending, **more))


def group_ids(world, flow_id, **more):
    (flow,) = world.store.flows.get([flow_id])
    lists = world.store.run_lists
    return list(lists.ids(lists.of_group(flow.flow_group_id, **more), descending=False))


@pytest.fixture
def flow_id(world):
    return world.register()


@pytest.fixture
def ids(world, flow_id):
    """Create forty runs, a minute apart, over all shards."""
    made = []
    for _ in range(40):
        made.append(world.create(flow_id))
        world.clock.advance(minutes=1)
    assert len({int(run_id[-8:], 16) % SHARDS for run_id in made}) == SHARDS
    return made


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("first_page", [1, 3, 100])
def test_runs_are_listed_by_creation_over_all_shards_and_pages(world, ids, first_page, monkeypatch):
    monkeypatch.setattr("storage.flow_runs.run_lists.RANGE_PAGE", 2)

    assert tenant_ids(world, first_page=first_page) == ids
    assert tenant_ids(world, first_page=first_page, descending=True) == ids[::-1]


@pytest.mark.dynoxide_only
def test_newest_runs_are_read_with_one_query_for_each_shard(world, ids):
    counted, client = world.interfered()
    lists = counted.store.run_lists

    newest = lists.ids(lists.of_tenant(), descending=True, first_page=10)

    assert [next(newest) for _ in range(5)] == ids[:-6:-1]
    assert client.calls == ["query"] * SHARDS


def test_range_of_ids_has_the_runs_created_in_it_both_ends_included(world, ids):
    def at(minutes):
        return first_id_at(START + timedelta(minutes=minutes))

    assert tenant_ids(world, at(10), at(20)) == ids[10:20]
    assert tenant_ids(world, at(30)) == ids[30:]
    assert tenant_ids(world, None, at(3)) == ids[:3]
    assert tenant_ids(world, ids[4], ids[6]) == ids[4:7]


def test_runs_of_one_instant_are_all_listed(world, flow_id):
    made = [world.create(flow_id) for _ in range(20)]

    assert tenant_ids(world) == sorted(made)


def test_runs_of_a_group_are_those_of_all_versions_of_its_flow(world):
    project_id = world.project()
    first = world.register(project_id=project_id)
    one = world.create(first)
    second = world.register(project_id=project_id)
    two = world.create(second)
    world.new_run()

    assert group_ids(world, first) == group_ids(world, second) == sorted([one, two])


def test_queue_is_sorted_by_start_times(world, flow_id):
    starts = [START + timedelta(minutes=(n * 7) % 20 - 10, microseconds=n) for n in range(20)]
    made = {world.create(flow_id, scheduled_start_time=start): start for start in starts}

    assert world.listed("waiting") == sorted(made, key=made.__getitem__)


def test_due_runs_are_a_range_of_the_queue(world, flow_id):
    past, now, later = (
        world.create(flow_id, scheduled_start_time=START + timedelta(seconds=n)) for n in (-99_999, 0, 1)
    )

    due = world.store.queue.starts((None, START), descending=False, first_page=1)

    assert [run_id for _, run_id in due] == [past, now]
    assert later in world.listed("waiting")


@pytest.mark.parametrize(
    ("state", "status"),
    [
        *(({"type": name}, [name]) for name in ENDS if name != "Success"),
        ({"type": "Success"}, []),
        *(
            ({"type": name}, ["live"])
            for name in ("Pending", "Submitted", "ClientFailed", "Running", "Cancelling")
        ),
        *(({"type": name}, ["waiting"]) for name in ("Scheduled", "Retrying", "Resume", "Queued")),
        ({"type": "Paused"}, ["live"]),
        ({"type": "Paused", "start_time": "2041-01-01T00:00:00Z"}, ["waiting"]),
    ],
    ids=str,
)
def test_run_is_listed_under_the_status_of_its_state_alone(world, flow_id, state, status):
    run_id = world.create(flow_id)
    assert world.listed("waiting") == [run_id]

    world.set(run_id, state, 1)

    assert statuses_of(world, run_id) == status
    assert tenant_ids(world) == group_ids(world, flow_id) == [run_id]


@pytest.mark.parametrize("state", ["Running", "Failed", "Success"])
def test_large_state_lists_a_run_as_a_small_state_does(world, flow_id, state):
    large, small = world.create(flow_id), world.create(flow_id)

    world.set(large, {"type": state, "message": incompressible(2_000)}, 1)
    world.set(small, state, 1)

    assert statuses_of(world, large) == statuses_of(world, small)


@pytest.mark.dynoxide_only
def test_run_moves_between_lists_with_each_state(world, flow_id):
    run_id = world.create(flow_id)
    expected = {
        "Submitted": ["live"],
        "Running": ["live"],
        "Failed": ["Failed"],
        "Retrying": ["waiting"],
        "Success": [],
    }

    for _ in range(4):
        for state, status in expected.items():
            world.set(run_id, state)
            assert statuses_of(world, run_id) == status


def test_retrying_run_is_queued_at_the_time_of_its_retry(world, flow_id):
    retried = world.create(flow_id)
    other = world.create(flow_id, scheduled_start_time=START + timedelta(minutes=5))
    world.set(retried, {"type": "Retrying", "start_time": "2040-01-01 12:10:00"}, 1)

    assert world.listed("waiting") == [other, retried]


def test_range_that_ends_before_it_begins_is_empty(world, flow_id):
    world.create(flow_id)
    lists, earlier = world.store.run_lists, START - timedelta(days=1)

    cached = lists.cached(None, START, earlier)
    assert list(lists.ids(cached, descending=False)) == []
    assert lists.count(cached, 10) == 0
    for descending in (False, True):
        waiting = world.store.queue.starts((START, earlier), descending=descending, first_page=10)
        assert list(waiting) == []


@pytest.mark.dynoxide_only
def test_deleted_run_leaves_every_list_and_no_item(world, flow_id):
    # Given a run with every kind of item
    run_id = world.create(flow_id, parameters={"x": incompressible(5_000)})
    other = world.create(flow_id)
    for n in range(40):
        world.set(run_id, {"type": "Failed", "message": incompressible(2_000) if n % 5 == 0 else ""})
    world.store.flow_runs.heartbeat(run_id, world.clock())
    assert {item["sk"]["S"].split("#")[0] for item in world.partition(run_id)} == {
        *("run", "details", "heartbeat", "state", "states")
    }

    # When
    assert world.store.flow_runs.delete(run_id) is True

    # Then
    assert world.partition(run_id) == []
    assert tenant_ids(world) == group_ids(world, flow_id) == world.listed("waiting") == [other]
    assert world.listed("Failed") == []
    assert not world.exists(run_id)
    assert world.store.flow_runs.delete(run_id) is False


@pytest.mark.dynoxide_only
def test_run_of_more_items_than_a_transaction_takes_is_deleted_whole(world, flow_id):
    run_id = world.create(flow_id)
    for version in range(1, 111):
        world.set(run_id, {"type": "Running", "message": incompressible(600, seed=version)}, version)
    assert len(world.partition(run_id)) > 110

    world.store.flow_runs.delete(run_id)

    assert world.partition(run_id) == []


def test_state_set_during_a_deletion_leaves_no_item(world, flow_id):
    # Given a run whose next state has items of its own
    run_id = world.create(flow_id)
    for version in range(1, 16):
        world.set(run_id, "Running", version)
    faulty, client = world.interfered()

    def state_first(send):
        world.set(run_id, {"type": "Running", "message": incompressible(2_000)}, 16)
        return send()

    client.alter("delete_item", state_first)

    # When
    assert faulty.store.flow_runs.delete(run_id)

    # Then
    assert client.all_happened()
    assert world.partition(run_id) == []


@pytest.mark.dynoxide_only
def test_run_deleted_during_a_read_is_not_returned_in_part(world, flow_id):
    run_id = world.create(flow_id, parameters={"x": incompressible(5_000)})
    for version in range(1, 30):
        world.set(run_id, "Running", version)
    faulty, client = world.interfered()

    def deletion_first(send):
        world.store.flow_runs.delete(run_id)
        return send()

    client.alter("batch_get_item", deletion_first)

    assert not faulty.exists(run_id)
    assert client.all_happened()
