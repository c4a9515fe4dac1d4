"""Two tenants in one table. Neither can read or change the other, even with the other's ids and names."""

import pytest

from domain.errors import NotFound
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.flows.archiving import archive_flow
from operations.flows.extending import add_tasks
from operations.flows.finding import find_flow_id
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need
from tests.contract.factories import EVERYTHING


@pytest.fixture
def neighbour(world):
    return world.neighbour()


@pytest.fixture
def theirs(neighbour):
    """Create entities of another tenant: a project, a flow, and a run of it with a key."""
    project_id = neighbour.project("Theirs")
    flow_id = neighbour.register({"name": "Flow"}, project_id=project_id)
    run_id = neighbour.create(flow_id, idempotency_key="k")
    (flow,) = neighbour.store.flows.get([flow_id])
    return {
        "project": project_id,
        "flow": flow_id,
        "group": flow.flow_group_id,
        "run": run_id,
        "version_group": flow.version_group_id,
    }


@pytest.fixture(autouse=True)
def _nothing_of_theirs_changes(neighbour, theirs):
    before = neighbour.items()
    yield
    assert neighbour.items() == before


def test_entities_of_another_tenant_are_not_read_by_id_or_name(world, theirs):
    store = world.store

    assert store.flow_runs.get([theirs["run"]], EVERYTHING, consistent=True) == []
    assert store.flow_runs.get([theirs["run"]] * 2, EVERYTHING, consistent=False) == []
    assert store.flows.get([theirs["flow"]]) == []
    assert store.flows.serialized([theirs["flow"]]) == {}
    assert store.flows.revision(theirs["flow"]) is None
    assert store.flows.group(theirs["group"]) is None
    assert store.flows.groups([theirs["group"]]) == []
    assert store.flows.version_group_named(theirs["project"], "Flow") is None
    assert store.projects.get([theirs["project"]]) == []
    assert store.projects.named("Theirs") is None
    assert store.projects.all() == []


def test_entities_of_another_tenant_are_not_listed(world, theirs):
    lists = world.store.run_lists
    ranges = [*lists.of_tenant(), *lists.of_group(theirs["group"]), *lists.waiting()]

    assert list(lists.ids(ranges, descending=False)) == []
    assert world.store.flow_lists.ids_in_project(theirs["project"], None, 10) == []
    assert world.store.flow_lists.ids_in_project(theirs["project"], "Flow", 10) == []
    assert world.store.flow_lists.ids_in_tenant(None, 10) == []
    assert world.store.flow_lists.ids_in_tenant("Flow", 10) == []


@pytest.mark.parametrize("entity", sorted(set(ENTITIES) & {"flow_run", "flow", "project"}))
def test_query_returns_no_row_of_another_tenant(world, theirs, entity):
    known = {"flow_run": theirs["run"], "flow": theirs["flow"], "project": theirs["project"]}[entity]

    assert row_by_id(world.context, entity, known, Need()) is None
    assert list_rows(world.context, entity, Arguments(), Need()) == []
    assert list_rows(world.context, entity, Arguments(where={"id": {"_in": [known]}}), Need()) == []


def test_entities_of_another_tenant_cannot_be_changed(world, theirs):
    run_id, flow_id, store = theirs["run"], theirs["flow"], world.store

    for version in (1, None):
        with pytest.raises(NotFound):
            world.set(run_id, "Running", version)
    for call in (
        lambda: cancel_flow_run(world.context, run_id),
        lambda: get_flow_run(world.context, run_id),
        lambda: archive_flow(world.context, flow_id),
        lambda: add_tasks(world.context, flow_id, [{"slug": "a"}]),
        lambda: world.create(flow_id),
        lambda: world.register(project_id=theirs["project"]),
        lambda: find_flow_id(world.context, flow_name="Flow", project_name="Theirs"),
    ):
        with pytest.raises(NotFound):
            call()
    assert not store.flow_runs.rename(run_id, "mine", world.clock())
    assert not store.flow_runs.set_labels(run_id, ["mine"], world.clock())
    assert not store.flow_runs.delete(run_id)
    assert not store.flows.set_schedule_active(flow_id, active=True)
    assert world.items() == []


def test_same_names_keys_and_version_groups_in_two_tenants_are_apart(world, theirs):
    project_id = world.project("Theirs")
    flow_id = world.register(
        {"name": "Flow"}, project_id=project_id, version_group_id=theirs["version_group"]
    )

    run_id = world.create(flow_id, idempotency_key="k")

    assert run_id != theirs["run"]
    (flow,) = world.store.flows.get([flow_id])
    assert flow.flow_group_id != theirs["group"]
    assert flow.version == 1
