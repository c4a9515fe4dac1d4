import json

import pytest

from domain.errors import BadUserInput, NotFound, PayloadTooLarge
from operations.flows.archiving import archive_flow
from operations.flows.extending import add_edges, add_tasks
from operations.flows.finding import find_flow_id
from operations.flows.schedules import set_schedule_inactive
from tests.contract.factories import START, incompressible


def serialized(world, flow_id):
    return world.store.flows.serialized([flow_id])[flow_id]


def flow_of(size):
    """Return a serialized flow of about so many bytes, which compress little."""
    tasks = [
        {"slug": f"task-{n}", "doc": incompressible(5_000, seed=n)} for n in range(max(size // 5_000, 1))
    ]
    return {"name": "Flow", "tasks": tasks, "edges": [], "__version__": "0.8.1"}


@pytest.mark.parametrize("size", [1_000, 500_000, 3_500_000])
def test_serialized_flow_of_any_size_is_returned_unchanged(world, size):
    flow = flow_of(size)

    flow_id = world.register(flow)

    assert json.dumps(serialized(world, flow_id)) == json.dumps(flow)


@pytest.mark.dynoxide_only
def test_serialized_flow_is_whole_after_tasks_and_edges_are_added(world):
    # Given a flow that grows from one part to several
    flow = flow_of(300_000)
    flow_id = world.register(flow)
    more = [{"slug": f"more-{n}", "doc": incompressible(5_000, seed=1_000 + n)} for n in range(300)]
    edges = [{"upstream_task": {"slug": "task-1"}, "downstream_task": {"slug": "more-299"}, "key": "x"}]

    # When
    add_tasks(world.context, flow_id, more)
    add_tasks(world.context, flow_id, [*more[:3], {"slug": "last"}])
    add_edges(world.context, flow_id, edges)
    add_edges(world.context, flow_id, edges)

    # Then
    tasks = [*flow["tasks"], *more, {"slug": "last"}]
    assert serialized(world, flow_id) == {**flow, "tasks": tasks, "edges": edges}
    assert len([item for item in world.items() if "part" in item]) > 3


@pytest.mark.dynoxide_only
def test_serialized_flow_is_read_whole_during_a_rewrite(world):
    # Given
    flow = flow_of(2_500_000)
    flow_id = world.register(flow)
    rewritten = {
        "name": "Flow",
        "tasks": [{"slug": "new", "doc": incompressible(900_000, seed=77)}, *flow["tasks"]],
    }
    faulty, client = world.interfered()

    def rewritten_after_the_first_page(send):
        page = send()
        assert "LastEvaluatedKey" in page
        assert world.store.flows.rewrite(flow_id, rewritten, revision=1)
        return page

    client.alter("query", rewritten_after_the_first_page)

    # When
    read = serialized(faulty, flow_id)

    # Then
    assert client.all_happened()
    assert read == rewritten


def test_concurrently_added_tasks_are_all_kept(world):
    flow_id = world.register({"name": "Flow"})
    faulty, client = world.interfered()

    def other_first(send):
        add_tasks(world.context, flow_id, [{"slug": "theirs"}])
        return send()

    client.alter("transact_write_items", other_first)
    add_tasks(faulty.context, flow_id, [{"slug": "ours"}])

    assert [task["slug"] for task in serialized(world, flow_id)["tasks"]] == ["theirs", "ours"]


@pytest.mark.dynoxide_only
def test_too_large_flow_is_refused_and_not_written(world):
    project_id = world.project()
    before = world.items()

    for flow in (flow_of(5_000_000), {"name": "Flow", "storage": {"script": incompressible(500_000)}}):
        with pytest.raises(PayloadTooLarge, match="when compressed"):
            world.register(flow, project_id=project_id)

    assert world.items() == before


@pytest.mark.parametrize("size", [100, 300_000])
def test_creation_of_a_run_does_not_read_the_serialized_flow(world, size):
    flow = {
        "name": "Flow",
        "storage": {"script": incompressible(size)},
        "schedule": {"clocks": []},
        "x": "y" * 99,
    }
    flow_id = world.register(flow, set_schedule_active=True, description="About \ud800 it\n🦊")
    counted, client = world.interfered()

    (read,) = counted.store.flows.get([flow_id])

    assert read.outline["storage"] == flow["storage"]
    assert read.outline["description"] == "About \ud800 it\n🦊"
    assert (read.is_schedule_active, read.version, read.created) == (True, 1, START)
    assert set(client.calls) == {"batch_get_item"}


@pytest.mark.parametrize(
    "name", ["plain", "a#b##", "flow-name#x", "🦊 fox", "é" * 200, "~", "\u00a0x"], ids=ascii
)
def test_flow_is_found_by_its_own_name_alone(world, name):
    project_id = world.project(f"P#{name}"[:200])
    flow = {"name": name, "tasks": [{"name": "#\ud800\n", "slug": name}]}
    first, second = (world.register(flow, project_id=project_id) for _ in range(2))
    longer = world.register({"name": (name[:190] + "#0")}, project_id=project_id)

    assert find_flow_id(world.context, flow_name=name, project_name=f"P#{name}"[:200]) == second
    assert world.store.flow_lists.ids_in_project(project_id, name, 10) == [second, first]
    assert world.store.flow_lists.ids_in_tenant(name, 10) == [second, first]
    assert set(world.store.flow_lists.ids_in_project(project_id, None, 10)) == {first, second, longer}
    assert serialized(world, first) == flow


def test_same_name_in_two_projects_is_two_flows(world):
    one, two = world.register(), world.register()

    flows = world.store.flows.get([one, two])

    assert [flow.version for flow in flows] == [1, 1]
    assert len({flow.flow_group_id for flow in flows}) == 2


def test_registration_in_a_version_group_takes_the_name(world):
    project_id = world.project("P")
    first = world.register(project_id=project_id)
    second = world.register(project_id=project_id, version_group_id="mine")
    third = world.register(project_id=project_id)

    flows = {flow.id: flow for flow in world.store.flows.get([first, second, third])}
    assert [(flows[flow_id].version, flows[flow_id].archived) for flow_id in (first, second, third)] == [
        *((1, False), (1, True), (2, False))
    ]
    assert flows[third].version_group_id == "mine"


def test_repeated_key_registers_nothing_while_its_flow_is_current(world):
    project_id = world.project()
    key = "\ud800 #🦊" * 50
    first = world.register(project_id=project_id, idempotency_key=key)

    assert world.register(project_id=project_id, idempotency_key=key) == first
    archive_flow(world.context, first)
    second = world.register(project_id=project_id, idempotency_key=key)
    third = world.register(project_id=project_id, idempotency_key="other")
    fourth = world.register(project_id=project_id, idempotency_key=key)
    assert len({first, second, third, fourth}) == 4
    assert [
        flow.version
        for flow in sorted(world.store.flows.get([first, second, third, fourth]), key=lambda f: f.version)
    ] == [1, 2, 3, 4]


def test_archived_flow_creates_no_runs(world):
    flow_id = world.register()
    (flow,) = world.store.flows.get([flow_id])

    archive_flow(world.context, flow_id)
    archive_flow(world.context, flow_id)
    before = world.items()

    with pytest.raises(BadUserInput, match="is archived"):
        world.create(flow_id, idempotency_key="k")
    assert world.items() == before
    assert world.store.flows.group(flow.flow_group_id).current_flow_id is None


def test_registration_in_an_unknown_project_writes_nothing(world):
    with pytest.raises(NotFound, match="no project"):
        world.register(project_id="018f0000-0000-7000-8000-000000000000")

    assert world.items() == []


@pytest.mark.parametrize(
    "description", [None, "", "About #it\n🦊", "\ud800", "x" * 10_000], ids=lambda text: ascii(text)[:20]
)
def test_project_is_found_by_id_and_name(world, description):
    project_id = world.project("My #1 🦊 project", description=description)

    named = world.store.projects.named("My #1 🦊 project")
    (read,) = world.store.projects.get([project_id, project_id])

    assert read == named
    assert (read.id, read.name, read.description, read.created) == (
        project_id,
        "My #1 🦊 project",
        description,
        START,
    )


def test_schedule_of_an_unknown_flow_is_not_switched(world):
    flow_id = world.register({"name": "Flow", "schedule": {"clocks": []}})

    assert world.store.flows.set_schedule_active(flow_id, active=True)
    assert not world.store.flows.set_schedule_active("018f0000-0000-7000-8000-000000000000", active=True)

    (flow,) = world.store.flows.get([flow_id])
    assert flow.is_schedule_active
    assert len(world.items("flow")) == 1


def test_schedule_is_switched_off(world):
    flow_id = world.register({"name": "Flow", "schedule": {"clocks": []}}, set_schedule_active=True)

    assert set_schedule_inactive(world.context, flow_id)

    assert not world.store.flows.get([flow_id])[0].is_schedule_active
    assert not set_schedule_inactive(world.context, "018f0000-0000-7000-8000-000000000000")
