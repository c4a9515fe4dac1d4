"""Flow runs by name on each store: which are found, by which calls, and at what cost."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import time_ordered_id
from domain.names import MAX_NAME_LENGTH
from domain.random_names import made_up_name
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.states import set_flow_run_name
from operations.reads.arguments import Arguments
from operations.reads.plans.flow_runs import run_names
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need
from storage.layout.keys import Keys
from tests.contract.factories import SHARDS, Clock, World
from tests.contract.stored_runs import Copies

NEWEST = [{"created": "desc"}]
OF_RUN = Need({"name", "state"})


def named(*names):
    return {"name": {"_in": list(names)}} if len(names) != 1 else {"name": {"_eq": names[0]}}


def found(world, where, **arguments):
    rows = list_rows(world.context, "flow_run", Arguments(where=where, **arguments), OF_RUN)
    return [row.value.id for row in rows]


def count(world, where):
    return aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count()


def found_with_units(world, where, **arguments):
    metered, cost = world.metered()
    return found(metered, where, **arguments), cost.read_units


def rename(world, run_id, name):
    world.clock.advance(seconds=1)
    assert set_flow_run_name(world.context, run_id, name)


def is_listed(world, run_id):
    return "name_shard" in world.item(run_id)


@pytest.fixture
def flow(world):
    return world.register()


def test_run_without_a_name_has_one_that_follows_from_its_id_and_is_in_no_list_of_names(world, flow):
    run_id = world.create(flow)

    assert world.run(run_id).name == made_up_name(run_id)
    assert not is_listed(world, run_id)
    assert found(world, named(made_up_name(run_id))) == [run_id]
    assert count(world, named(made_up_name(run_id))) == 1


def test_run_that_is_older_by_its_clock_than_its_flow_has_the_name_of_its_id(world, flow):
    late = replace(world.context, now=lambda: world.clock.time - timedelta(minutes=2))
    world.context, before = late, world.context

    run_id = world.create(flow)

    world.context = before
    assert found(world, named(world.run(run_id).name)) == [run_id]


def test_run_is_found_by_each_name_that_it_gets_and_by_no_former_one(world, flow):
    run_id = world.create(flow)
    own = made_up_name(run_id)
    world.clock.advance(seconds=1)
    other = world.create(flow, flow_run_name="other")
    names = ["nightly", "nightly, again", made_up_name(other), own, "once more", own]

    before = own
    for name in names:
        rename(world, run_id, name)

        assert is_listed(world, run_id) is (name != own)
        assert found(world, named(before)) == ([] if name != before else [run_id])
        assert found(world, named(name)) == [run_id]
        assert count(world, named(name)) == 1
        before = name
    assert found(world, named(*names, "other"), order_by=NEWEST) == [other, run_id]


def test_name_that_looks_made_up_may_be_given_and_may_be_that_of_another_run(world, flow):
    first = world.create(flow)
    given = world.create(flow, flow_run_name=made_up_name(first))
    second_of_nobody = "brave-otter-zzzzzz"
    alone = world.create(flow, flow_run_name=second_of_nobody)

    assert sorted(found(world, named(made_up_name(first)))) == sorted([first, given])
    assert found(world, named(second_of_nobody)) == [alone]
    rename(world, first, "gone from its name")
    assert found(world, named(made_up_name(first))) == [given]
    assert count(world, named(made_up_name(first))) == 1


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "Ünïcode ☃ 👩‍💻",
        " padded ",
        "a#b#c",
        "%_\\",
        "'\"; --",
        "\u00e9",
        "e\u0301",
        "x" * MAX_NAME_LENGTH,
    ],
)
def test_run_of_an_odd_name_is_found_by_exactly_this_name(world, flow, name):
    world.create(flow, flow_run_name=f"{name}."[-MAX_NAME_LENGTH:])
    run_id = world.create(flow, flow_run_name=name)

    assert found(world, named(name)) == [run_id]


@pytest.mark.parametrize("name", ["x" * 10_000, "brave-otter-" + "0" * 9_000, "\x1f", ""], ids=ascii)
def test_name_that_no_run_can_have_is_looked_up_as_any_other(world, flow, name):
    world.create(flow)

    rows, units = found_with_units(world, named(name))

    assert rows == []
    assert units <= SHARDS


def test_deleted_run_is_found_by_no_name(world, flow):
    runs = [world.create(flow), world.create(flow, flow_run_name="doomed")]
    names = [world.run(run_id).name for run_id in runs]

    for run_id in runs:
        delete_flow_run(world.context, run_id)

    assert found(world, named(*names)) == []
    assert count(world, named(*names)) == 0


def test_name_without_wildcards_is_looked_up_by_like(world, flow):
    run_id = world.create(flow, flow_run_name="exact")
    counted, client = world.interfered()

    assert found(counted, {"name": {"_like": "exact"}}) == [run_id]
    assert client.calls == ["query"] * SHARDS + ["batch_get_item"]


class Crowd:
    """A tenant in which many runs have one name, and many others have the names that were made up."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.flow, self.other = world.register({"name": "One"}), world.register({"name": "Other"})
        models = []
        for flow_id in (self.flow, self.other):
            for more in ({"flow_run_name": "common"}, {}):
                run_id = world.create(flow_id, **more)
                world.clock.advance(seconds=1)
                world.set(run_id, "Running")
                world.set(run_id, "Failed" if flow_id == self.flow else "Success")
                models.append(run_id)
        self.named, self.unnamed, self.of_other = [models[0], models[2]], [], [models[2]]
        copies = Copies(world)
        for place in range(number):
            world.clock.advance(seconds=7)
            self.named.append(copies.add(models[place % 2 * 2], world.clock.time))
            self.unnamed.append(copies.add(models[1], world.clock.time))
            if place % 2:
                self.of_other.append(self.named[-1])
        copies.write()
        world.clock.advance(seconds=7)
        self.running = world.create(self.flow, flow_run_name="common")
        world.set(self.running, "Running")
        self.named.append(self.running)


