"""The unmodified command line of Prefect Core 0.8.1 against a running server."""

import ast
import hashlib
import re
import time

from tests.e2e.prefect_client import graphql, prefect_core, rows
from tests.e2e.server_process import running_server

PROJECT = "Hello, World!"
RUN_ID = re.compile(r"^Flow Run ID: ([0-9a-f-]{36})$", re.MULTILINE)


class TestRunCloud:
    def test_run_is_created_by_the_names_of_flow_and_project(self, server, core, flows):
        printed = core.output("run", "cloud", "-n", "My Flow Name", "-p", PROJECT)
        found = RUN_ID.search(printed)
        assert found, printed
        asked = (
            "query($id: UUID!) {flow_run_by_pk(id: $id) {state version parameters flow {id project {name}}}}"
        )
        assert graphql(server.url, asked, id=found[1])["flow_run_by_pk"] == {
            "state": "Scheduled",
            "version": 1,
            "parameters": {"name": "World"},
            "flow": {"id": flows["greeting_id"], "project": {"name": PROJECT}},
        }

    def test_parameters_and_name_are_taken_along(self, core, flows):
        done = core.command(
            *("run", "cloud", "-n", "Adding up", "-p", PROJECT, "-v", "2"),
            *("-ps", '{"number": 4}', "-rn", "by command of 0.8.1"),
        )
        assert RUN_ID.search(done.stdout), done.stdout
        described = core.output("describe", "flow-runs", "-n", "by command of 0.8.1", "-fn", "Adding up")
        assert ast.literal_eval(described)["parameters"] == {"number": 4, "step": 10}

    def test_unknown_flow_is_not_found(self, core, flows):
        done = core.command("run", "cloud", "-n", "Nobody's flow", "-p", PROJECT)
        assert done.stdout.strip() == "Nobody's flow not found"

    def test_flow_of_another_project_is_not_found(self, core, flows):
        done = core.command("run", "cloud", "-n", "My Flow Name", "-p", "Project of 0.8.1")
        assert done.stdout.strip() == "My Flow Name not found"

    def test_missing_required_parameter_is_named(self, core, flows):
        done = core.command("run", "cloud", "-n", "Adding up", "-p", PROJECT)
        assert done.returncode == 1
        assert "BAD_USER_INPUT" in done.stdout
        assert "number" in done.stdout.splitlines()[-1]

    def test_archived_version_is_refused(self, core, flows):
        done = core.command(
            "run", "cloud", "-n", "Adding up", "-p", PROJECT, "-v", "1", "-ps", '{"number": 4}'
        )
        assert done.returncode == 1
        assert flows["archived_id"] in done.stdout.splitlines()[-1]

    def test_watching_prints_the_states_until_the_run_succeeds(self, server, core, flows):
        # Given a command that watches its new run
        with core.start_command("run", "cloud", "-n", "My Flow Name", "-p", PROJECT, "--watch") as watching:
            try:
                found = RUN_ID.search(watching.stdout.readline())
                assert found
                # When the run goes through its states
                for version, state in enumerate(["Submitted", "Running", "Success"], start=1):
                    set_state(server.url, found[1], version, state)
                watching.wait(timeout=30)
                # Not by communicate, which loses what came together with the first line.
                output = watching.stdout.read()
            finally:
                watching.kill()
        # Then the command prints each and ends
        assert output.strip() == "Scheduled -> Submitted -> Running -> Success"
        assert watching.returncode == 0


