import sys
from datetime import UTC, datetime

import pytest

from domain.errors import PayloadTooLarge
from domain.flows.tasks import task_outlines, tasks_of
from domain.ids import member_id

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
    return tasks_of(FLOW, TENANT, CREATED, task_outlines(serialized))


def test_task_is_read_as_core_serializes_it():
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


def test_task_id_has_flow_and_position_after_invalid_entries():
    first, third = tasks({"tasks": [ADD, "no task", {"slug": "add-2"}]})

    assert (first.id, third.id) == (member_id(FLOW, 1), member_id(FLOW, 3))
    assert (first.number, third.number) == (1, 3)
    assert [task.id for task in tasks({"tasks": [ADD]})] == [first.id]


def test_flow_with_more_tasks_than_max_number_is_refused():
    with pytest.raises(PayloadTooLarge, match="65,535 tasks, not 65,536"):
        task_outlines({"tasks": [ADD] * 65_536})


def test_task_is_mapped_if_an_edge_into_it_is():
    edge = {"upstream_task": {"slug": "list"}, "downstream_task": {"slug": "add-1"}, "mapped": True}

    (task,) = tasks({"tasks": [ADD], "edges": [edge]})

    assert task.mapped


@pytest.mark.parametrize(
    "serialized",
    [{}, {"tasks": None}, {"tasks": ["x", {"name": "no slug"}, {"slug": 1}, {"slug": "x", "trigger": "y"}]}],
)
def test_entry_that_is_no_task_is_skipped(serialized):
    assert tasks(serialized) == []


@pytest.mark.parametrize("delay", [None, True, "60", 1e300, float("nan")])
def test_unusable_delay_is_read_as_none(delay):
    (task,) = tasks({"tasks": [{"slug": "x", "retry_delay": delay, "max_retries": "many", "tags": "none"}]})

    assert (task.retry_delay, task.max_retries, task.tags) == (None, 0, [])


def test_small_task_takes_few_calls():
    task = {"slug": "task-1", "name": "task", "type": "Task"}
    calls = 0

    def profile(_frame, event, _argument):
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        task_outlines({"tasks": [task] * 1_000})
    finally:
        sys.setprofile(None)
    assert calls < 15 * 1_000