@pytest.fixture(scope="module")
def crowd(database):
    """Return a tenant with 300 runs of one name."""
    with database() as (client, table_name):
        yield Crowd(World(client, table_name, str(uuid.uuid4()), Clock()), 300)


on_dynoxide = pytest.mark.dynoxide_only


@on_dynoxide
def test_runs_of_a_common_name_are_paged_newest_first_at_the_cost_of_the_page(crowd):
    newest = crowd.named[::-1]

    page, units = found_with_units(crowd.world, named("common"), order_by=NEWEST, limit=10)
    assert page == newest[:10]
    assert units <= 10 + 2 * SHARDS
    assert found(crowd.world, named("common"), order_by=NEWEST, limit=10, offset=120) == newest[120:130]
    assert found(crowd.world, named("common"), limit=150, offset=151) == newest[151:301]
    assert found(crowd.world, named("common"), order_by=[{"created": "asc"}], limit=5) == crowd.named[:5]
    assert found(crowd.world, named("common")) == newest
    last = crowd.world.run(newest[40]).created
    before = {"_and": [named("common"), {"created": {"_lt": last}}]}
    assert found(crowd.world, before, order_by=NEWEST, limit=10) == newest[41:51]


@on_dynoxide
def test_count_of_a_common_name_reads_no_run(crowd):
    metered, cost = crowd.world.metered()

    assert count(metered, named("common")) == len(crowd.named)
    assert cost.read_units <= 4 * SHARDS


@on_dynoxide
def test_made_up_name_costs_the_same_among_any_number_of_runs(crowd):
    run_id = crowd.unnamed[77]

    for where in (
        named(made_up_name(run_id)),
        {**named(made_up_name(run_id)), "flow_id": {"_eq": crowd.flow}},
        {**named(made_up_name(run_id)), "flow": {"name": {"_eq": "One"}}},
        {**named(made_up_name(run_id)), "state": {"_eq": "Failed"}},
    ):
        rows, units = found_with_units(crowd.world, where, order_by=[{"start_time": "desc"}])
        assert rows == [run_id]
        assert units <= 2 * SHARDS


