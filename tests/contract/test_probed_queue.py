"""The next and the late runs of a project or flow: what they cost beside runs that wait in other ones."""

from datetime import timedelta

import pytest

from domain.errors import BadUserInput
from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import probed_queue, waiting_plans
from operations.reads.query import list_rows
from operations.reads.rows import Need
from storage.queue import waiting_sets
from tests.contract.backlog import backlog
from tests.contract.factories import START
from tests.contract.stored_runs import Copies

pytestmark = pytest.mark.dynoxide_only

BY_START = [{"state_start_time": "asc"}]
HOUR = timedelta(hours=1)


class Tenant:
    """A tenant with two projects of one flow each."""

    def __init__(self, world):
        self.world, self._counts = world, set()
        world.clock.advance(days=-2)  # the runs of a backlog were created a day ago
        self.projects = [world.project(), world.project()]
        self.flows = [world.register({"name": "Same"}, project_id=project) for project in self.projects]
        world.clock.advance(days=2)

    def wait(self, place, count, start, labels=(["a"], ["b"])):
        """Store waiting runs of the flow in a project, a second apart from a start on. Return their ids."""
        assert count not in self._counts, "a backlog of the same size would have the same ids"
        self._counts.add(count)
        return backlog(self.world, self.flows[place], count, list(labels), start)

    def of_project(self, place=0):
        """Return a filter on a project."""
        return {"flow": {"project_id": {"_eq": self.projects[place]}}}

    def of_flow(self, place=0):
        """Return a filter on the flow in a project."""
        return {"flow_id": {"_eq": self.flows[place]}}

    def ask(self, where, order_by=BY_START, limit=5, **more):
        """Return the ids in a list of waiting runs, and its read units."""
        world, cost = self.world.metered()
        where = {**where, "state": {"_eq": "Scheduled"}}
        arguments = Arguments(where=where, order_by=order_by, limit=limit, **more)
        found = [row.value.id for row in list_rows(world.context, "flow_run", arguments, Need({"name"}))]
        assert world.context.left_out == []
        return found, cost.read_units


@pytest.fixture
def tenant(world):
    return Tenant(world)


def test_next_runs_of_a_project_cost_the_same_for_any_number_that_wait(tenant):
    costs = []
    first: list[str] = []
    for number in range(2):
        own = tenant.wait(0, 300 + number, START + HOUR * number)
        tenant.wait(1, 302 + number, START + HOUR * number)
        first = own if number == 0 else first
        found, units = tenant.ask({**tenant.of_project(), "state_start_time": {"_gt": START - HOUR}})
        assert found == first[:5]
        costs.append(units)

    assert costs[1] == pytest.approx(costs[0], abs=2)
    assert max(costs) <= 15


def test_late_runs_of_a_project_are_found_from_the_latest_and_from_the_first(tenant):
    made, _ = tenant.wait(0, 90, START), tenant.wait(1, 91, START)
    late = {**tenant.of_project(), "state_start_time": {"_lt": START + timedelta(seconds=50)}}

    assert tenant.ask(late)[0] == made[:5]
    assert tenant.ask(late, [{"state_start_time": "desc"}])[0] == made[49:44:-1]
    assert tenant.ask(late, limit=7, offset=20)[0] == made[20:27]
    assert tenant.ask(late, limit=90)[0] == made[:50]


@pytest.mark.parametrize("has_some", [False, True], ids=["none waits", "its runs start last"])
def test_project_with_few_waiting_runs_costs_the_same_beside_any_number_of_others(tenant, has_some):
    own = tenant.wait(0, 4, START + HOUR * 20) if has_some else []
    costs = []
    for number, count in enumerate((70, 530)):
        tenant.wait(1, count, START + HOUR * number)
        found, units = tenant.ask(tenant.of_project())
        assert found == own
        costs.append(units)

    assert costs[1] <= costs[0] + 12
    assert max(costs) <= 65


def test_flow_with_few_waiting_runs_is_read_as_a_whole_and_the_queue_is_not(tenant, monkeypatch):
    own = tenant.wait(0, 30, START + HOUR)
    tenant.wait(1, 60, START)
    monkeypatch.setattr(probed_queue, "starts_between", None)

    found, units = tenant.ask(tenant.of_flow())

    assert found == own[:5]
    assert units <= 30


