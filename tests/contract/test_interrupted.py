"""Every mutation of several calls is killed after each write, sent again, and then compared with a whole one.

Each mutation of the schema runs on a tenant that has one of everything. A new mutation needs a scenario, or a
test fails. A killed process has written everything up to some call and nothing after it. A killed mutation
must have done nothing or everything, or its repeat must complete it. Recovery finishes deletions afterwards.
"""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import pytest

from domain.errors import FlowRunsError
from domain.recovery.rules import RecoverySettings
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.deleting import delete_flow_run
from operations.flows.deleting import delete_flow
from operations.recovery.tick import Bounds, tick
from operations.schedules.tick import keep_up_all
from storage.store import TenantStore
from tests.contract.data_model import scoped, undocumented
from tests.contract.factories import START
from tests.contract.mortals import Killed, mortal
from tests.contract.mutation_stage import ONCE, UUID, WRITES, Stage, attempt, finish, mutations, seeded
from tests.contract.sites import scenarios
from tests.examples import alternate

# Moto is slow because of its regular expressions, so it runs only mutations with the most calls of a kind.
ON_MOTO = {"update_flow_project", "create_task_run_artifact", "delete_task_run_artifact", "cancel_flow_run"}
only_on_dynoxide = pytest.mark.dynoxide_only


@pytest.fixture(scope="module")
def stage(database):
    """Yield a tenant in a table of its own, with one of everything, which each try restores."""
    with database() as (client, table_name):
        yield Stage(client, table_name)


def uninterrupted(stage, name, given):
    """Return the table after a mutation, and the numbers of the calls that write."""
    stage.set_back()
    calls = attempt(stage, name, given)
    done = stage.shows()
    return done, left_to_recovery(stage), [number for number, call in enumerate(calls, 1) if call in WRITES]


def test_every_mutation_has_a_scenario(stage):
    named = {name for name, _ in scenarios(stage.site)}

    assert named == set(mutations()), "each mutation has a scenario in tests/contract/sites.py"


@only_on_dynoxide
@pytest.mark.parametrize("name", sorted(mutations()))
def test_items_of_a_mutation_are_in_the_data_model(stage, name):
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        stage.set_back()
        attempt(stage, name, given)
        items = [scoped(item, stage.world.tenant_id) for item in stage.items().values()]
        assert undocumented(items) == set(), "name them in the tables of docs/data-model.md"


# A heartbeat is one put without a look, because it is the most frequent write. It expires after a week.
HEARTBEATS = {"update_flow_run_heartbeat", "update_task_run_heartbeat"}


@only_on_dynoxide
@pytest.mark.parametrize("head", ["02025491-0000", "ffffffff-ffff"], ids=["of our time", "of no time"])
@pytest.mark.parametrize("name", sorted(set(mutations()) - HEARTBEATS))
def test_mutation_with_unknown_ids_writes_nothing(stage, name, head):
    """A condition or a read must refuse the write, because nothing would ever find the item again."""
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        unknown = json.loads(ids_unknown(json.dumps(given, default=str), head))
        if unknown == json.loads(json.dumps(given, default=str)):
            continue
        stage.set_back()
        before = stage.items()
        attempt(stage, name, given_like(given, unknown))
        assert stage.items() == before, given


def ids_unknown(text, head):
    """Return the text with ids that nothing has. The last four digits stay, because they number a task."""
    return UUID.sub(lambda found: f"{head}-{found[0][14]}000-8000-00000000{found[0][-4:]}", text)


def given_like(given, changed):
    """Return the inputs with the changed ids, and with the times that JSON does not have."""
    if isinstance(given, dict):
        return {name: given_like(value, changed[name]) for name, value in given.items()}
    if isinstance(given, list):
        return [given_like(value, other) for value, other in zip(given, changed, strict=True)]
    return changed if isinstance(given, str) else given


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(mutation, marks=() if mutation in ON_MOTO else only_on_dynoxide)
        for mutation in sorted(mutations())
    ],
)
def test_mutation_killed_after_any_write_is_completed_by_a_repeat(stage, name):
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        nothing = seen(stage)
        done, finished, writes = uninterrupted(stage, name, given)
        for dies_at in alternate(writes, name):
            stage.set_back()
            attempt(stage, name, given, dies_at=dies_at, backwards=bool(dies_at % 2))
            if name in ONCE and (stage.shows() in (nothing, done) or left_to_recovery(stage) == finished):
                continue
            attempt(stage, name, given, seed="second")
            assert left_to_recovery(stage) == finished, (given, dies_at)


def left_to_recovery(stage):
    finish(stage)
    return stage.shows()


def seen(stage):
    stage.set_back()
    return stage.shows()