class TestGet:
    def test_flow_runs_come_newest_first(self, core, calls):
        core.output("run", "cloud", "-n", "My Flow Name", "-p", PROJECT, "-rn", "first of two")
        time.sleep(0.01)
        core.output("run", "cloud", "-n", "My Flow Name", "-p", PROJECT, "-rn", "second of two")
        listed = rows(core.output("get", "flow-runs", "--limit", "2"))
        assert [line.split("  ")[0] for line in listed] == ["second of two", "first of two"]

    def test_flow_runs_are_filtered_by_flow_and_project(self, core, created):
        chosen = ("--flow", "Adding up", "--project", "Project of 0.8.1")
        listed = core.output("get", "flow-runs", *chosen)
        assert len(rows(listed)) == 1
        assert re.search(r"Adding up +Scheduled", listed)

    def test_started_flow_runs_have_a_start_time_and_a_duration(self, core, calls):
        chosen = ("--started", "--flow", "Adding up", "--project", PROJECT)
        listed = rows(core.output("get", "flow-runs", *chosen))
        assert len(listed) == 1
        start_and_duration = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\d\d:\d\d:\d\d"
        assert re.search(rf"Adding up +Success .* {start_and_duration}", listed[0])

    def test_flows_show_their_newest_version_only(self, core, flows):
        listed = rows(core.output("get", "flows", "--project", PROJECT))
        shown = [tuple(re.split(r"  +", line)[:3]) for line in listed]
        assert ("Adding up", "2", PROJECT) in shown
        assert [name for name, *_ in shown] == sorted({name for name, *_ in shown})

    def test_flows_show_all_versions_on_request(self, core, flows):
        listed = rows(core.output("get", "flows", "-n", "Adding up", "-p", PROJECT, "--all-versions"))
        assert [re.split(r"  +", line)[1] for line in listed] == ["2", "1"]

    def test_tasks_are_listed_with_their_flow(self, core, flows):
        listed = rows(
            core.output("get", "tasks", "--flow-name", "Adding up", "--project", PROJECT, "-fv", "2")
        )
        shown = {tuple(re.split(r"  +", line)[:3]) for line in listed}
        assert ("add", "Adding up", "2") in shown

    def test_projects_show_how_many_flows_they_hold(self, core, flows):
        listed = rows(core.output("get", "projects"))
        shown = {fields[0]: (fields[1], fields[3:]) for fields in (re.split(r"  +", line) for line in listed)}
        assert shown["Project of 0.8.1"] == ("1", ["made by the client"])
        assert int(shown[PROJECT][0]) >= 2  # two names, three versions; another test may have added its own

    def test_projects_are_filtered_by_name(self, core, flows):
        listed = rows(core.output("get", "projects", "--name", "Project of 0.8.1"))
        assert [re.split(r"  +", line)[0] for line in listed] == ["Project of 0.8.1"]


class TestDescribe:
    def test_flow_is_described_by_its_newest_version(self, core, flows):
        described = ast.literal_eval(core.output("describe", "flows", "-n", "Adding up", "-p", PROJECT))
        assert described["version"] == 2
        assert described["project"] == {"name": PROJECT}
        assert described["archived"] is False
        assert described["parameters"] == flows["sent"]["parameters"]
        assert described["storage"] == flows["sent"]["storage"]
        assert described["environment"] == flows["sent"]["environment"]

    def test_flow_run_is_described_with_its_state(self, core, created):
        described = ast.literal_eval(core.output("describe", "flow-runs", "-n", "nightly of 0.8.1"))
        assert described["flow"] == {"name": "Adding up"}
        assert described["auto_scheduled"] is False
        assert described["scheduled_start_time"] == "2031-05-17T13:30:00+00:00"
        assert described["serialized_state"]["type"] == "Scheduled"
        assert (described["start_time"], described["end_time"], described["duration"]) == (None, None, None)

    def test_tasks_of_a_flow_are_described(self, core, flows):
        described = core.output("describe", "tasks", "-n", "Adding up", "-p", PROJECT)
        tasks = [ast.literal_eval(line) for line in described.splitlines() if line]
        assert {task["name"] for task in tasks} == {task["name"] for task in flows["sent"]["tasks"]}
        assert all(task["slug"] and task["type"] and task["mapped"] is False for task in tasks)

    def test_unknown_flow_run_is_not_found(self, core, flows):
        done = core.command("describe", "flow-runs", "-n", "nobody's run")
        assert done.stdout.strip() == "nobody's run not found"


class TestCreateProject:
    def test_project_is_created_with_its_description(self, core):
        created = core.output("create", "project", "By command of 0.8.1", "--description", "from a terminal")
        assert created.strip() == "By command of 0.8.1 created"
        listed = rows(core.output("get", "projects", "--name", "By command of 0.8.1"))
        assert re.fullmatch(r"By command of 0.8.1 +0 +.* +from a terminal", listed[0])


class TestTokens:
    def test_client_is_served_with_the_token_and_refused_without(self, tmp_path):
        digest = hashlib.sha256(b"a token").hexdigest()
        with running_server(tmp_path, AUTH_TOKEN_SHA256=digest) as guarded:
            address = {"PREFECT__CLOUD__API": guarded.url}
            token = {"PREFECT__CLOUD__AUTH_TOKEN": "a token"}
            served = prefect_core("0.8.1", tmp_path, address | token).command("get", "flows")
            refused = prefect_core("0.8.1", tmp_path, address).command("get", "flows")
        assert served.returncode == 0
        assert served.stdout.startswith("NAME")
        assert refused.returncode == 1


def set_state(url: str, flow_run_id: str, version: int, state: str) -> None:
    document = "mutation($input: setFlowRunStatesInput!) {setFlowRunStates(input: $input) {states {id}}}"
    change = {
        "flowRunId": flow_run_id,
        "version": version,
        "state": {"type": state, "message": "by the test"},
    }
    graphql(url, document, input={"states": [change]})
