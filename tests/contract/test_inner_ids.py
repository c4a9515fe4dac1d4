"""States and log entries by their own ids, which lead to their flow run."""

import uuid
from collections import Counter

import pytest

from domain.errors import BadUserInput
from domain.ids import first_id_at, inner_id
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.task_runs.holders import MAX_HOLDERS
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need
from operations.task_runs.logs import write_logs
from tests.contract.factories import SHARDS, log_entry
from tests.reads.world import START, fill

ENTITY_NAMES = ["flow_run_state", "task_run_state", "log"]


def rows(context, entity, where):
    return [row.value for row in list_rows(context, entity, Arguments(where=where), Need())]


def identifier(entity, value):
    return ENTITIES[entity].columns["id"].get(value)


def everything(world, entity):
    runs = {"_in": [run.id for run in rows(world.context, "flow_run", None)[:MAX_HOLDERS]]}
    where = {"task_run": {"flow_run_id": runs}} if entity == "task_run_state" else {"flow_run_id": runs}
    return {identifier(entity, value): value for value in rows(world.context, entity, where)}


@pytest.fixture
def filled(world):
    fill(world.context)
    for run in rows(world.context, "flow_run", None)[:3]:
        write_logs(world.context, [log_entry(run.id, seconds=n, message=str(n)) for n in range(3)])
    return world


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("entity", ENTITY_NAMES)
def test_state_or_log_entry_is_found_by_its_own_id(filled, entity):
    for inner, value in everything(filled, entity).items():
        found = row_by_id(filled.context, entity, inner, Need())

        assert found is not None
        assert found.value == value


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("entity", ENTITY_NAMES)
def test_ids_combine_with_other_filters_and_each_row_comes_once(filled, entity):
    known = everything(filled, entity)
    ids = list(known)[:9]

    found = rows(filled.context, entity, {"_and": [{"id": {"_in": ids}}, {"id": {"_neq": ids[0]}}]})

    assert Counter(identifier(entity, row) for row in found) == Counter(ids[1:])
    assert len(known) >= len(ids)
    assert {uuid.UUID(known_id).version for known_id in known} == {8}


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("entity", ENTITY_NAMES)
def test_unknown_ids_find_nothing(filled, entity):
    run = first_id_at(START)
    of_no_run, of_a_run = (
        inner_id(leader, "nothing") for leader in (run, next(iter(everything(filled, entity))))
    )

    for unknown in (of_no_run, of_a_run, run, str(uuid.uuid4())):
        assert row_by_id(filled.context, entity, unknown, Need()) is None


def test_look_up_of_an_id_costs_a_query_a_shard_and_the_run(world):
    run_id = world.create(world.register({"name": "Flow"}))
    (state,) = everything(world, "flow_run_state")
    counted, client = world.interfered()

    found = row_by_id(counted.context, "flow_run_state", state, Need())
    assert found is not None
    assert found.value.run_id == run_id

    assert client.calls == ["query"] * SHARDS + ["get_item"]


def test_look_up_with_the_run_in_the_filter_reads_no_index(world):
    run_id = world.create(world.register({"name": "Flow"}))
    (state,) = everything(world, "flow_run_state")
    counted, client = world.interfered()

    (found,) = rows(counted.context, "flow_run_state", {"id": {"_eq": state}, "flow_run_id": {"_eq": run_id}})

    assert found.entry.version == 1
    assert client.calls == ["get_item"]


def test_ids_of_too_many_runs_are_refused_with_the_filter_to_use(world):
    ids = [inner_id(first_id_at(START), str(number)) for number in range(MAX_HOLDERS + 1)]

    with pytest.raises(BadUserInput, match=f"more than {MAX_HOLDERS} rows. Narrow it by flow_run_id"):
        rows(world.context, "log", {"id": {"_in": ids}})
