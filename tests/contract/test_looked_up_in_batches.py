"""Lists that name many values find the few of them that exist, with few calls."""

import pytest

from domain.ids import member_id
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need
from operations.task_runs.task_runs import find_addresses, get_or_create_task_run
from tests.contract.factories import log_entry

UNKNOWN = [f"2a9c1c6f-7e0a-4c55-8a43-{number:012x}" for number in range(990)]
NAMES = [f"no such {number}" for number in range(990)]


@pytest.fixture
def known(world):
    """Return the ids of a project, a flow in it, its task, a run and a mapped child in the run."""
    project = world.project("known")
    flow = world.register({"name": "flow", "tasks": [{"slug": "a"}]}, project_id=project)
    run = world.create(flow)
    child = get_or_create_task_run(world.context, run, member_id(flow, 1), 3).id
    world.store.logs.write([log_entry(run, task_run_id=child)], world.clock.time, None)
    return {"project": project, "flow": flow, "task": member_id(flow, 1), "run": run, "child": child}


def found(world, entity, column, wanted, unknown):
    """Return the ids that a list finds among many values, and the number of reads."""
    work = Work()
    where = {column: {"_in": [*unknown[:99], wanted, *unknown[99:]]}}
    rows = list_rows(world.within(work).context, entity, Arguments(where=where), Need({"id"}))
    return [row.value.id for row in rows], work.reads


@pytest.mark.dynoxide_only
def test_one_known_value_is_found_among_many_unknown_ones(world, known):
    project, flow, task, child = (known[name] for name in ("project", "flow", "task", "child"))
    for entity, column, wanted, unknown, identifier, most in (
        ("project", "name", "known", NAMES, project, 55),
        ("flow", "project_id", project, UNKNOWN, flow, 60),
        ("task", "id", task, UNKNOWN, task, 110),
        ("task_run", "id", child, UNKNOWN, child, 110),
        ("task_run", "id", member_id(known["run"], 1), UNKNOWN, member_id(known["run"], 1), 110),
    ):
        ids, reads = found(world, entity, column, wanted, unknown)
        assert (entity, ids) == (entity, [identifier])
        assert reads <= most, entity


def test_logs_of_many_task_runs_are_those_of_their_flow_runs(world, known):
    ids, reads = found(world, "log", "task_run_id", known["child"], UNKNOWN)
    assert len(ids) == 1
    assert reads <= 110


def test_addresses_are_found_by_ids_of_both_kinds(world, known):
    plain, child = member_id(known["run"], 1), known["child"]
    addresses = find_addresses(world.context, [plain, UNKNOWN[0], child, UNKNOWN[1]])
    assert {(name, address.number, address.map_index) for name, address in addresses.items()} == {
        (plain, 1, -1),
        (child, 1, 3),
    }


@pytest.mark.dynoxide_only
def test_names_of_flows_are_looked_up_in_each_project_only_if_they_are_few(world, known):
    for more in range(2):
        world.project(f"another {more}")
    for names in (9, 160, 400, 990):
        where = {"flow": {"name": {"_in": ["flow", *NAMES[:names]]}}}
        work = Work()
        rows = list_rows(world.within(work).context, "flow_run", Arguments(where=where), Need({"id"}))
        assert [row.value.id for row in rows] == [known["run"]]
        assert work.reads <= 510, names
