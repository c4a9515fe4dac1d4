"""Lists of flow runs on each store: their rows and their calls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.states import State
from domain.ids import created_from_id
from operations.flow_runs.states import set_flow_run_state
from operations.flows.finding import get_flow
from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import run_ranges, waiting_plans, walks
from operations.reads.query import list_rows
from operations.reads.rows import Need
from tests.contract.factories import SHARDS

NEWEST = [{"created": "desc"}]
LATER = {"type": "Scheduled", "start_time": "2041-01-01T00:00:00Z"}


def listed(world, **arguments):
    return [row.value.id for row in list_rows(world.context, "flow_run", Arguments(**arguments), Need())]


def listed_with_calls(world, **arguments):
    counted, client = world.interfered()
    found = listed(counted, **arguments)
    return found, len(client.calls)


def of_flow(name):
    return {"flow": {"name": {"_eq": name}}}


@pytest.mark.dynoxide_only
def test_runs_by_flow_name_cost_the_same_for_any_number_of_versions(world):
    project = world.project()
    runs, costs = [], []
    for versions in (1, 6):
        for _ in range(versions):
            flow = world.register({"name": "Often"}, project_id=project)
            world.clock.advance(minutes=1)
        runs.append(world.create(flow))
        world.clock.advance(hours=1)
        found, calls = listed_with_calls(world, where=of_flow("Often"), order_by=NEWEST, limit=5)
        assert found == runs[::-1]
        costs.append(calls)

    assert costs[0] == costs[1]


def test_runs_by_flow_name_come_from_every_group_and_project(world):
    project, other = world.project(), world.project()
    flows = [
        world.register({"name": "Same"}, project_id=project),
        world.register({"name": "Same"}, project_id=project, version_group_id="another group"),
        world.register({"name": "Same"}, project_id=other),
    ]
    strange = world.register({"name": "Same thing"}, project_id=project)
    runs = []
    for flow in (*flows, strange):
        runs.append(world.create(flow))
        world.clock.advance(minutes=1)

    assert listed(world, where=of_flow("Same"), order_by=NEWEST) == runs[2::-1]
    in_project = {"flow": {"name": {"_eq": "Same"}, "project": {"id": {"_eq": project}}}}
    assert listed(world, where=in_project, order_by=NEWEST) == runs[1::-1]


def test_runs_are_found_by_a_former_name_of_their_flow(world):
    project = world.project()
    first = world.register({"name": "Old name"}, project_id=project, version_group_id="group")
    run = world.create(first)
    world.clock.advance(hours=1)
    second = world.register({"name": "New name"}, project_id=project, version_group_id="group")
    newer = world.create(second)

    assert listed(world, where=of_flow("Old name")) == [run]
    assert listed(world, where=of_flow("New name")) == [newer]


def test_runs_of_more_flows_than_are_followed_are_listed(world, monkeypatch):
    monkeypatch.setattr(run_ranges, "MAX_FOLLOWED_FLOWS", 2)
    project = world.project()
    flows = [world.register({"name": f"Flow {number}"}, project_id=project) for number in range(3)]
    runs = [world.create(flow) for flow in flows]

    assert sorted(listed(world, where={"flow": {"project": {"id": {"_eq": project}}}})) == sorted(runs)
    assert sorted(listed(world, where={"flow_id": {"_in": flows}})) == sorted(runs)


@pytest.fixture
def waiting(world):
    """Create waiting runs, the first created of which start last."""
    flow = world.register()
    made = []
    for number in range(12):
        run = world.create(flow)
        state = {**LATER, "start_time": f"2041-01-{20 - number:02d}T00:00:00Z"}
        set_flow_run_state(world.context, run, 1, State(state))
        made.append(run)
        world.clock.advance(minutes=1)
    return made


WAITING = {"state": {"_eq": "Scheduled"}}


@pytest.mark.dynoxide_only
def test_page_of_waiting_runs_is_read_from_more_than_a_list_looks_at(world, waiting, monkeypatch):
    world.context = replace(world.context, most_rows=5)
    monkeypatch.setattr(walks, "BATCH", 5)

    assert listed(world, where=WAITING, order_by=NEWEST, limit=3) == waiting[:-4:-1]
    assert listed(world, where=WAITING, order_by=[{"created": "asc"}], limit=3) == waiting[:3]


def test_waiting_runs_are_listed_in_the_order_of_their_starts(world, waiting):
    by_start = [{"state_start_time": "asc"}]

    assert listed(world, where=WAITING, order_by=by_start, limit=3) == waiting[:-4:-1]
    assert listed(world, where=WAITING, order_by=[{"state_start_time": "desc"}], limit=3) == waiting[:3]


@pytest.fixture
def late(world):
    """Create runs whose start is over and that no agent has taken, a minute apart."""
    flow = world.register()
    made = [
        world.create(flow, scheduled_start_time=world.clock.time + timedelta(days=1, minutes=number))
        for number in range(20)
    ]
    world.clock.advance(days=2)
    return made


@pytest.mark.dynoxide_only
def test_late_and_planned_runs_are_one_list(world, late):
    flow, made = world.register(), []
    for number in range(12):
        start = world.clock.time + timedelta(hours=number) if number % 3 == 0 else None
        made.append(world.create(flow, scheduled_start_time=start))
        world.clock.advance(seconds=20)

    everything = sorted([*late, *made])
    assert listed(world, where=WAITING, order_by=[{"created": "asc"}]) == everything
    assert listed(world, where=WAITING, order_by=NEWEST) == everything[::-1]
    assert listed(world, where=WAITING, order_by=NEWEST, limit=5, offset=4) == everything[-5:-10:-1]
    since = {**WAITING, "created": {"_gte": created_from_id(made[4]), "_lt": created_from_id(made[9])}}
    assert listed(world, where=since, order_by=NEWEST) == made[8:3:-1]


@pytest.mark.dynoxide_only
def test_newest_waiting_runs_cost_the_same_for_any_number_of_runs(world):
    flow = world.register()

    def newest():
        counted, client = world.interfered()
        return listed(counted, where=WAITING, order_by=NEWEST, limit=20)[:5], client.calls

    def create(number, **ahead):
        start = world.clock.time + timedelta(**ahead) if ahead else None
        return [world.create(flow, scheduled_start_time=start) for _ in range(number)]

    # In each shard: the labels of waiting runs, the runs of these that are due soon, and the planned runs.
    calls = ["query"] * 3 * SHARDS + ["batch_get_item"]
    for more in (100, 200):
        create(more, days=1)
        world.clock.advance(hours=1)
        planned, at_once = create(3, days=2), create(3)
        assert newest() == (sorted(planned + at_once)[:0:-1], calls)
        world.clock.advance(hours=1)


def test_run_is_listed_as_planned_while_it_waits_for_a_time(world):
    def planned():
        lists = world.store.run_lists
        return list(lists.ids(lists.planned(), descending=False))

    later = {"type": "Scheduled", "start_time": "2041-01-01T00:00:00Z"}
    run = world.new_run()
    assert planned() == []
    for version, (state, is_planned) in enumerate(
        [
            (later, True),
            ({"type": "Submitted"}, False),
            ({"type": "Queued", "start_time": "2041-01-01T00:00:00Z"}, True),
            ({"type": "Scheduled"}, False),
            ({"type": "Paused", "start_time": "2041-01-01T00:00:00Z"}, True),
            ({"type": "Paused"}, False),
            (later, True),
            ({"type": "Success"}, False),
        ],
        1,
    ):
        world.set(run, state, version)
        assert planned() == ([run] if is_planned else []), state


def test_paused_runs_with_and_without_a_start_are_one_list(world):
    flow, made = world.register(), []
    for number in range(9):
        run = world.create(flow)
        more = {"start_time": "2041-01-01T00:00:00Z"} if number % 3 else {}
        set_flow_run_state(world.context, run, 1, State({"type": "Paused", **more}))
        made.append(run)
        world.clock.advance(minutes=1)
    cancelled = world.create(flow)
    set_flow_run_state(world.context, cancelled, 1, State({"type": "Cancelled"}))

    where = {"state": {"_eq": "Paused"}}
    assert listed(world, where=where, order_by=NEWEST) == made[::-1]
    assert listed(world, where=where, order_by=[{"created": "asc"}], limit=4) == made[:4]


@pytest.mark.dynoxide_only
def test_list_of_too_many_late_runs_is_refused(world, late, monkeypatch):
    monkeypatch.setattr(waiting_plans, "MAX_WAITING_KEYS", 19)

    with pytest.raises(BadUserInput, match=r"19 runs .* a range of .* created, or state_start_time"):
        listed(world, where=WAITING, order_by=NEWEST)
    since = {**WAITING, "created": {"_gte": world.clock.time - timedelta(hours=1)}}
    assert listed(world, where=since, order_by=NEWEST) == []
    of_flow = {**WAITING, "flow_id": {"_eq": world.run(late[0]).flow_id}}
    newest = sorted(late, reverse=True)
    assert listed(world, where=of_flow, order_by=NEWEST) == newest
    assert listed(world, where={**of_flow, "state": {"_in": ["Scheduled", "Running"]}}) == newest


@pytest.mark.parametrize("order_by", [[{"state_start_time": "asc"}], [{"created": "asc"}]], ids=str)
def test_markers_between_waiting_runs_are_skipped_but_count(world, late, order_by, monkeypatch):
    item = world.item(late[0])
    for number in range(5):
        marker = {name: item[name] for name in ("pk", "status_shard", "status_order")}
        marker["sk"] = {"S": f"task#{number:04x}"}
        world.client.put_item(TableName=world.table_name, Item=marker)

    monkeypatch.setattr(waiting_plans, "MAX_WAITING_KEYS", 25)
    assert sorted(listed(world, where=WAITING, order_by=order_by)) == sorted(late)
    monkeypatch.setattr(waiting_plans, "MAX_WAITING_KEYS", 24)
    with pytest.raises(BadUserInput, match="24 runs that wait"):
        listed(world, where=WAITING, order_by=order_by)


def test_due_runs_are_read_without_runs_that_start_later(world, waiting):
    due = {**WAITING, "state_start_time": {"_lte": datetime(2041, 1, 10, tzinfo=UTC)}}

    counted, client = world.interfered()
    found = listed(counted, where=due, order_by=[{"state_start_time": "asc"}], limit=5)

    assert found == waiting[-1:-3:-1]
    assert sum(call == "batch_get_item" for call in client.calls) == 1


@pytest.mark.dynoxide_only
def test_large_page_is_read_if_the_runs_come_in_its_order(world):
    world.context = replace(world.context, most_rows=10)
    flow = world.register()
    runs = []
    for _ in range(25):
        runs.append(world.create(flow))
        world.clock.advance(seconds=1)

    assert listed(world, order_by=NEWEST, limit=40) == runs[::-1]
    assert listed(world, where={"flow_id": {"_eq": flow}}, order_by=NEWEST, limit=20) == runs[:4:-1]
    by_name = {"order_by": [{"name": "asc"}], "limit": 40}
    for refused in ({}, by_name, {"where": {"version": {"_gt": 9}}, "limit": 12}):
        with pytest.raises(BadUserInput, match=r"more than 1[02] runs"):
            listed(world, **refused)


class TestAlternatives:
    """An `_or` of filters that have an index: one look-up per filter, merged in the order of the list."""

    @pytest.fixture
    def flows(self, world):
        """Register three flows, and create their runs in turn."""
        flows = [world.register() for _ in range(3)]
        runs: dict[str, list[str]] = {flow: [] for flow in flows}
        for _ in range(8):
            for flow in flows:
                runs[flow].append(world.create(flow))
                world.clock.advance(seconds=1)
        return runs

    @pytest.mark.dynoxide_only
    def test_runs_of_two_flows_are_read_only_as_far_as_the_page(self, world, flows):
        one, other, _ = flows
        group = get_flow(world.context, other).flow_group_id
        where = {"_or": [{"flow_id": {"_eq": one}}, {"flow_group_id": {"_eq": group}}]}
        both = sorted([*flows[one], *flows[other]])
        world.context = replace(world.context, most_rows=8)

        assert listed(world, where=where, order_by=NEWEST, limit=5) == both[:-6:-1]
        assert listed(world, where=where, order_by=[{"created": "asc"}], limit=5) == both[:5]
        assert listed(world, where=where, limit=5) == both[:-6:-1]
        assert listed(world, where=where, order_by=[{"created": "asc"}], limit=5, offset=3) == both[3:8]
        assert sorted(listed(world, where=where)) == both

    def test_run_that_meets_both_alternatives_is_listed_once(self, world, flows):
        one = next(iter(flows))
        where = {"_or": [{"flow_id": {"_eq": one}}, {"id": {"_in": flows[one][:2]}}]}

        assert listed(world, where=where, order_by=NEWEST) == flows[one][::-1]
        assert listed(world, where={**where, "version": {"_gt": 1}}) == []

    @pytest.mark.dynoxide_only
    def test_alternatives_of_states_cost_the_same_as_one_list_of_states(self, world, flows):
        one, other, third = flows
        world.set(flows[one][2], "Running")
        world.set(flows[other][3], "Failed")
        world.set(flows[third][3], "Cancelled")
        alternatives = [{"state": {"_eq": "Running"}}, {"state": {"_eq": "Failed"}, "flow_id": {"_eq": None}}]

        _, calls = listed_with_calls(world, where={"state": {"_in": ["Running", "Failed"]}}, order_by=NEWEST)
        found = listed_with_calls(world, where={"_or": alternatives}, order_by=NEWEST)

        assert found == ([flows[other][3], flows[one][2]], calls)

    def test_or_without_alternatives_has_no_run_and_makes_no_call(self, world, flows):
        for nothing in ([], [{"flow_id": {"_eq": None}}, {"id": {"_in": None}}]):
            assert listed_with_calls(world, where={"_or": nothing}, order_by=NEWEST) == ([], 0)
