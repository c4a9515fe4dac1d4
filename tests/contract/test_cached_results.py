"""The cached results that a task finds, by the look-ups of each generation of clients."""

from dataclasses import replace

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.states import parse_state
from domain.ids import member_id
from operations.reads.arguments import Arguments
from operations.reads.plans.task_runs import task_run_plans
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state

FLOW = {"name": "Flow", "tasks": [{"slug": "plain"}, {"slug": "keyed", "cache_key": "shared"}]}
PLAIN, KEYED = 1, 2


def null_in_06_to_09(cache_key):
    return {"cache_key": {"_eq": cache_key}}


def null_in_010_to_012(cache_key):
    if cache_key is None:
        return {"_and": [{"cache_key": {"_eq": None}}, {"cache_key": {"_is_null": False}}]}
    return {"cache_key": {"_eq": cache_key}}


@pytest.fixture(params=[null_in_06_to_09, null_in_010_to_012])
def look_up(world, request):
    """Return a function that looks up cached results as a runner does, and returns the task runs' ids."""

    def find(task_id, cache_key=None, **more):
        where = {
            "state": {"_eq": "Cached"},
            "_or": [request.param(cache_key), {"task_id": {"_eq": task_id}}],
            "state_timestamp": {"_gte": more.pop("since", None)},
        }
        context = more.pop("context", world.context)
        arguments = Arguments(where=where, order_by=[{"state_timestamp": "desc"}], **more)
        rows = list_rows(context, "task_run", arguments, Need())
        return [row.value.id for row in rows]

    return find


class Results:
    """Task runs of `flow` with cached results, a second after one another."""

    def __init__(self, world):
        self.world = world
        self.flow = world.register(FLOW)
        self.run = world.create(self.flow)

    def task(self, number):
        return member_id(self.flow, number)

    def keep(self, number, map_index=-1):
        self.world.clock.advance(seconds=1)
        found = get_or_create_task_run(self.world.context, self.run, self.task(number), map_index)
        state = {"type": "Cached", "cached_result_expiration": "2060-01-01T00:00:00Z"}
        return set_task_run_state(self.world.context, found.id, None, parse_state(state)).id


@pytest.fixture
def own(world):
    return Results(world)


@pytest.fixture
def foreign(world):
    found = Results(world)
    found.keep(PLAIN)
    found.keep(KEYED)
    return found


@pytest.mark.dynoxide_only
def test_task_that_has_never_run_finds_no_results_of_other_tasks(look_up, own, foreign):
    assert look_up(own.task(PLAIN)) == []


@pytest.mark.dynoxide_only
def test_task_without_a_key_finds_its_own_results_newest_first(look_up, own, foreign):
    mine = [own.keep(PLAIN), own.keep(PLAIN, 0)]
    own.keep(KEYED)

    assert look_up(own.task(PLAIN)) == mine[::-1]


def test_task_with_a_key_finds_the_results_of_the_key_and_its_own(world, look_up, own):
    foreign = Results(world)
    foreign.keep(PLAIN)
    shared = [foreign.keep(KEYED), own.keep(KEYED), foreign.keep(KEYED, 3)]

    assert look_up(own.task(KEYED), "shared") == shared[::-1]
    assert look_up(own.task(KEYED), "another") == [shared[1]]


def test_only_results_of_the_requested_time_are_found(world, look_up, own):
    own.keep(KEYED)
    world.clock.advance(hours=1)
    since = world.clock()
    newer = own.keep(KEYED, 1)

    assert look_up(own.task(KEYED), "shared", since=since) == [newer]
    assert look_up(own.task(KEYED), since=since) == [newer]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("cache_key", [None, "shared"])
def test_look_up_costs_the_same_however_many_results_other_tasks_have(
    world, look_up, own, cache_key, monkeypatch
):
    monkeypatch.setattr(task_run_plans, "MAX_ROWS", 10)
    mine = own.keep(KEYED if cache_key else PLAIN)
    foreign = Results(world)
    costs = []
    for count in (1, 40):
        for index in range(count):
            foreign.keep(PLAIN, index)
        metered, consumption = world.metered()
        assert look_up(own.task(KEYED if cache_key else PLAIN), cache_key, context=metered.context) == [mine]
        costs.append((consumption.calls.total(), consumption.items_read, consumption.read_units))

    assert costs[0] == costs[1]


@pytest.mark.dynoxide_only
def test_newest_results_are_returned_if_there_are_more_than_a_list_reads(world, look_up, own, monkeypatch):
    monkeypatch.setattr(task_run_plans, "MAX_ROWS", 100)
    mine = [own.keep(KEYED, index) for index in range(120)]

    assert look_up(own.task(KEYED), "shared") == mine[:-101:-1]
    assert look_up(own.task(KEYED)) == mine[:-101:-1]
    assert look_up(own.task(KEYED), "shared", limit=5) == mine[:-6:-1]
    assert any("newest 100" in note for note in world.context.left_out)


@pytest.mark.dynoxide_only
def test_count_and_filter_beyond_the_index_are_refused(world, own):
    world.context = replace(world.context, most_rows=100)
    for index in range(101):
        own.keep(KEYED, index)
    where = {"state": {"_eq": "Cached"}, "cache_key": {"_eq": "shared"}}

    with pytest.raises(BadUserInput, match="more than 100 cached results"):
        aggregate_rows(world.context, "task_run", Arguments(where=where), Need())
    with pytest.raises(BadUserInput, match="more than 100 cached results"):
        list_rows(world.context, "task_run", Arguments(where=where | {"map_index": {"_gt": 3}}), Need())


def test_look_up_without_key_and_task_finds_no_result(world, own):
    own.keep(KEYED)
    for absent in ({"_eq": None}, {}, None):
        where = {"state": {"_eq": "Cached"}, "_or": [{"cache_key": absent}, {"task_id": {"_eq": None}}]}
        assert list_rows(world.context, "task_run", Arguments(where=where), Need()) == []


def test_all_results_of_the_tenant_are_listed_on_request(world, own, foreign):
    own.keep(PLAIN)
    where = {"state": {"_eq": "Cached"}, "cache_key": {"_eq": None}}

    assert len(list_rows(world.context, "task_run", Arguments(where=where), Need())) == 3
