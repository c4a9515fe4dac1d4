"""What lists read beside their runs: flows, projects and heartbeats, only for rows that need them."""

from datetime import timedelta

import pytest

from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_inside
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.flow_runs import walks
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need, NestedList
from tests.contract.factories import SHARDS

NEWEST = [{"created": "desc"}]
STATE_AND_FLOW = Need({"state"}, {"flow": Need({"name"}, {"project": Need({"name"})})})
KEYS_ONLY = {"flow": {"name": {"_neq": "none"}, "project": {"name": {"_neq": "none"}}}}


@pytest.fixture
def runs(world):
    """Return twenty runs of one flow, of which only the oldest ended."""
    flow = world.register({"name": "Own"}, project_id=world.project("Site"))
    found = []
    for _ in range(20):
        found.append(world.create(flow))
        world.clock.advance(seconds=1)
    world.set(found[0], "Failed")
    return found


def read_with_units(world, need=STATE_AND_FLOW, **arguments):
    metered, cost = world.metered()
    return list_rows(metered.context, "flow_run", Arguments(**arguments), need), cost


@pytest.mark.dynoxide_only
def test_flow_and_project_of_many_runs_are_read_once_at_half_the_cost(world, runs, monkeypatch):
    monkeypatch.setattr(walks, "BATCH", 3)

    rows, cost = read_with_units(world, where=KEYS_ONLY, order_by=NEWEST, limit=20)

    assert [row.value.id for row in rows] == runs[::-1]
    assert {row.related["flow"].related["project"].value.name for row in rows} == {"Site"}
    # Keys, runs, one flow and one project.
    assert cost.read_units <= 0.5 * SHARDS + 0.5 * len(runs) + 1


@pytest.mark.dynoxide_only
def test_flows_are_read_only_for_runs_that_the_rest_of_the_filter_lets_through(world, runs):
    flow = world.register({"name": "Other"})
    others = [world.create(flow) for _ in range(5)]

    rows, cost = read_with_units(world, where={"_and": [KEYS_ONLY, {"end_time": {"_is_null": False}}]})

    assert [row.value.id for row in rows] == [runs[0]]
    assert cost.read_units <= 0.5 * SHARDS + 0.5 * len([*runs, *others]) + 1


class BehindOnFlows:
    """A client whose reads of flows see nothing unless they are consistent. It notes whether each was."""

    def __init__(self, client):
        self._client, self.were_consistent = client, []

    def __getattr__(self, operation):
        return getattr(self._client, operation)

    def batch_get_item(self, **arguments):
        (batch,) = arguments["RequestItems"].values()
        response = self._client.batch_get_item(**arguments)
        if "#flow#" in batch["Keys"][0]["pk"]["S"]:
            self.were_consistent.append(batch["ConsistentRead"])
            if not batch["ConsistentRead"]:
                response["Responses"] = {table: [] for table in response["Responses"]}
        return response


def test_flow_that_a_read_does_not_see_yet_is_read_again(world, runs):
    client = BehindOnFlows(world.client)

    rows = list_rows(
        world.through(client).context, "flow_run", Arguments(order_by=NEWEST, limit=2), STATE_AND_FLOW
    )

    assert {row.related["flow"].value.name for row in rows} == {"Own"}
    assert client.were_consistent == [False, True]


def test_run_by_id_has_a_flow_as_of_all_writes(world, runs):
    client = BehindOnFlows(world.client)

    row = row_by_id(world.through(client).context, "flow_run", runs[0], STATE_AND_FLOW)

    assert row is not None
    assert row.related["flow"].value.name == "Own"
    assert client.were_consistent == [True]


@pytest.mark.dynoxide_only
def test_heartbeats_are_read_for_the_rows_of_the_page_alone(world, runs):
    world.set(runs[5], "Running")
    world.clock.advance(seconds=30)
    world.store.flow_runs.heartbeat(runs[5], world.clock())
    where = {"labels": {"_contains": []}, "state": {"_in": ["Running", "Failed", "Success"]}}

    without, plain = read_with_units(world, Need({"state"}), where=where)
    rows, cost = read_with_units(world, Need({"state", "heartbeat"}), where=where)

    assert [row.value.id for row in rows] == [row.value.id for row in without] == [runs[5], runs[0]]
    assert [row.value.heartbeat for row in rows] == [world.clock.time, None]
    assert cost.read_units == plain.read_units + 0.5 * len(rows)


def test_filter_by_heartbeat_sees_that_of_each_run(world, runs):
    world.set(runs[5], "Running")
    world.clock.advance(minutes=10)
    world.set(runs[6], "Running")
    world.store.flow_runs.heartbeat(runs[6], world.clock())
    where = {"state": {"_eq": "Running"}, "heartbeat": {"_lt": world.clock.time - timedelta(minutes=5)}}

    rows, _ = read_with_units(world, Need({"heartbeat"}), where=where)

    assert [row.value.id for row in rows] == [runs[5]]


@pytest.mark.dynoxide_only
def test_current_flows_of_groups_are_found_from_the_groups_that_were_read(world):
    project = world.project("Many")
    for number in range(12):
        for _ in range(2):
            world.register({"name": f"flow {number}"}, project_id=project)
    current = Arguments(where={"archived": {"_eq": False}})
    need = Need({"name"})
    listing = compile_inside(ENTITIES["flow_group"], "flows", current, Work.unlimited(), None)
    need.nested(NestedList("flows", listing)).columns.add("version")
    metered, cost = world.metered()

    rows = list_rows(metered.context, "flow_group", Arguments(), need)

    versions = [[flow.value.version for flow in found] for row in rows for found in row.lists.values()]
    assert versions == [[2]] * 12
    # Two queries for their places, and half a unit for each group and flow.
    assert cost.read_units <= 2 + 12


def test_project_that_a_read_does_not_see_yet_is_in_the_list_of_all(world):
    names = sorted(["one", "two"])
    for name in names:
        world.project(name)

    class Behind(BehindOnFlows):
        def batch_get_item(self, **arguments):
            (batch,) = arguments["RequestItems"].values()
            response = self._client.batch_get_item(**arguments)
            if not batch["ConsistentRead"]:
                response["Responses"] = {table: [] for table in response["Responses"]}
            return response

    rows = list_rows(world.through(Behind(world.client)).context, "project", Arguments(), Need({"name"}))

    assert [row.value.name for row in rows] == names
