import pytest

from domain.errors import ApiError, BadUserInput, NotFound, PayloadTooLarge
from domain.ids import member_id
from operations.flow_runs.deleting import delete_flow_run
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need
from operations.task_runs.artifacts import (
    create_task_run_artifact,
    delete_task_run_artifact,
    update_task_run_artifact,
)
from operations.task_runs.task_runs import get_or_create_task_run
from tests.contract.clients import connection_closed, no_response_in_time, server_error
from tests.contract.factories import at_once, incompressible

TASKS = {"name": "Flow", "tasks": [{"slug": "a-1", "name": "a"}, {"slug": "b-1", "name": "b"}]}
UNKNOWN = "018f0000-0000-7000-8000-000000000000"
LINK, TEXT = {"link": "https://example.com"}, {"markdown": "# Hello"}


@pytest.fixture
def run_id(world):
    return world.create(world.register(TASKS))


@pytest.fixture
def task_run_id(run_id):
    return member_id(run_id, 1)


def create(world, task_run_id, data=LINK, kind="link"):
    return create_task_run_artifact(world.context, task_run_id, kind, data)


def found(world, **where):
    rows = list_rows(world.context, "task_run_artifact", Arguments(where=where), Need())
    return [row.value for row in rows]


def read(world, artifact_id):
    row = row_by_id(world.context, "task_run_artifact", artifact_id, Need())
    return row and row.value


def test_new_artifact_is_found_by_its_id_its_task_run_and_its_flow_run(world, run_id, task_run_id):
    first = create(world, task_run_id)
    world.clock.advance(seconds=1)
    second = create(world, task_run_id, TEXT, "markdown")
    other = create(world, member_id(run_id, 2))

    assert (read(world, first).kind, read(world, first).data.value) == ("link", LINK)
    assert read(world, second).task_run_id == task_run_id
    of_task_run = found(world, task_run_id={"_eq": task_run_id})
    assert [artifact.id for artifact in of_task_run] == [first, second]
    of_flow_run = found(world, task_run={"flow_run_id": {"_eq": run_id}})
    assert {artifact.id for artifact in of_flow_run} == {first, second, other}


def test_artifact_of_a_mapped_child_is_found(world, run_id):
    flow_id = world.run(run_id).flow_id
    child = get_or_create_task_run(world.context, run_id, member_id(flow_id, 1), 3)

    artifact_id = create(world, child.id)

    assert [artifact.id for artifact in found(world, task_run_id={"_eq": child.id})] == [artifact_id]
    assert read(world, artifact_id).task_run_id == child.id


def test_artifact_is_changed_and_deleted(world, task_run_id):
    artifact_id = create(world, task_run_id)
    made = read(world, artifact_id)
    world.clock.advance(seconds=5)

    assert update_task_run_artifact(world.context, artifact_id, TEXT)

    changed = read(world, artifact_id)
    assert (changed.data.value, changed.kind, changed.created) == (TEXT, "link", made.created)
    assert (changed.updated - made.updated).total_seconds() == 5
    assert delete_task_run_artifact(world.context, artifact_id)
    assert read(world, artifact_id) is None
    assert found(world, task_run_id={"_eq": task_run_id}) == []
    assert not update_task_run_artifact(world.context, artifact_id, LINK)
    assert not delete_task_run_artifact(world.context, artifact_id)
    assert not [item for item in world.items() if "#artifact#" in item["pk"]["S"]]


@pytest.mark.parametrize("number", [0, 3], ids=["a flow run's id", "a task that the flow has not"])
def test_unknown_task_run_is_not_found_in_the_words_that_clients_read(world, run_id, number):
    for task_run_id in (member_id(run_id, number), member_id(UNKNOWN, 1), UNKNOWN):
        with pytest.raises(NotFound, match="not found"):
            create(world, task_run_id)

    assert not [item for item in world.items() if "artifact" in item["pk"]["S"] + item["sk"]["S"]]