@pytest.mark.parametrize("column", ["state_start_time", "scheduled_start_time"])
def test_flow_with_some_waiting_runs_has_the_next_ones_read_alone(tenant, column):
    hours = [tenant.wait(0, 10 + hour, START + hour * HOUR) for hour in range(1, 8)]
    tenant.wait(1, 60, START)
    world, cost = tenant.world.metered()
    where = {**tenant.of_flow(), "state": {"_eq": "Scheduled"}}

    arguments = Arguments(where=where, order_by=[{column: "asc"}], limit=2)
    found = [row.value.id for row in list_rows(world.context, "flow_run", arguments, Need({"name"}))]

    assert len(found) == 2
    assert set(found) <= set(hours[0])
    # Half a unit for each of 98 runs, if all were read, and the keys.
    assert cost.read_units <= 35


def test_flow_with_many_waiting_runs_is_read_from_the_queue(tenant):
    own = tenant.wait(0, 600, START)
    tenant.wait(1, 60, START)

    found, units = tenant.ask(tenant.of_flow())

    assert found == own[:5]
    assert units <= 60


def test_project_whose_many_runs_start_behind_those_of_others_is_read_as_a_whole(tenant, monkeypatch):
    for name, rows in (("FIRST", 4), ("MORE", 8), ("MOST", 20)):
        monkeypatch.setattr(probed_queue, name, rows)
    tenant.wait(1, 60, START)
    own = tenant.wait(0, 50, START + HOUR)

    assert tenant.ask(tenant.of_project())[0] == own[:5]
    assert tenant.ask(tenant.of_project(), limit=50)[0] == own
    assert tenant.ask({**tenant.of_flow(), "labels": {"_contains": ["a"]}})[0] == own[0:10:2]


def test_runs_of_one_start_are_sorted_by_further_terms(tenant, monkeypatch):
    monkeypatch.setattr(probed_queue, "MORE", 200)
    start, copies = START + HOUR, Copies(tenant.world)
    model = tenant.world.create(tenant.flows[0], scheduled_start_time=start)
    same = [copies.add(model, START + timedelta(seconds=number), keeps_due=True) for number in range(40)]
    copies.write()
    tenant.wait(0, 40, start + timedelta(seconds=1))

    found, _ = tenant.ask(tenant.of_project(), [*BY_START, {"id": "desc"}])

    assert found == sorted([model, *same], reverse=True)[:5]


def test_planned_and_late_runs_and_those_of_one_span_of_creation_are_found(tenant):
    world = tenant.world
    tenant.wait(1, 30, START)
    made = [
        world.create(tenant.flows[0], scheduled_start_time=START + HOUR if number % 2 else None)
        for number in range(6)
    ]
    later = [world.clock.advance(minutes=5) or world.create(tenant.flows[0]) for _ in range(3)]
    since = {"created": {"_gt": world.clock.time - timedelta(minutes=11)}}

    assert sorted(tenant.ask(tenant.of_project(), limit=20)[0]) == sorted([*made, *later])
    assert tenant.ask({**tenant.of_project(), **since})[0] == later


@pytest.mark.parametrize("bound", ["keys", "sets"])
def test_page_is_right_if_the_queue_cannot_be_walked(tenant, bound, monkeypatch):
    tenant.wait(1, 40, START, [[f"customer {number}"] for number in range(40)])
    own = tenant.wait(0, 6, START + HOUR)
    if bound == "keys":
        monkeypatch.setattr(waiting_plans, "MAX_WAITING_KEYS", 9)
    else:
        monkeypatch.setattr(waiting_sets, "MAX_SETS", 1)

    assert tenant.ask(tenant.of_project())[0] == own[:5]
    with pytest.raises(BadUserInput):
        tenant.ask({}, limit=20)


@pytest.mark.parametrize("way", ["flow", "project"])
def test_next_runs_by_their_planned_times_are_read_without_those_of_later_hours(tenant, way):
    hours = [tenant.wait(0, 20 + hour, START + hour * HOUR, labels=(["a"],)) for hour in range(1, 21)]
    wanted = {"flow": tenant.of_flow(), "project": tenant.of_project()}[way]
    where, order = {**wanted, "state": {"_eq": "Scheduled"}}, [{"state_start_time": "asc"}]
    by_start, _ = tenant.ask(wanted, order, limit=3)
    world, cost = tenant.world.metered()

    arguments = Arguments(where=where, order_by=[{"scheduled_start_time": "asc"}], limit=3)
    found = [row.value.id for row in list_rows(world.context, "flow_run", arguments, Need({"name"}))]

    assert len(found) == 3
    assert set(by_start) | set(found) <= set(hours[0])
    # Half a unit for each of some 600 runs, and what the comparison of their keys takes, if all were read.
    assert cost.read_units <= 100
    assert len(world.context.left_out) == 1
    assert "planned anew" in world.context.left_out[0]
