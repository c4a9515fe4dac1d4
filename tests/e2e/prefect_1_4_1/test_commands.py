"""The unmodified command line of Prefect Core 1.4.1 against a running server."""

import ast
import hashlib
import json
import re
import time

import pytest

from tests.e2e.prefect_client import graphql, prefect_core, rows
from tests.e2e.server_process import running_server

PROJECT = "Hello from 1.4.1!"
FLOW = ("--name", "My Flow Name", "--project", PROJECT)
NUMBER_FLOW = ("--name", "Adding up", "--project", PROJECT)
RUN_ID = re.compile(r"UUID: ([0-9a-f-]{36})$", re.MULTILINE)


class TestRun:
    def test_run_is_created_by_the_names_of_flow_and_project(self, server, core, flows):
        printed = core.output("run", *FLOW)
        found = RUN_ID.search(printed)
        assert found, printed
        asked = (
            "query($id: UUID!) {flow_run_by_pk(id: $id) {state version parameters flow {id project {name}}}}"
        )
        assert graphql(server.url, asked, id=found[1])["flow_run_by_pk"] == {
            "state": "Scheduled",
            "version": 1,
            "parameters": {"name": "World"},
            "flow": {"id": flows["greeting_ids"][0], "project": {"name": PROJECT}},
        }

    def test_options_are_taken_along(self, core, flows):
        done = core.command(
            *("run", *NUMBER_FLOW, "--param", "number=4", "--context", 'source="terminal"'),
            *("--label", "night", "--run-name", "by command of 1.4.1"),
        )
        assert done.returncode == 0
        assert "Name: by command of 1.4.1" in done.stdout
        assert "Labels: ['night']" in done.stdout
        shown = re.search(r"Parameters: (.*)", done.stdout)
        assert shown
        assert ast.literal_eval(shown[1]) == {"number": 4, "step": 10}
        assert "Context: {'source': 'terminal'}" in done.stdout

    def test_flow_is_run_by_its_id(self, core, flows):
        assert RUN_ID.search(core.output("run", "--id", flows["number_id"], "--param", "number=4"))

    def test_repeated_key_gives_the_first_run(self, core, flows):
        once, twice = (core.output("run", *FLOW, "--idempotency-key", "once", "--quiet") for _ in range(2))
        assert once == twice

    def test_unknown_flow_is_an_error(self, core, flows):
        done = core.command("run", "--name", "Nobody's flow", "--project", PROJECT)
        assert done.returncode == 1
        assert "No results found" in done.stdout

    def test_missing_required_parameter_is_named(self, core, flows):
        done = core.command("run", *NUMBER_FLOW)
        assert done.returncode == 1
        assert "BAD_USER_INPUT" in done.stdout
        assert "number" in done.stdout

    def test_archived_flow_is_refused(self, core, flows):
        done = core.command("run", "--id", flows["archived_id"], "--param", "number=4")
        assert done.returncode == 1
        assert "archived" in done.stdout

    @pytest.mark.parametrize(("last_state", "exit_code"), [("Success", 0), ("Failed", 1)])
    def test_watching_a_run_ends_with_an_exit_code_for_its_last_state(
        self, server, core, flows, last_state, exit_code
    ):
        # Given a run that has ended
        command = ("run", *FLOW, "--idempotency-key", f"ends with {last_state}")
        flow_run_id = core.output(*command, "--quiet").strip()
        for state in ("Running", last_state):
            set_state(server.url, flow_run_id, state)
        # When the same command watches it
        done = core.command(*command, "--watch", "--no-logs")
        # Then it is the same run, and the command ends at once
        assert RUN_ID.findall(done.stdout)[0] == flow_run_id
        assert done.returncode == exit_code


