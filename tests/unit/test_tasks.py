from datetime import UTC, datetime

import pytest

from domain.tasks import task_id, tasks_of

FLOW = "2a9c1c6f-7e0a-4c55-8a43-000000000001"
TENANT = "2a9c1c6f-7e0a-4c55-8a43-000000000002"
CREATED = datetime(2026, 1, 31, tzinfo=UTC)
ADD = {
    "slug": "add-1",
    "name": "add",
    "type": "prefect.tasks.core.function.FunctionTask",
    "trigger": {"fn": "prefect.triggers.all_successful", "kwargs": {}},
    "max_retries": 3,
    "retry_delay": 90.5,
    "tags": ["slow"],
    "cache_key": "shared",
    "auto_generated": False,
}


def tasks(serialized):
    return tasks_of(FLOW, TENANT, CREATED, serialized)


def test_a_task_is_read_as_core_serializes_it():
    (task,) = tasks({"tasks": [ADD]})

    assert (task.slug, task.name, task.max_retries, task.retry_delay) == (
        "add-1",
        "add",
        3,
        "00:01:30.500000",
    )
    assert (task.type, task.trigger) == (ADD["type"], "prefect.triggers.all_successful")
    assert (task.tags, task.cache_key, task.mapped) == (["slow"], "shared", False)
    assert (task.flow_id, task.tenant_id, task.created) == (FLOW, TENANT, CREATED)


def test_its_id_is_the_same_each_time_and_another_for_another_slug():
    first, second = tasks({"tasks": [ADD, {"slug": "add-2"}]})

    assert first.id == task_id(FLOW, "add-1") != second.id
    assert [task.id for task in tasks({"tasks": [ADD]})] == [first.id]


def test_a_task_is_mapped_when_an_edge_into_it_is():
    edge = {"upstream_task": {"slug": "list"}, "downstream_task": {"slug": "add-1"}, "mapped": True}

    (task,) = tasks({"tasks": [ADD], "edges": [edge]})

    assert task.mapped


@pytest.mark.parametrize(
    "serialized",
    [{}, {"tasks": None}, {"tasks": ["x", {"name": "no slug"}, {"slug": 1}, {"slug": "x", "trigger": "y"}]}],
)
def test_what_is_no_task_is_passed_over(serialized):
    assert tasks(serialized) == []


@pytest.mark.parametrize("delay", [None, True, "60", 1e300, float("nan")])
def test_a_delay_that_is_none_is_read_as_none(delay):
    (task,) = tasks({"tasks": [{"slug": "x", "retry_delay": delay, "max_retries": "many", "tags": "none"}]})

    assert (task.retry_delay, task.max_retries, task.tags) == (None, 0, [])
