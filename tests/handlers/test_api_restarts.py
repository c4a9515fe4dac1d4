"""Restarts through the API, and the question by which Prefect's user interface prepares its own."""

import pytest

from tests.handlers.service import both_dialects, code

FLOW = {
    "name": "Flow",
    "tasks": [{"slug": slug} for slug in ("a", "b", "c", "d")],
    "edges": [
        {"upstream_task": {"slug": up}, "downstream_task": {"slug": down}} for up, down in ("ab", "bc", "ac")
    ],
}
# In the shape of Prefect's user interface.
DOWNSTREAM = """query Downstream($flowRunId: uuid, $taskIds: _uuid) {
    utility_downstream_tasks(args: {start_task_ids: $taskIds}) {
        task_id depth
        task {id slug task_runs(where: {flow_run_id: {_eq: $flowRunId}}) {id map_index version}}}}"""


@pytest.fixture
def run(service):
    """A failed run: its second task has failed, and the third one depends on it."""
    flow_id = service.flow(FLOW)
    run_id = service.run(flow_id)
    service.set_state(run_id, {"type": "Running"})
    for number, state in ((1, "Success"), (2, "Failed"), (3, "TriggerFailed")):
        set_task(service, run_id, number, state)
    service.set_state(run_id, {"type": "Failed"})
    return {"id": run_id, "flow_id": flow_id}


def set_task(service, run_id, number, kind):
    document = """mutation($id: UUID!, $state: JSON!) {
        set_task_run_states(input: {states: [{task_run_id: $id, state: $state}]}) {states {id}}}"""
    service.data(document, {"id": f"{run_id[:-4]}{number:04x}", "state": {"type": kind}})


def task_states(service, run_id):
    document = "query($id: UUID!) {flow_run_by_pk(id: $id) {task_runs {state task {slug}}}}"
    found = service.data(document, {"id": run_id})["flow_run_by_pk"]["task_runs"]
    return {task_run["task"]["slug"]: task_run["state"] for task_run in found}


@both_dialects
def test_failed_run_is_restarted_once_for_a_key(service, run, dialect):
    given = {"flow_run_id": run["id"], "idempotency_key": "k", "version": 3}
    selection = "id state version left flow_run { id state version state_message }"

    payloads = [service.mutate(dialect, "restart_flow_run", given, selection) for _ in range(2)]

    assert payloads[0] == payloads[1]
    message = "Restarted: what succeeded stays."
    flow_run = {"id": run["id"], "state": "Scheduled", "version": 4, "state_message": message}
    expected = {"id": run["id"], "state": "Scheduled", "version": 4, "left": False, "flow_run": flow_run}
    assert payloads[0] == expected
    assert task_states(service, run["id"]) == {"a": "Success", "b": "Pending", "c": "Pending", "d": "Pending"}


@both_dialects
def test_restart_is_refused_with_another_version_and_of_a_run_that_is_not_over(service, run, dialect):
    given = {"flow_run_id": run["id"], "version": 2}
    assert code(service.refuse(dialect, "restart_flow_run", given)) == "VERSION_LOCKING_ERROR"
    service.set_state(run["id"], {"type": "Running"})

    error = service.refuse(dialect, "restart_flow_run", {"flow_run_id": run["id"]})

    assert code(error) == "BAD_USER_INPUT"
    assert error["extensions"]["current_state"] == "Running"


def slugs(service, run, *starts, more=""):
    ids = ",".join(f"{run['flow_id'][:-4]}{number:04x}" for number in starts)
    document = f"""query($ids: _uuid) {{
        utility_downstream_tasks(args: {{start_task_ids: $ids}}{more}) {{depth task {{slug}}}}}}"""
    found = service.data(document, {"ids": f"{{{ids}}}"})["utility_downstream_tasks"]
    return [(each["task"]["slug"], each["depth"]) for each in found]


def test_downstream_tasks_are_found_with_the_runs_of_a_flow_run(service, run):
    starts = f"{{{run['flow_id'][:-4]}0002}}"

    found = service.data(DOWNSTREAM, {"flowRunId": run["id"], "taskIds": starts})["utility_downstream_tasks"]

    assert [(each["task"]["slug"], each["depth"]) for each in found] == [("b", 0), ("c", 1)]
    assert [each["task_id"] for each in found] == [each["task"]["id"] for each in found]
    assert [each["task"]["task_runs"] for each in found] == [
        [{"id": f"{run['id'][:-4]}{number:04x}", "map_index": -1, "version": 2}] for number in (2, 3)
    ]


def test_downstream_tasks_are_filtered_sorted_and_cut_as_other_lists(service, run):
    assert slugs(service, run, 1) == [("a", 0), ("b", 1), ("c", 2)]
    assert slugs(service, run, 1, 4) == [("a", 0), ("d", 0), ("b", 1), ("c", 2)]
    assert slugs(service, run, 1, more=', where: {task: {slug: {_neq: "b"}}}') == [("a", 0), ("c", 2)]
    assert slugs(service, run, 1, more=", where: {depth: {_gt: 1}}") == [("c", 2)]
    assert slugs(service, run, 1, more=", order_by: {depth: desc}, limit: 1") == [("c", 2)]
    assert slugs(service, run) == []


def test_downstream_tasks_up_to_a_depth(service, run):
    document = """query($ids: _uuid) {utility_downstream_tasks(
        args: {start_task_ids: $ids, depth_limit: 1}) {depth task {slug}}}"""
    found = service.data(document, {"ids": [f"{run['flow_id'][:-4]}0001"]})["utility_downstream_tasks"]
    assert [(each["task"]["slug"], each["depth"]) for each in found] == [("a", 0), ("b", 1), ("c", 1)]


@pytest.mark.parametrize("ids", ["", "{undefined}", "{,}", "x", 1, {}, [1], ["x"], "{" * 5_000 + "}"])
def test_odd_arrays_of_ids_are_refused(service, ids):
    document = "query($ids: _uuid) {utility_downstream_tasks(args: {start_task_ids: $ids}) {depth}}"
    (error,) = service.send(document, {"ids": ids})["errors"]
    assert code(error) == "BAD_USER_INPUT"


@pytest.mark.parametrize("depth", [-1, 10_001])
def test_odd_depths_are_refused(service, depth):
    document = f"{{utility_downstream_tasks(args: {{depth_limit: {depth}}}) {{depth}}}}"
    (error,) = service.send(document)["errors"]
    assert "depth_limit" in error["message"]


def test_tasks_that_are_not_there_have_none_downstream(service):
    document = """{utility_downstream_tasks(
        args: {start_task_ids: "{2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10}"}) {depth}}"""
    assert service.data(document) == {"utility_downstream_tasks": []}
