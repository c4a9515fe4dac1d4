"""Lists of task runs on each store: they read only the task and the map indexes that the filter names."""

import pytest

from domain.flow_runs.states import parse_state
from domain.ids import member_id
from domain.times import parse_time
from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from operations.task_runs.task_runs import get_or_create_task_run, mapped_children, set_task_run_state

FLOW = {"name": "Flow", "tasks": [{"slug": "before"}, {"slug": "mapped"}, {"slug": "other"}]}
MAPPED, OTHER = 2, 3


class Run:
    """A flow run, with methods that begin and list its task runs."""

    def __init__(self, world):
        self.world = world
        self.flow = world.register(FLOW)
        self.id = world.create(self.flow)

    def begin(self, number, *indexes):
        for index in indexes:
            found = get_or_create_task_run(self.world.context, self.id, self.task(number), index)
            set_task_run_state(self.world.context, found.id, None, parse_state({"type": "Success"}))

    def task(self, number):
        return member_id(self.flow, number)

    def listed(self, world=None, **where):
        arguments = Arguments(where={"flow_run_id": {"_eq": self.id}, **where})
        rows = list_rows((world or self.world).context, "task_run", arguments, Need())
        return sorted((row.value.address.number, row.value.map_index) for row in rows)


@pytest.fixture
def run(world):
    return Run(world)


BY_TASK = [
    lambda run: {"task": {"slug": {"_eq": "mapped"}}},
    lambda run: {"task": {"id": {"_eq": run.task(MAPPED)}}},
    lambda run: {"task_id": {"_eq": run.task(MAPPED)}},
    lambda run: {"_or": [{"task_id": {"_eq": run.task(MAPPED)}}, {"task_id": {"_eq": None}}]},
]


@pytest.mark.parametrize("of_task", BY_TASK, ids=["slug", "id", "task_id", "or null"])
class TestByTask:
    @pytest.mark.dynoxide_only
    @pytest.mark.parametrize("index", [-1, 3, 99])
    def test_task_run_by_map_index_costs_the_same_for_any_siblings(self, world, run, of_task, index):
        costs = []
        for siblings in (range(4), range(4, 40)):
            run.begin(MAPPED, *siblings)
            run.begin(OTHER, *siblings)
            metered, consumption = world.metered()
            found = run.listed(metered, **of_task(run), map_index={"_eq": index})
            assert found == ([] if index == 99 else [(MAPPED, index)])
            costs.append((consumption.calls, consumption.read_units, consumption.items_read))

        assert costs[0] == costs[1]
        assert costs[0][2] <= 6

    @pytest.mark.dynoxide_only
    def test_children_cost_the_same_for_any_children_of_another_task(self, world, run, of_task):
        run.begin(MAPPED, -1, 0, 1, 2)
        costs = []
        for siblings in (range(2), range(2, 40)):
            run.begin(OTHER, *siblings)
            metered, consumption = world.metered()
            found = run.listed(metered, **of_task(run), map_index={"_neq": -1})
            assert found == [(MAPPED, 0), (MAPPED, 1), (MAPPED, 2)]
            costs.append((consumption.calls, consumption.items_read))

        assert costs[0] == costs[1]

    @pytest.mark.dynoxide_only
    def test_task_runs_of_a_task_are_listed_begun_or_not(self, run, of_task):
        assert run.listed(**of_task(run)) == [(MAPPED, -1)]
        run.begin(MAPPED, 0, 5)
        assert run.listed(**of_task(run)) == [(MAPPED, -1), (MAPPED, 0), (MAPPED, 5)]
        run.begin(MAPPED, -1)
        assert run.listed(**of_task(run)) == [(MAPPED, -1), (MAPPED, 0), (MAPPED, 5)]

    def test_task_runs_by_several_map_indexes_leave_out_impossible_ones(self, run, of_task):
        run.begin(MAPPED, 0, 1, 2)

        wanted = {"_in": [-7, -1, 1, 2, 2, 8, 10_000_000]}
        assert run.listed(**of_task(run), map_index=wanted) == [(MAPPED, -1), (MAPPED, 1), (MAPPED, 2)]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(
    "when", [{"_lte": "2041-01-01T00:00:00Z"}, {"_is_null": False}, {"_gt": "2040-01-01T00:00:00Z"}], ids=str
)
def test_task_runs_that_wait_cost_the_same_for_any_siblings(world, run, when):
    at = {"type": "Retrying", "start_time": "2040-06-01T00:00:00Z"}
    for index in (-1, 1):
        found = get_or_create_task_run(world.context, run.id, run.task(OTHER), index)
        set_task_run_state(world.context, found.id, None, parse_state(at))
    when = {operator: parse_time(x, "x") if isinstance(x, str) else x for operator, x in when.items()}
    costs = []
    for siblings in (range(4), range(4, 40)):
        run.begin(MAPPED, *siblings)
        metered, consumption = world.metered()
        assert run.listed(metered, state_start_time=when) == [(OTHER, -1), (OTHER, 1)]
        costs.append(consumption.read_units)

    assert costs[0] == costs[1] <= 4