@on_dynoxide
def test_common_name_with_a_state_that_few_are_in_costs_what_they_are(crowd):
    where = {**named("common"), "state": {"_eq": "Running"}}

    rows, units = found_with_units(crowd.world, where)

    assert rows == [crowd.running]
    assert units <= 4 * SHARDS


@on_dynoxide
def test_common_name_of_one_flow_is_compared_with_its_runs(crowd):
    for where in (
        {**named("common"), "flow_id": {"_eq": crowd.other}},
        {**named("common"), "flow": {"name": {"_eq": "Other"}}},
        {**named("common"), "flow_id": {"_eq": crowd.other}, "state": {"_eq": "Success"}},
    ):
        assert found(crowd.world, where, order_by=NEWEST) == crowd.of_other[::-1]
    failed = {**named("common"), "flow_id": {"_eq": crowd.flow}, "state": {"_eq": "Failed"}}
    expected = [run_id for run_id in crowd.named[:-1] if run_id not in crowd.of_other]
    assert found(crowd.world, failed, order_by=NEWEST) == expected[::-1]


@on_dynoxide
def test_page_by_start_of_a_common_name_has_the_newest(crowd):
    rows = found(crowd.world, named("common"), order_by=[{"start_time": "desc"}], limit=5)

    assert rows == crowd.named[:-6:-1]


@on_dynoxide
def test_many_names_are_looked_up_together_and_more_of_them_by_a_walk(crowd, monkeypatch):
    wanted = crowd.unnamed[5:200:45]
    names = [made_up_name(run_id) for run_id in wanted]

    for most in (50, 3):
        monkeypatch.setattr(run_names, "MAX_NAMES", most)
        assert found(crowd.world, named(*names), order_by=NEWEST) == wanted[::-1]
        assert count(crowd.world, named(*names)) == len(wanted)


@on_dynoxide
def test_runs_renamed_while_a_list_is_read_come_once_or_not_at_all(world, flow):
    runs = []
    for _ in range(12):
        runs.append(world.create(flow, flow_run_name="same"))
        world.clock.advance(seconds=1)
    reading, client = world.interfered()

    def renamed(send):
        response = send()
        for run_id in runs[::3]:
            set_flow_run_name(world.context, run_id, "different")
        set_flow_run_name(world.context, runs[1], made_up_name(runs[1]))
        return response

    client.alter("query", renamed)

    rows = found(reading, named("same", "different"), order_by=NEWEST)

    assert len(rows) == len(set(rows))
    assert set(runs) - {runs[1]} >= set(rows) >= set(runs) - {runs[1]} - set(runs[::3])


def test_all_runs_of_one_name_are_spread_over_the_shards(world):
    keys = Keys(world.tenant_id, SHARDS)
    places = {keys.named_runs("same", shard) for shard in range(SHARDS)}

    assert len(places) == SHARDS
    assert keys.named_runs("same", 0) != keys.named_runs("same ", 0)


def test_runs_are_found_while_data_of_an_earlier_form_is_left(world, flow):
    known = world.create(flow), world.create(flow, flow_run_name="listed")
    unlisted = time_ordered_id(world.clock.time + timedelta(seconds=1), 5)
    item = {name: value for name, value in world.item(known[1]).items() if name != "name_shard"}
    item |= {"pk": {"S": item["pk"]["S"].replace(known[1], unlisted)}, "order": {"S": unlisted}}
    world.table.put(Item={**item, "name": {"S": "brave-otter"}})

    old = World(world.client, world.table_name, world.tenant_id, world.clock, is_current=False)
    old.clock.advance(seconds=2)

    assert found(old, named("brave-otter")) == [unlisted]
    assert found(old, named("listed")) == [known[1]]
    assert found(old, named(made_up_name(known[0]))) == [known[0]]
    assert count(old, named("brave-otter", "listed")) == 2