class TestGet:
    def test_flow_runs_come_newest_first(self, core, flows):
        core.output("run", *FLOW, "--run-name", "first of two")
        time.sleep(0.01)
        core.output("run", *FLOW, "--run-name", "second of two")
        listed = rows(core.output("get", "flow-runs", "--limit", "2"))
        assert [line.split("  ")[0] for line in listed] == ["second of two", "first of two"]

    def test_flow_runs_are_filtered_by_flow_and_project(self, core, created):
        chosen = ("--flow", "Adding up", "--project", PROJECT, "--limit", "50")
        listed = core.output("get", "flow-runs", *chosen)
        assert {created["everything"], created["by_group"]} <= {line.split()[-1] for line in rows(listed)}
        assert "My Flow Name" not in listed

    def test_started_flow_runs_have_a_start_time(self, core, calls):
        chosen = ("--started", "--flow", "Adding up", "--project", PROJECT)
        listed = rows(core.output("get", "flow-runs", *chosen))
        assert len(listed) == 1
        assert re.search(r"Success .* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", listed[0])
        assert listed[0].endswith(calls["moved"]["id"])

    def test_flows_show_their_newest_version_only(self, core, flows):
        listed = rows(core.output("get", "flows", "--project", PROJECT))
        shown = [(fields[0], fields[1], fields[3]) for fields in (re.split(r"  +", line) for line in listed)]
        assert shown == [
            ("Adding up", "2", flows["number_id"]),
            ("My Flow Name", "1", flows["greeting_ids"][0]),
        ]

    def test_flows_show_all_versions_on_request(self, core, flows):
        chosen = ("-n", "Adding up", "-p", PROJECT, "--all-versions")
        listed = rows(core.output("get", "flows", *chosen))
        assert [re.split(r"  +", line)[1] for line in listed] == ["2", "1"]

    def test_projects_show_how_many_flows_they_hold(self, core, flows):
        listed = rows(core.output("get", "projects", "--name", PROJECT))
        assert re.fullmatch(re.escape(PROJECT) + r" +2 +.* +made by the client", listed[0])


class TestDescribe:
    def test_flow_is_described_by_its_newest_version(self, core, flows):
        described = json.loads(core.output("describe", "flows", "-n", "Adding up", "-p", PROJECT))
        assert (described["version"], described["archived"]) == (2, False)
        assert described["project"] == {"name": PROJECT}
        assert described["parameters"] == flows["sent"]["parameters"]
        assert described["storage"] == flows["sent"]["storage"]

    def test_flow_run_is_described_with_its_state(self, core, created):
        described = json.loads(core.output("describe", "flow-runs", "-n", "nightly of 1.4.1"))
        assert described["flow"] == {"name": "Adding up"}
        assert described["auto_scheduled"] is False
        assert described["scheduled_start_time"] == "2031-05-17T13:30:00+00:00"
        assert described["serialized_state"]["type"] == "Scheduled"
        assert (described["start_time"], described["end_time"]) == (None, None)

    def test_tasks_of_a_flow_are_described(self, core, flows):
        described = core.output("describe", "tasks", "-n", "Adding up", "-p", PROJECT)
        tasks = json.loads(described)
        assert {task["name"] for task in tasks} == {task["name"] for task in flows["sent"]["tasks"]}
        assert all(task["slug"] and task["type"] and task["mapped"] is False for task in tasks)


class TestRegisterCommand:
    def test_file_is_registered_once_until_it_changes(self, core, flows):
        # Given a file with a flow
        file = core.home / "a_flow.py"
        file.write_text(FLOW_FILE)
        core.output("create", "project", "By command of 1.4.1")
        # When it is registered twice
        command = ("register", "--project", "By command of 1.4.1", "--path", str(file))
        first, again = (core.output(*command) for _ in range(2))
        # Then the second finds nothing to do
        assert "1 registered" in first
        assert "0 registered, 1 skipped" in again


class TestTokens:
    def test_client_is_served_with_the_token_and_refused_without(self, tmp_path):
        digest = hashlib.sha256(b"a token").hexdigest()
        with running_server(tmp_path, AUTH_TOKEN_SHA256=digest) as guarded:
            address = {"PREFECT__BACKEND": "server", "PREFECT__SERVER__ENDPOINT": guarded.url}
            token = {"PREFECT__CLOUD__API_KEY": "a token"}
            served = prefect_core("1.4.1", tmp_path, address | token).command("get", "flows")
            refused = prefect_core("1.4.1", tmp_path, address).command("get", "flows")
        assert served.returncode == 0
        assert served.stdout.startswith("NAME")
        assert refused.returncode == 1


def set_state(url: str, flow_run_id: str, state: str) -> None:
    document = (
        "mutation($input: set_flow_run_states_input!) {set_flow_run_states(input: $input) {states {id}}}"
    )
    change = {"flow_run_id": flow_run_id, "version": None, "state": {"type": state, "message": "by the test"}}
    graphql(url, document, input={"states": [change]})


FLOW_FILE = """
from prefect import Flow, task

@task
def one():
    return 1

with Flow("From a file") as flow:
    one()
"""