def test_too_large_artifact_is_refused_and_nothing_is_written(world, task_run_id):
    large = {"markdown": incompressible(500_000)}
    with pytest.raises(PayloadTooLarge, match="The artifact's data"):
        create(world, task_run_id, large)
    assert not world.items("artifact")

    artifact_id = create(world, task_run_id)
    with pytest.raises(PayloadTooLarge):
        update_task_run_artifact(world.context, artifact_id, large)
    assert read(world, artifact_id).data.value == LINK


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    ("number", "seen"), [(1, no_response_in_time), (2, connection_closed), (2, server_error)]
)
def test_creation_whose_response_is_lost_makes_one_artifact(world, task_run_id, number, seen):
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items", number, seen)

    artifact_id = create(faulty, task_run_id)

    assert client.all_happened()
    assert [artifact.id for artifact in found(world, task_run_id={"_eq": task_run_id})] == [artifact_id]


@pytest.mark.usefixtures("pauses")
def test_creation_that_died_in_the_middle_made_no_artifact(world, task_run_id):
    before = world.items()
    faulty, client = world.interfered()
    client.fail("transact_write_items", *[server_error() for _ in range(8)])

    with pytest.raises(ApiError):
        create(faulty, task_run_id)

    assert world.items() == before


@pytest.mark.parametrize("calls", [1, 2])
def test_deletion_that_died_in_the_middle_is_finished_by_a_repeat(world, task_run_id, calls):
    before = world.items()
    artifact_id = create(world, task_run_id)
    faulty, client = world.interfered()
    for _ in range(calls - 1):
        client.alter("delete_item", lambda send: send())
    client.fail("delete_item", RuntimeError("killed"))
    with pytest.raises(RuntimeError):
        delete_task_run_artifact(faulty.context, artifact_id)

    assert delete_task_run_artifact(world.context, artifact_id)

    assert world.items() == before
    assert not delete_task_run_artifact(world.context, artifact_id)


def test_pointer_of_an_earlier_release_to_no_artifact_is_deleted(world, task_run_id):
    before = world.items()
    artifact_id = create(world, task_run_id)
    (item,) = [item for item in world.items() if item["sk"]["S"].endswith(artifact_id)]
    world.table.delete(Key={"pk": item["pk"], "sk": item["sk"]})

    assert read(world, artifact_id) is None
    assert not update_task_run_artifact(world.context, artifact_id, TEXT)
    delete_task_run_artifact(world.context, artifact_id)

    assert world.items() == before


def test_change_during_a_deletion_restores_no_artifact(world, task_run_id):
    artifact_id = create(world, task_run_id)

    outcomes = at_once(
        *[lambda n=n: update_task_run_artifact(world.context, artifact_id, {"n": n}) for n in range(8)],
        lambda: delete_task_run_artifact(world.context, artifact_id),
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert outcomes[-1] is True
    assert read(world, artifact_id) is None
    assert found(world, task_run_id={"_eq": task_run_id}) == []


def test_artifacts_are_deleted_with_their_flow_run(world, run_id, task_run_id):
    artifact_id = create(world, task_run_id)

    assert delete_flow_run(world.context, run_id)

    assert read(world, artifact_id) is None
    assert not [item for item in world.items() if artifact_id in item["pk"]["S"]]


def test_artifacts_are_invisible_to_another_tenant(world, task_run_id):
    artifact_id = create(world, task_run_id)
    other = world.neighbour()

    assert read(other, artifact_id) is None
    assert found(other, task_run_id={"_eq": task_run_id}) == []
    assert not delete_task_run_artifact(other.context, artifact_id)
    assert read(world, artifact_id) is not None


def test_list_of_artifacts_without_a_run_is_refused_with_the_filters_to_use(world):
    with pytest.raises(BadUserInput, match="needs a filter on id or task_run_id"):
        found(world)
