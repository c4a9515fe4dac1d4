"""Who created runs, flows and schedules: the caller, as far as the items have room for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access.authors import Author
from domain.access.callers import ANONYMOUS, Caller
from domain.access.scopes import Scope
from domain.schedules.runs.backfills import BackfillRequest
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.schedules import set_group_schedule, set_schedule_active
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import row_by_id
from operations.reads.rows import Need
from operations.schedules.backfilling import create_backfill
from storage.flow_runs.flow_run_items import AUTHOR_BYTES
from tests.contract.factories import START, item_size

KEY_ID = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
NEED = Need({"created_by", "created_by_key_id"}, {})
DAILY = {"type": "Schedule", "clocks": [{"type": "IntervalClock", "interval": 86_400_000_000}]}


def of(world, entity, identifier):
    row = row_by_id(world.context, entity, identifier, NEED)
    assert row is not None
    columns = ENTITIES[entity].columns
    return columns["created_by"].get(row.value), columns["created_by_key_id"].get(row.value)


def sent_by(world, name="ci", key_id=KEY_ID):
    return replace(world.context, caller=Caller(name=name, scope=Scope.USER, key_id=key_id))


def test_run_and_flow_tell_the_key_that_made_them(world):
    world.context = sent_by(world)
    flow_id = world.register()
    run_id = world.create(flow_id)

    assert of(world, "flow_run", run_id) == ("ci", KEY_ID)
    assert of(world, "flow", flow_id) == ("ci", KEY_ID)


def test_callers_without_a_key_have_a_name_alone(world):
    flow_id = world.register()
    assert of(world, "flow_run", world.create(flow_id)) == ("operator", None)
    world.context = replace(world.context, caller=ANONYMOUS)
    assert of(world, "flow_run", world.create(flow_id)) == ("anonymous", None)


def test_repeat_of_a_creation_leaves_the_first_author(world):
    flow_id = world.register()
    run_id = world.create(flow_id, idempotency_key="k")
    world.context = sent_by(world)

    assert world.create(flow_id, idempotency_key="k") == run_id
    assert of(world, "flow_run", run_id) == ("operator", None)


def test_author_stays_through_the_states_of_a_run(world):
    world.context = sent_by(world)
    run_id = world.create(world.register())
    for state in ("Submitted", "Running", "Success"):
        world.set(run_id, state)
    assert of(world, "flow_run", run_id) == ("ci", KEY_ID)


@pytest.mark.parametrize("name", ["n" * 200, "🦊" * 200])
def test_long_name_of_an_author_is_cut_in_a_run_and_takes_little_of_it(world, name):
    flow_id = world.register()
    small = item_size(world.item(world.create(flow_id)))
    world.context = sent_by(world, name)

    run_id = world.create(flow_id)

    kept, _ = of(world, "flow_run", run_id)
    assert name.startswith(kept)
    assert len(kept.encode()) == AUTHOR_BYTES
    assert item_size(world.item(run_id)) - small < 100


def test_older_rows_have_no_author(world):
    flow_id = world.register()
    run_id = world.create(flow_id)
    for item in [item for item in world.items() if "by" in item]:
        world.table.put(Item={name: value for name, value in item.items() if name != "by"})
    assert of(world, "flow_run", run_id) == (None, None)
    assert of(world, "flow", flow_id) == (None, None)


def test_run_of_a_schedule_is_made_by_the_schedule_whoever_sets_it(world):
    world.context = sent_by(world)
    flow_id = world.register()
    (flow,) = world.store.flows.get([flow_id], with_outlines=False)
    assert set_group_schedule(world.context, flow.flow_group_id, DAILY)
    assert of(world, "schedule", flow.flow_group_id) == ("ci", KEY_ID)

    world.context = replace(world.context, caller=Caller(name="boss", scope=Scope.ADMIN))
    assert set_schedule_active(world.context, flow_id)
    (run_id, *_) = world.listed("waiting")
    assert of(world, "flow_run", run_id) == ("schedule", None)


def test_schedule_of_a_flow_is_by_whom_the_flow_was_registered(world):
    world.context = sent_by(world)
    flow_id = world.register({"name": "f", "schedule": DAILY}, set_schedule_active=True)
    (flow,) = world.store.flows.get([flow_id], with_outlines=False)
    assert of(world, "schedule", flow.flow_group_id) == ("ci", KEY_ID)

    set_group_schedule(
        replace(world.context, caller=Caller(name="b", scope=Scope.USER)), flow.flow_group_id, DAILY
    )
    assert of(world, "schedule", flow.flow_group_id) == ("b", None)
    set_group_schedule(world.context, flow.flow_group_id, None)
    assert of(world, "schedule", flow.flow_group_id) == ("ci", KEY_ID)


def test_author_of_a_request_that_names_one_is_kept(world):
    request = CreateFlowRun(flow_id=world.register(), author=Author("event"))
    assert of(world, "flow_run", create_flow_run(world.context, request)) == ("event", None)


def test_backfill_is_the_author_of_its_runs(world):
    world.context = sent_by(world)
    flow_id = world.register({"name": "f", "schedule": DAILY}, set_schedule_active=True)
    (flow,) = world.store.flows.get([flow_id], with_outlines=False)
    world.clock.advance(days=3)
    past = BackfillRequest(flow_group_id=flow.flow_group_id, first=START, last=START + timedelta(days=2))
    create_backfill(world.context, past, None)
    made = {of(world, "flow_run", item["pk"]["S"].rpartition("#")[2]) for item in world.items("run")}
    assert ("backfill", None) in made
