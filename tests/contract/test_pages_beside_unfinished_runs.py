"""What pages by another time than creation cost beside runs that wait or go on."""

import uuid
from datetime import timedelta

import pytest

from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs.unfinished_runs import FEW_WAITING
from operations.reads.query import list_rows
from operations.reads.rows import Need
from tests.contract.factories import Clock, World
from tests.contract.stored_runs import Copies

pytestmark = pytest.mark.dynoxide_only

STEP = timedelta(minutes=5)
ENDED = 400
RARE = 20
# What clients send if their user names no flow.
NO_FLOW = {"flow": {"name": {"_eq": None}, "project": {"name": {"_eq": None}}}}


class Tenant:
    """Runs of two flows: one that runs often, and one with few runs. So many runs are planned, and live."""

    def __init__(self, world, planned, live):
        self.world = world
        often, rare = (world.register({"name": name}) for name in ("Often", "Rare"))
        ended, seldom = world.create(often), world.create(rare)
        for run in (ended, seldom):
            world.set(run, "Running")
            world.set(run, "Success")
        going = world.create(often)
        world.set(going, "Running")
        ahead = world.create(often, scheduled_start_time=world.clock.time + timedelta(days=9))
        begun, copies = world.clock.time, Copies(world)
        for number in range(ENDED):
            copies.add(seldom if number % (ENDED // RARE) == 0 else ended, begun + number * STEP)
        self.now = begun + ENDED * STEP
        for number in range(live):
            copies.add(going, self.now - timedelta(hours=5) + number * timedelta(seconds=90))
        for number in range(planned):
            copies.add(ahead, self.now - timedelta(hours=20) + number * timedelta(minutes=1), keeps_due=True)
        copies.write()
        world.clock.time = self.now
        # It waits again, for a moment: among the first by all times.
        self.again = world.create(often)
        for state in ("Running", "Success", "Scheduled"):
            world.clock.advance(seconds=1)
            world.set(self.again, state)
        self.rows = list_rows(world.context, "flow_run", Arguments(), Need({"start_time", "end_time"}))

    def ask(self, where, column, limit):
        """Return the values of a page, the values that are right, the units, and what is left out."""
        world, cost = self.world.metered()
        arguments = Arguments(where=where, order_by=[{column: "desc_nulls_last"}], limit=limit)
        rows = list_rows(world.context, "flow_run", arguments, Need({column}))
        wanted = where.get("flow", {}).get("name", {}).get("_eq")
        found = [
            getattr(row.value, column)
            for row in self.rows
            if wanted is None or self.world.store.flows.get([row.value.flow_id])[0].name == wanted
        ]
        page = sorted(filter(None, found), reverse=True)[:limit]
        return [getattr(row.value, column) for row in rows], page, cost.read_units, world.context.left_out


@pytest.fixture(scope="module", params=[(10, 5), (600, 5), (600, 50)], ids=str)
def tenant(request, database):
    """Return a tenant with so many planned and so many live runs."""
    with database() as (client, table_name):
        world = World(client, table_name, str(uuid.uuid4()), Clock())
        yield Tenant(world, *request.param)


@pytest.mark.parametrize("column", ["start_time", "end_time"])
def test_newest_runs_by_start_or_end_cost_the_same_beside_any_number_of_planned_runs(tenant, column):
    live = sum(row.value.state.type == "Running" for row in tenant.rows)
    waiting = sum(row.value.state.type == "Scheduled" for row in tenant.rows)
    found, page, units, left_out = tenant.ask({**NO_FLOW, column: {"_is_null": False}}, column, 10)

    assert found == page
    assert units <= 45 + live / 2
    assert any("more than 30 minutes ahead" in words for words in left_out) == (waiting > FEW_WAITING)


def test_newest_starts_of_a_flow_are_found_beside_its_planned_runs(tenant):
    live = sum(row.value.state.type == "Running" for row in tenant.rows)
    where = {"flow": {"name": {"_eq": "Often"}}}

    found, page, units, _ = tenant.ask(where, "start_time", 10)

    assert found == page
    # The keys of its planned runs are compared, and hardly any of them is read.
    assert units <= 70 + live / 2


@pytest.mark.parametrize("column", ["start_time", "end_time", "updated"])
def test_page_of_a_flow_with_few_runs_costs_what_these_cost(tenant, column):
    found, page, units, left_out = tenant.ask({"flow": {"name": {"_eq": "Rare"}}}, column, 10)

    assert (found, left_out) == (page, [])
    assert units <= 10 + RARE / 2


def test_run_that_waits_again_is_the_newest_by_its_end(tenant):
    arguments = Arguments(where={"end_time": {"_is_null": False}}, order_by=[{"end_time": "desc"}], limit=1)

    (row,) = list_rows(tenant.world.context, "flow_run", arguments, Need())

    assert row.value.id == tenant.again


def test_first_starts_of_live_runs_are_found_without_the_other_live_runs(tenant):
    world, cost = tenant.world.metered()
    where = {"state": {"_eq": "Running"}, "start_time": {"_lt": tenant.now}}
    arguments = Arguments(where=where, order_by=[{"start_time": "asc"}], limit=3)

    rows = list_rows(world.context, "flow_run", arguments, Need())

    starts = sorted(row.value.start_time for row in tenant.rows if row.value.state.type == "Running")
    assert [row.value.start_time for row in rows] == starts[:3]
    assert world.context.left_out == []
    assert cost.read_units <= 15


def test_whether_few_runs_wait_costs_no_more_beside_many(tenant):
    world, cost = tenant.world.metered()
    lists = world.store.run_lists

    counted = lists.count(lists.waiting(), FEW_WAITING)

    assert (counted > FEW_WAITING) == (len(tenant.rows) > ENDED + 100)
    assert cost.read_units <= 6
