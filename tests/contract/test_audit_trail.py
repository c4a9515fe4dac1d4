"""The audit trail: an entry before each change, its outcome, its cost, and what it never has."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from domain.access.api_keys import KeyKind
from domain.access.audit import MOST_TARGETS, Outcome
from domain.access.authors import Author, Origin
from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.errors import ApiError, BadUserInput, FlowRunsError
from graphql_api.permissions.table import is_audited
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need
from tests.contract.clients import server_error
from tests.contract.data_model import scoped, undocumented
from tests.contract.factories import START, item_size
from tests.contract.mortals import Killed, Mortal, in_order
from tests.contract.mutation_stage import Stage, mutations
from tests.contract.sites import scenarios

KEY_ID = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
CALLER = Caller(name="ci", scope=Scope.ADMIN, key_id=KEY_ID)
ORIGIN = Origin("a request", "192.0.2.7", "curl/8")
KEPT = timedelta(days=90)
CANARY = "canary-5f1c"
FREE = {"value", "parameters", "context", "description", "note", "message", "idempotency_key", "labels"}


def seen(world):
    """Return the world with the context of a request that the trail is told of."""
    world.context = replace(world.context, audit_kept=KEPT, caller=CALLER, origin=ORIGIN)
    return world


@pytest.fixture
def audited(world):
    return seen(world)


def change(world, mutation, **given):
    resolve: Any = mutations()[mutation]
    return resolve(None, SimpleNamespace(context=world.context), input=given)


def trail(world):
    """Return all entries, newest first."""
    return list(world.store.audit_trail.in_order((None, None), descending=True))


def listed(world, where=None, **more):
    arguments = Arguments(where=where, **more)
    return [row.value for row in list_rows(world.context, "audit_entry", arguments, Need({"id"}, {}))]


def test_entry_tells_who_changed_what_when_and_from_where(audited):
    project_id = audited.project()
    change(audited, "set_project_name", project_id=project_id, name="secret plan")

    (entry,) = trail(audited)
    assert (entry.mutation, entry.author, entry.origin) == ("set_project_name", Author("ci", KEY_ID), ORIGIN)
    assert (entry.targets, entry.created) == ((project_id,), START)
    assert (entry.outcome, entry.code, entry.tenant_id) == (Outcome.BEGUN, None, audited.tenant_id)
    (item,) = [item for item in audited.items() if "#audit#" in item["pk"]["S"]]
    assert int(item["expires"]["N"]) == (START + KEPT).timestamp()
    assert undocumented([scoped(item, audited.tenant_id)]) == set()


@pytest.mark.parametrize("mutation", ["cancel_flow_runs", "delete_flow_runs", "set_state_of_flow_runs"])
def test_entry_tells_which_runs_a_bulk_change_was_about_without_values(audited, mutation):
    run_id = audited.create(audited.register({"name": "F"}), parameters={"x": CANARY})
    more = {"state": "Cancelled"} if mutation == "set_state_of_flow_runs" else {}
    where = {"id": {"_eq": run_id}, "parameters": {"_contains": {"x": CANARY}}}

    for given in (
        {"where": {**where, "name": {"_neq": CANARY}}, "dry_run": True},
        {"where": where},
        {"all": True},
    ):
        change(audited, mutation, **given, **more)
        audited.clock.advance(seconds=1)

    everything, bulk, counted = trail(audited)
    columns = ("where id", "where parameters")
    assert everything.targets == ("all",)
    assert bulk.targets == (*columns, run_id)
    assert counted.targets == ("dry_run", *columns, "where not name", run_id)
    assert CANARY not in repr(trail(audited))


def test_entry_of_a_rotation_names_the_key_that_rotates_itself(audited):
    change(audited, "create_api_key", name="k", scope=Scope.ADMIN)
    (key_id,) = audited.store.api_keys.ids(KeyKind.KEY, 9)
    audited.context = replace(audited.context, caller=replace(CALLER, key_id=key_id))
    audited.clock.advance(seconds=1)

    change(audited, "rotate_api_key", overlap=60)

    assert trail(audited)[0].targets == (key_id,)


@pytest.mark.dynoxide_only
def test_change_that_succeeds_costs_one_write_unit_more(audited):
    def units(context):
        metered, consumed = audited.metered()
        metered.context = replace(context, store=metered.store)
        change(metered, "set_key_value", key="k", value=1)
        return consumed.write_units, sum(consumed.calls.values())

    units(audited.context)  # the value is there from now on
    without = units(replace(audited.context, audit_kept=None))
    assert units(audited.context) == (without[0] + 1, without[1] + 1)


def test_refused_change_is_told_as_refused_with_its_code(audited):
    unknown = "018f0000-0000-7000-8000-000000000000"
    change(audited, "delete_key_value", key_value_id=unknown)
    audited.clock.advance(seconds=1)
    with pytest.raises(FlowRunsError):
        change(audited, "create_project", name="")

    named, missing = trail(audited)
    assert (named.outcome, named.code) == (Outcome.REFUSED, "BAD_USER_INPUT")
    assert (missing.outcome, missing.code, missing.targets) == (Outcome.REFUSED, None, (unknown,))


def test_nothing_is_changed_without_an_entry(audited, pauses):
    interfered, client = audited.interfered()
    client.fail("put_item", *[server_error() for _ in range(8)])
    before = audited.items()

    with pytest.raises(ApiError):
        change(seen(interfered), "set_key_value", key="k", value=1)

    assert audited.items() == before


def test_change_whose_response_is_lost_for_good_is_told_as_unknown(audited, pauses):
    interfered, client = audited.interfered()
    change(audited, "set_key_value", key="k", value=1)
    client.lose_responses("update_item", 8)

    with pytest.raises(ApiError):
        change(seen(interfered), "set_key_value", key="k", value=2)

    assert [entry.outcome for entry in trail(audited)].count(Outcome.UNKNOWN) == 1


def test_entry_whose_response_is_lost_is_one_entry_and_the_change_goes_on(audited, pauses):
    interfered, client = audited.interfered()
    client.lose_responses("put_item")

    change(seen(interfered), "set_key_value", key="k", value=1)

    assert client.all_happened()
    assert [(entry.mutation, entry.outcome) for entry in trail(audited)] == [("set_key_value", Outcome.BEGUN)]
    assert audited.store.key_values.named(["k"])


def test_process_that_dies_leaves_an_entry_before_any_change(audited):
    for dies_at in (1, 2):
        client = Mortal(audited.client, dies_at, unheard=True)
        world = seen(in_order(audited, client, shards=1))
        with pytest.raises(Killed):
            change(world, "set_key_value", key="k", value=dies_at)

    assert {entry.outcome for entry in trail(audited)} == {Outcome.BEGUN}
    assert len(trail(audited)) == 2


def test_entries_of_some_time_are_read_newest_first_and_filtered(audited):
    for hour in range(5):
        change(audited, "set_key_value", key=f"k{hour}", value=hour)
        audited.clock.advance(hours=1)
    project_id = audited.project()
    change(audited, "set_project_description", project_id=project_id, description="d")

    found = listed(audited)
    assert [entry.created for entry in found] == sorted((entry.created for entry in found), reverse=True)
    assert len(found) == 6
    assert [entry.targets for entry in listed(audited, limit=2)] == [(project_id,), ("k4",)]
    assert len(listed(audited, {"mutation": {"_eq": "set_key_value"}})) == 5
    assert len(listed(audited, {"targets": {"_contains": [project_id]}})) == 1
    assert len(listed(audited, {"by": {"_eq": "somebody"}})) == 0
    times = {"_gte": START + timedelta(hours=1), "_lt": START + timedelta(hours=3)}
    assert [entry.targets for entry in listed(audited, {"created": times})] == [("k2",), ("k1",)]
    (last,) = listed(audited, {"id": {"_eq": found[-1].id}})
    assert last == found[-1]
    assert trail(audited.neighbour()) == []


@pytest.mark.dynoxide_only
def test_newest_page_costs_the_same_however_long_the_trail_is(audited):
    def units():
        metered, consumed = audited.metered()
        metered.context = replace(metered.context, audit_kept=KEPT)
        assert len(listed(metered, limit=5)) == 5
        return consumed.read_units, sum(consumed.calls.values())

    for number in range(100):
        change(audited, "set_key_value", key="k", value=number)
    first = units()
    for number in range(300):
        change(audited, "set_key_value", key="k", value=number)
    assert units() <= first


def test_list_that_would_look_at_too_many_entries_is_refused(audited):
    for number in range(4):
        change(audited, "set_key_value", key="k", value=number)
    audited.context = replace(audited.context, most_rows=3)
    with pytest.raises(BadUserInput, match="range of created"):
        listed(audited, {"by": {"_eq": "nobody"}})


def test_largest_entry_takes_one_write_unit(audited):
    projects = [audited.project() for _ in range(2)] * 20
    caller = Caller(name="🦊" * 200, scope=Scope.ADMIN, key_id=KEY_ID)
    origin = Origin.of("r" * 999, "1" * 999, "🦊" * 999)
    audited.context = replace(audited.context, caller=caller, origin=origin)
    change(audited, "create_api_key", name="🦊" * 200, projects=projects)

    (entry,) = trail(audited)
    assert len(entry.targets) == 3
    (item,) = [item for item in audited.items() if "#audit#" in item["pk"]["S"]]
    assert item_size(item) + (MOST_TARGETS - 3) * 39 < 1_600


@pytest.mark.dynoxide_only
def test_each_mutation_has_an_entry_or_none_and_no_value_is_in_it(database):
    """Send each mutation with canaries in the place of its free texts and values."""
    told = set()
    with database() as (client, table_name):
        stage = Stage(client, table_name)
        world = seen(stage.world)
        for name, given in scenarios(stage.site):
            before = trail(world)
            # Each is refused or done; both have an entry.
            with suppress(FlowRunsError):
                change(world, name, **spoilt(given))
            new = [entry for entry in trail(world) if entry not in before]
            assert [entry.mutation for entry in new] == [name] * is_audited(name), name
            assert CANARY not in repr(new), name
            told |= {entry.mutation for entry in new}
            stage.set_back()
    assert told == {name for name in mutations() if is_audited(name)}


def spoilt(given):
    """Return an input with canaries in its free texts and values."""
    return {name: CANARY if name in FREE else value for name, value in given.items()}
