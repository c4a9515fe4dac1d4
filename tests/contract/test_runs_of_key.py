"""Runs of an idempotency key whose flow is not known."""

from datetime import timedelta

import pytest

from domain.errors import BadUserInput
from operations.flow_runs.deleting import delete_flow_run
from operations.flows.archiving import archive_flow
from operations.reads import runs_of_key
from operations.reads.rows import Need
from operations.reads.runs_of_key import flow_runs_of_key


def portions(world, key="key"):
    """Return the ids of the runs of each portion."""
    found, after = [], None
    while True:
        portion = flow_runs_of_key(world.context, key, after, Need({"id"}))
        found.append([row.value.id for row in portion.rows])
        assert portion.is_end == (portion.next is None)
        if portion.is_end:
            return found
        after = portion.next


def test_runs_of_a_key_are_found_in_all_flows_newest_first(world):
    project_id = world.project()
    flows = [world.register({"name": name}, project_id=project_id) for name in "ab"] + [world.register()]
    runs = []
    for flow_id in flows:
        runs.append(world.create(flow_id, idempotency_key="key"))
        world.create(flow_id, idempotency_key="another")
        world.create(flow_id)
        world.clock.advance(seconds=1)
    world.register()

    assert portions(world) == [runs[::-1]]
    assert portions(world, "unknown") == [[]]
    assert flow_runs_of_key(world.context, "key", None, Need()).looked_at == 4


def test_runs_of_a_key_without_any_flow_are_none(world):
    assert portions(world) == [[]]


def test_key_stands_for_its_newest_run_and_for_none_that_was_deleted(world):
    flow_id = world.register()
    world.create(flow_id, idempotency_key="key")
    world.clock.advance(hours=25)
    newer = world.create(flow_id, idempotency_key="key")
    assert portions(world) == [[newer]]

    delete_flow_run(world.context, newer)

    assert portions(world) == [[]]


def test_key_of_an_archived_flow_is_not_found(world):
    flow_id = world.register()
    world.create(flow_id, idempotency_key="key")
    archive_flow(world.context, flow_id)

    assert portions(world) == [[]]


def test_key_of_another_tenant_is_not_found(world):
    neighbour = world.neighbour()
    neighbour.create(neighbour.register(), idempotency_key="key")

    assert portions(world) == [[]]


@pytest.mark.parametrize(("flows", "projects"), [(1, 50), (2, 50), (3, 50), (200, 1), (2, 1)])
def test_portions_together_have_each_run_once(world, monkeypatch, flows, projects):
    monkeypatch.setattr(runs_of_key, "MAX_FLOWS", flows)
    monkeypatch.setattr(runs_of_key, "MAX_PROJECTS", projects)
    expected = set()
    for number in (2, 0, 3, 1):
        project_id = world.project()
        for place in range(number):
            flow_id = world.register({"name": f"Ünïcode / {place} 🚀"}, project_id=project_id)
            expected.add(world.create(flow_id, idempotency_key="key"))

    found = portions(world)

    assert sorted(run_id for portion in found for run_id in portion) == sorted(expected)
    assert all(len(portion) <= flows for portion in found)


@pytest.mark.dynoxide_only
def test_cost_follows_the_flows_and_not_their_runs(world):
    flows = [world.register({"name": name}, project_id=world.project()) for name in "abc"]
    for flow_id in flows:
        world.create(flow_id, idempotency_key="key")
    costs = []
    for _ in range(2):
        metered, consumed = world.metered()
        flow_runs_of_key(metered.context, "key", None, Need({"id"}))
        costs.append((consumed.calls.total(), consumed.read_units, consumed.write_units))
        for number in range(20):
            world.create(flows[number % 3], idempotency_key=f"other {number}")

    assert costs[0] == costs[1]
    assert costs[0][1] <= 9


@pytest.mark.parametrize("key", ["", "x" * 2049])
def test_key_that_none_can_be_is_refused(world, key):
    with pytest.raises(BadUserInput, match="idempotency_key must have"):
        flow_runs_of_key(world.context, key, None, Need())


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "//",
        f"{'0' * 36}/{'0' * 36}/{'x' * 10_000}",
        f"{'0' * 36}/{'0' * 36}/\ud800",
        f"{'0' * 36}/{'0' * 35}/x",
    ],
)
def test_place_that_no_portion_returned_is_refused(world, after):
    world.register()
    with pytest.raises(BadUserInput, match="after must be what `next`"):
        flow_runs_of_key(world.context, "key", after, Need())


def test_key_that_has_ended_is_found_as_long_as_its_item_is_there(world):
    run_id = world.create(world.register(), idempotency_key="key")
    world.clock.advance(seconds=timedelta(hours=30).total_seconds())

    assert portions(world) == [[run_id]]