@only_on_dynoxide
@pytest.mark.parametrize("name", ["delete_flow", "delete_flow_run", "delete_project"])
def test_killed_deletion_without_a_repeat_is_finished_by_recovery(stage, name):
    clock = stage.world.clock

    def left_by_ticks():
        ticks(stage.world, clock, 5, 10, 15, 20)
        clock.time = START
        return stage.shows()

    try:
        for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
            stage.set_back()
            calls = attempt(stage, name, given)
            finished = left_by_ticks()
            writes = [number for number, call in enumerate(calls, 1) if call in WRITES]
            for dies_at in alternate(writes, name):
                stage.set_back()
                attempt(stage, name, given, dies_at=dies_at, backwards=bool(dies_at % 2))
                assert left_by_ticks() == finished, (given, dies_at)
    finally:
        clock.time = START


def leave_deletions_open(stage):
    """Leave a half deleted run, and a run that was created while its flow was deleted."""
    world, site = seeded(stage.world, "open"), stage.site
    dying, _ = mortal(world, 9, unheard=True, shards=1)
    with suppress(Killed):
        delete_flow_run(dying.context, site.running_id)
    late, client = world.interfered()
    client.alter("put_item", lambda send: (delete_flow(world.context, site.lone_flow_id), send()))
    late.store = TenantStore(late.table, world.tenant_id, 1)
    create_flow_run(replace(late.context, store=late.store), CreateFlowRun(flow_id=site.lone_flow_id))


def ticks(process, clock, *minutes):
    for minute in minutes:
        clock.time = START + timedelta(minutes=minute)
        context = seeded(process, str(minute)).context
        summary = tick(context, RecoverySettings(), Bounds(lambda: 60.0))
        assert not summary.faults
        assert not keep_up_all(context, lambda: 60.0).faults


@only_on_dynoxide
def test_killed_tick_of_deletions_is_continued_by_the_next_tick(stage):
    clock = stage.world.clock
    process, client = mortal(stage.world, shards=1)
    try:
        stage.set_back()
        leave_deletions_open(stage)
        ticks(process, clock, 5)
        writes = [number for number, call in enumerate(client.calls, 1) if call in WRITES]
        ticks(stage.world, clock, 10, 15, 20)
        finished = stage.shows()
        assert not [item for item in finished if "#removals" in item or "deletes" in item]
        for dies_at in alternate(writes, "tick"):
            stage.set_back()
            clock.time = START
            leave_deletions_open(stage)
            killed, _ = mortal(stage.world, dies_at, unheard=True, shards=1)
            with suppress(Killed):
                ticks(killed, clock, 5)
            ticks(stage.world, clock, 10, 15, 20)
            assert stage.shows() == finished, dies_at
    finally:
        clock.time = START


# A query for every column that users and processes read.
EVERYTHING = """query ($run: uuid!) {
  project { id name flows { id serialized_flow settings parameters flow_group { settings labels } } }
  flow_run {
    id state_message parameters context heartbeat states { state version } logs { message }
    flow { name project { name } } task_runs { id state_message states { state } }
  }
  task { name flow { name } task_runs { id } }
  task_run_artifact(where: {task_run: {flow_run_id: {_eq: $run}}}) { data }
  log(where: {flow_run_id: {_eq: $run}}) { message }
  flow_run_by_pk(id: $run) { name states { state } }
}"""
GO_ON = (
    *("get_runs_in_queue", "get_or_create_task_run_info", "set_task_run_states"),
    *("write_run_logs", "create_task_run_artifact", "set_flow_run_states", "cancel_flow_run"),
    *("set_flow_run_labels", "register_tasks", "unarchive_flow", "set_flow_group_labels", "create_flow_run"),
)


@cache
def executor():
    return Executor(build_schema())


def ask(stage):
    """Read everything, and continue with the data; each refusal must have an error message."""
    context = seeded(stage.world, "asking").context
    request = GraphQLRequest(query=EVERYTHING, variables={"run": stage.site.running_id})
    assert "errors" not in executor().execute(request, context).result
    for name, given in scenarios(stage.site):
        if name in GO_ON:
            with suppress(FlowRunsError):
                mutations()[name](None, SimpleNamespace(context=context), input=given)


@only_on_dynoxide
@pytest.mark.parametrize("name", ["delete_flow_run", "delete_flow", "update_flow_project"])
def test_half_done_mutation_leaves_readable_and_usable_data(stage, name):
    for given in (given for scenario, given in scenarios(stage.site) if scenario == name):
        _, _, writes = uninterrupted(stage, name, given)
        for dies_at in alternate(writes, f"half done {name}"):
            stage.set_back()
            attempt(stage, name, given, dies_at=dies_at)
            ask(stage)
            if name == "delete_flow_run":
                finish(stage)
                assert given["flow_run_id"] not in {place[0][-36:] for place in stage.items()}
