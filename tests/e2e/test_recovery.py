"""Recovery in the local server, which reschedules and ends abandoned runs."""

import time

import pytest

from tests.e2e import plain_http
from tests.e2e.server_process import needs_dynoxide, running_server

QUICK = {"RECOVERY_INTERVAL": "1", "HEARTBEAT_TIMEOUT": "2", "RESCHEDULE_AFTER": "3", "MAX_RESCHEDULES": "1"}
FLOW = {"name": "Flow", "tasks": [{"slug": "one-1", "max_retries": 0}]}
SECONDS = 30


class Client:
    def __init__(self, url):
        self.url = url

    def ask(self, query, **variables):
        response = plain_http.post(self.url, json={"query": query, "variables": variables}, timeout=10).json()
        assert "errors" not in response, response
        return response["data"]

    def mutate(self, name, selection, /, **given):
        query = f"mutation($input: {name}_input!) {{ {name}(input: $input) {{ {selection} }} }}"
        return self.ask(query, input=given)[name]

    def set_state(self, flow_run_id, state):
        self.mutate("set_flow_run_state", "id", flow_run_id=flow_run_id, state={"type": state})

    def run(self, flow_run_id):
        query = "query($id: UUID!) { flow_run_by_pk(id: $id) { state times_resurrected states { state } } }"
        return self.ask(query, id=flow_run_id)["flow_run_by_pk"]

    def wait_for(self, flow_run_id, state):
        deadline = time.monotonic() + SECONDS
        while (run := self.run(flow_run_id))["state"] != state:
            assert time.monotonic() < deadline, run
            time.sleep(0.1)
        return run


@pytest.fixture(params=[pytest.param("dynoxide", marks=needs_dynoxide), "memory"])
def server(request, tmp_path):
    with running_server(tmp_path, STORE=request.param, **QUICK) as server:
        yield server


def test_abandoned_run_is_rescheduled_once_and_then_fails(server):
    # Given a run with a Running task run
    client = Client(server.url)
    project = client.mutate("create_project", "id", name="Project")["id"]
    flow = client.mutate("create_flow", "id", project_id=project, serialized_flow=FLOW)["id"]
    run_id = client.mutate("create_flow_run", "id", flow_id=flow)["id"]
    client.set_state(run_id, "Running")
    (task,) = client.ask("query($id: UUID!) { task(where: {flow_id: {_eq: $id}}) { id } }", id=flow)["task"]
    info = client.mutate("get_or_create_task_run_info", "id", flow_run_id=run_id, task_id=task["id"])
    client.mutate(
        "set_task_run_states",
        "states { id }",
        states=[{"task_run_id": info["id"], "state": {"type": "Running"}}],
    )
    # When its process is gone, and the next process is gone as well
    assert client.wait_for(run_id, "Scheduled")["times_resurrected"] == 1
    client.set_state(run_id, "Submitted")
    client.set_state(run_id, "Running")
    ended = client.wait_for(run_id, "Failed")
    # Then
    found = client.ask("query($id: UUID!) { task_run_by_pk(id: $id) { state } }", id=info["id"])
    assert found["task_run_by_pk"]["state"] == "Failed"
    assert sorted(entry["state"] for entry in ended["states"]) == sorted(
        ["Scheduled", "Running", "Scheduled", "Submitted", "Running", "Failed"]
    )
    assert server.end() == 0
    assert server.stderr == ""


def test_slot_of_a_running_task_run_is_freed_after_its_flow_run_ended(server):
    # Given a task run that is Running with a limited tag, one after the other
    client = Client(server.url)
    project = client.mutate("create_project", "id", name="Project")["id"]
    flow = client.mutate("create_flow", "id", project_id=project, serialized_flow=FLOW)["id"]
    (task,) = client.ask("query($id: UUID!) { task(where: {flow_id: {_eq: $id}}) { id } }", id=flow)["task"]
    client.mutate("update_task_tag_limit", "id", tag="db", limit=1)
    for end in ("Failed", "TimedOut", "Success"):
        run_id = client.mutate("create_flow_run", "id", flow_id=flow)["id"]
        client.set_state(run_id, "Running")
        info = client.mutate("get_or_create_task_run_info", "id", flow_run_id=run_id, task_id=task["id"])
        state = {"type": "Running", "context": {"tags": ["db"]}}
        states = [{"task_run_id": info["id"], "state": state}]
        assert client.mutate("set_task_run_states", "states { status }", states=states)["states"] == [
            {"status": "SUCCESS"}
        ]
        # When another client ends the flow run, and the process is gone
        client.set_state(run_id, end)
        # Then
        deadline = time.monotonic() + SECONDS
        while client.ask("{ task_tag_limit { used } }")["task_tag_limit"] != [{"used": 0}]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        found = client.ask("query($id: UUID!) { task_run_by_pk(id: $id) { state } }", id=info["id"])
        assert found["task_run_by_pk"]["state"] == "Failed"
    assert server.end() == 0
    assert server.stderr == ""
