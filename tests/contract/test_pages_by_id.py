"""Pages of flow runs by their ids, which begin with the time of creation."""

import pytest

from operations.reads.arguments import Arguments
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from tests.contract.factories import START

FIRST = "00000000-0000-4000-8000-000000000000"
LAST = "ffffffff-ffff-4fff-8fff-ffffffffffff"
STATES = ["Success", "Failed", "Failed", "Running", "Scheduled", "Success", "Scheduled", "Cancelled"]


def listed(world, where, order, limit=None):
    arguments = Arguments(where=where, order_by=order, limit=limit)
    return [row.value.id for row in list_rows(world.context, "flow_run", arguments, Need())]


@pytest.fixture
def flow_id(world):
    """Create runs in several states, some of one instant, some planned."""
    flow_id, other = world.register({"name": "one"}), world.register({"name": "two"})
    for number in range(24):
        state = STATES[number % len(STATES)]
        planned = {"scheduled_start_time": START.replace(year=START.year + 1)} if number % 6 == 0 else {}
        run_id = world.create(flow_id if number % 3 else other, **planned)
        if state != "Scheduled":
            world.set(run_id, state)
        if number % 4:
            world.clock.advance(seconds=1)
    return flow_id


FILTERS = [
    {},
    {"state": {"_in": ["Failed", "Cancelled"]}},
    {"state": {"_eq": "Scheduled"}},
    {"state": {"_in": ["Running", "Scheduled"]}},
    {"flow": {"name": {"_eq": "one"}}},
    {"flow": {"name": {"_eq": "one"}}, "state": {"_in": ["Failed"]}},
    {"_or": [{"state": {"_eq": "Failed"}}, {"state": {"_eq": "Running"}}]},
]


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("column", ["created", "id"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_by_id_are_the_whole_list(world, flow_id, where, column, direction):
    order = [{column: direction}]
    whole = listed(world, where, [{"id": direction}])
    assert whole == sorted(whole, reverse=direction == "desc")
    operator = "_lt" if direction == "desc" else "_gt"
    found, page = [], listed(world, where, order, 3)
    while page:
        found += page
        assert len(found) <= len(whole)
        page = listed(world, {"_and": [where, {"id": {operator: page[-1]}}]}, order, 3)

    assert found == whole


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("where", [FILTERS[0], FILTERS[4]], ids=str)
def test_page_by_id_costs_what_the_first_page_costs(world, flow_id, where):
    whole, costs = listed(world, where, [{"created": "desc"}]), []
    for bounds in ({}, {"id": {"_lt": whole[3]}}, {"id": {"_lt": whole[-5]}}):
        metered, consumed = world.metered()
        assert len(listed(metered, where | bounds, [{"created": "desc"}], 4)) == 4
        costs.append((consumed.read_units, consumed.calls.total()))

    assert costs[1][0] <= costs[0][0]
    assert costs[1][1] <= costs[0][1]
    assert costs[2][1] <= costs[0][1]


@pytest.mark.parametrize(
    ("bounds", "is_all"),
    [
        ({"_gt": FIRST}, True),
        ({"_gte": FIRST, "_lte": LAST}, True),
        ({"_lt": FIRST}, False),
        ({"_lte": FIRST}, False),
        ({"_gt": LAST}, False),
        ({"_gte": "ffffffff-ffff-ffff-ffff-ffffffffffff"}, False),
        ({"_gt": "ffffffff-ffff-ffff-ffff-ffffffffffff"}, False),
        ({"_lt": "00000000-0000-0000-0000-000000000000"}, False),
        ({"_gt": LAST, "_lt": FIRST}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("state", [None, "Scheduled"])
def test_bounds_that_are_no_id_of_a_run_are_compared_as_text(world, flow_id, bounds, is_all, state):
    where = {"state": {"_eq": state}} if state else {}
    whole = set(listed(world, where, []))

    assert set(listed(world, where | {"id": bounds}, [])) == (whole if is_all else set())
    counted = aggregate_rows(
        world.context, "flow_run", Arguments(where=where | {"id": bounds}), Need()
    ).count()
    assert counted == (len(whole) if is_all else 0)