def test_task_runs_that_wait_are_those_between_two_times(world, run):
    for index, start in enumerate(["2040-06-01T00:00:00Z", "2040-07-01T00:00:00Z"]):
        found = get_or_create_task_run(world.context, run.id, run.task(MAPPED), index)
        state = parse_state({"type": "Retrying", "start_time": start})
        set_task_run_state(world.context, found.id, None, state)
    between = parse_time("2040-06-15T00:00:00Z", "x")

    assert run.listed(state_start_time={"_lt": between}) == [(MAPPED, 0)]
    assert run.listed(state_start_time={"_gt": between}) == [(MAPPED, 1)]
    assert run.listed(state_start_time={"_gt": between}, map_index={"_eq": 0}) == []


@pytest.mark.dynoxide_only
def test_task_runs_are_counted_and_summed_up_at_half_the_cost(world, run):
    run.begin(MAPPED, *range(60))
    of_children = {"map_index": {"_gte": 0}}
    listing, cost = world.metered()
    listed = run.listed(listing, **of_children)
    counting, cost_of_count = world.metered()
    arguments = Arguments(where={"flow_run_id": {"_eq": run.id}, **of_children})
    counted = aggregate_rows(counting.context, "task_run", arguments, Need()).count()
    summing, cost_of_summary = world.metered()
    parent = get_or_create_task_run(world.context, run.id, run.task(MAPPED), -1).id
    summary = mapped_children(summing.context, parent)

    assert counted == len(listed) == 60
    assert summary.state_counts == {"Success": 60}
    assert cost_of_count.read_units <= 0.5 * cost.read_units + 1
    assert cost_of_summary.read_units <= 0.5 * cost.read_units + 1


def test_task_runs_by_too_many_map_indexes_are_found_among_all(run):
    run.begin(MAPPED, 0, 1)

    found = run.listed(task_id={"_eq": run.task(MAPPED)}, map_index={"_in": list(range(1, 1_200))})
    assert found == [(MAPPED, 1)]


def test_task_of_another_flow_has_no_task_run_in_this_run(world, run):
    other = Run(world)
    run.begin(MAPPED, 0)

    assert run.listed(task_id={"_eq": other.task(MAPPED)}) == []
    assert run.listed(task={"slug": {"_eq": "unknown"}}) == []


def test_task_runs_by_slug_come_from_each_of_several_runs(world, run):
    other = Run(world)
    run.begin(MAPPED, 0)
    other.begin(MAPPED, 0, 1)
    arguments = Arguments(
        where={"flow_run_id": {"_in": [run.id, other.id]}, "task": {"slug": {"_in": ["mapped", "before"]}}}
    )

    rows = list_rows(world.context, "task_run", arguments, Need())

    places = [(row.value.flow_run_id, row.value.address.number, row.value.map_index) for row in rows]
    of_both = [(run_id, number, -1) for run_id in (run.id, other.id) for number in (1, MAPPED)]
    assert sorted(places) == sorted([*of_both, (run.id, 2, 0), (other.id, 2, 0), (other.id, 2, 1)])


class TestPagesOfChildren:
    """Pages of the children of a mapped task, by their indexes."""

    @pytest.mark.parametrize("direction", ["asc", "desc"])
    @pytest.mark.parametrize(
        ("bounds", "expected"),
        [
            ({"_gte": 0}, [0, 1, 3, 4, 5, 9]),
            ({"_gt": -1, "_lt": 4}, [0, 1, 3]),
            ({"_gt": 1, "_lte": 5}, [3, 4, 5]),
            ({"_gte": 9}, [9]),
            ({"_gt": 9}, []),
            ({"_gte": 5, "_lt": 5}, []),
            ({"_gt": 2_147_483_647}, []),
            ({"_gte": 0, "_lte": 2_147_483_647}, [0, 1, 3, 4, 5, 9]),
            ({"_gte": -1}, [-1, 0, 1, 3, 4, 5, 9]),
            ({"_lt": 3}, [-1, 0, 1]),
        ],
        ids=str,
    )
    def test_children_between_indexes_come_in_their_order(self, world, run, bounds, expected, direction):
        run.begin(MAPPED, -1, 0, 1, 3, 4, 5, 9)
        run.begin(OTHER, 2)
        where = {"flow_run_id": {"_eq": run.id}, "task_id": {"_eq": run.task(MAPPED)}, "map_index": bounds}
        ordered = expected if direction == "asc" else expected[::-1]

        for limit in (None, 2, 100):
            arguments = Arguments(where=where, order_by=[{"map_index": direction}], limit=limit)
            rows = list_rows(world.context, "task_run", arguments, Need())
            assert [row.value.map_index for row in rows] == ordered[:limit]

    @pytest.mark.dynoxide_only
    def test_page_of_children_costs_the_same_for_any_number_of_them(self, world, run):
        costs = []
        for children in (range(30), range(30, 90)):
            run.begin(MAPPED, *children)
            for bounds, direction in (({"_gt": 9}, "asc"), ({"_gte": 0, "_lt": 25}, "desc")):
                metered, consumption = world.metered()
                arguments = Arguments(
                    where={
                        "flow_run_id": {"_eq": run.id},
                        "task_id": {"_eq": run.task(MAPPED)},
                        "map_index": bounds,
                    },
                    order_by=[{"map_index": direction}],
                    limit=10,
                )
                assert len(list_rows(metered.context, "task_run", arguments, Need())) == 10
                costs.append((consumption.calls, consumption.read_units, consumption.items_read))

        assert costs[:2] == costs[2:]
