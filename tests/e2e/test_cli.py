"""The command line, in a process of its own, against the real server."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from flow_runs import Client

SOURCES = Path(__file__).parents[2] / "src"
FORKED = Path(__file__).with_name("forked_commands.py")


@pytest.fixture(scope="module")
def environment(server):
    return {**os.environ, "PYTHONPATH": str(SOURCES), "FLOW_RUNS_URL": server.url}


@pytest.fixture(scope="module")
def commands(environment):
    """Return the process that executes commands, because each would import for half a second."""
    process = subprocess.Popen(
        [sys.executable, str(FORKED), "flow-runs", "flow_runs.cli", "main", "flow_runs.cli.app"],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    yield process
    process.communicate()


@pytest.fixture
def flow_runs(commands, tmp_path):
    """Return a function that runs `flow-runs` and returns the finished process."""
    output, errors = tmp_path / "output of a command", tmp_path / "errors of a command"

    def run(*arguments):
        commands.stdin.write(f"{json.dumps([arguments, str(output), str(errors)])}\n")
        commands.stdin.flush()
        code = int(commands.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())

    return run


@pytest.fixture
def project(flow_runs, tmp_path):
    """Return the name of a new project with one flow, both made by the command line."""
    name = f"Hello, World! {uuid.uuid4().hex[:8]}"
    assert flow_runs("create-project", name).returncode == 0
    file = tmp_path / "flow.json"
    file.write_text('{"name": "My Flow Name"}')
    assert flow_runs("register", str(file), "--project", name).returncode == 0
    return name


def created(process):
    assert process.returncode == 0, process.stderr
    return process.stdout.removeprefix("Flow Run ID: ").strip()


def test_run_is_created_changed_and_shown(flow_runs, project):
    # Given
    run_id = created(flow_runs("run", "cloud", "-n", "My Flow Name", "-p", project, "--param", "x=1"))

    # When
    changed = flow_runs("set-state", run_id, "Success", "--version", "1", "--message", "It worked!")

    # Then
    assert (changed.returncode, changed.stdout) == (0, "Success (version 2)\n")
    shown = json.loads(flow_runs("get", run_id, "--json").stdout)
    assert (shown["state"], shown["state_message"], shown["version"]) == ("Success", "It worked!", 2)
    assert shown["parameters"] == {"x": 1}
    assert run_id in flow_runs("get", run_id).stdout


def test_key_prints_the_first_run_and_other_parameters_exit_with_4(flow_runs, project):
    run = ("run", "-n", "My Flow Name", "-p", project, "--key", "k")
    first = created(flow_runs(*run, "--param", "x=1"))

    assert created(flow_runs(*run, "--param", "x=1")) == first
    conflict = flow_runs(*run, "--param", "x=2")
    assert conflict.returncode == 4
    assert first in conflict.stderr


def test_stale_version_exits_with_4(flow_runs, project):
    run_id = created(flow_runs("run", "-n", "My Flow Name", "-p", project))

    assert flow_runs("set-state", run_id, "Running", "--version", "1").returncode == 0
    assert flow_runs("set-state", run_id, "Running", "--version", "1").returncode == 4


def test_runs_of_a_project_are_listed(flow_runs, project):
    run_id = created(flow_runs("run", "-n", "My Flow Name", "-p", project))

    listed = json.loads(flow_runs("list", "--project", project, "--json").stdout)
    assert [run["id"] for run in listed] == [run_id]
    assert run_id in flow_runs("list", "--flow", "My Flow Name", "--state", "Scheduled").stdout


def test_all_runs_of_a_project_are_listed_by_filters(flow_runs, server, project):
    # Given more runs than a page has
    with Client(server.url) as client:
        flow_id = client.find_flow("My Flow Name", project).id
        ids = [client.create_flow_run(flow_id, labels=["cli"]) for _ in range(103)][::-1]

    # When / Then
    listing = ("list", "--project", project, "--label", "cli", "--since", "1h", "--all")
    assert [run["id"] for run in json.loads(flow_runs(*listing, "--json").stdout)] == ids
    lines = flow_runs(*listing).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["ID", *ids]
    assert json.loads(flow_runs(*listing, "--until", "30m", "--json").stdout) == []


def test_many_runs_are_previewed_cancelled_set_and_deleted_by_a_filter(flow_runs, server, project):
    # Given more runs than a portion has
    with Client(server.url) as client:
        flow_id = client.find_flow("My Flow Name", project).id
        ids = [client.create_flow_run(flow_id, labels=["many"]) for _ in range(103)]
        client.set_flow_run_state(ids[0], 1, "Success")
        running = client.create_flow_run(flow_id, labels=["many"])
        client.set_flow_run_state(running, 1, "Running")
    chosen = ("--project", project, "--label", "many", "--since", "1h")

    # When / Then
    told = json.loads(flow_runs("cancel", *chosen, "--dry-run", "--json").stdout)
    assert (told["matched"], told["changed"], told["skipped"]) == (104, 103, {"ended": 1})
    assert flow_runs("cancel", *chosen).returncode == 2
    assert json.loads(flow_runs("list", *chosen, "--state", "Cancelled", "--json").stdout) == []

    cancelled = flow_runs("cancel", *chosen, "--yes", "--message", "Not today.")
    assert (cancelled.returncode, cancelled.stdout) == (0, "103 runs cancelled; 1 have ended.\n")
    changed = flow_runs("set-states", "Failed", *chosen, "--state", "Cancelled", "--yes", "--json")
    assert json.loads(changed.stdout)["changed"] == 102
    deleted = flow_runs("delete", *chosen, "--yes")
    assert (deleted.returncode, deleted.stdout) == (
        0,
        "103 runs deleted; 1 have begun and not ended (--live).\n",
    )
    listed = json.loads(flow_runs("list", *chosen, "--all", "--json").stdout)
    assert [(run["id"], run["state"]) for run in listed] == [(running, "Cancelling")]


def test_closed_pipe_ends_a_list_without_a_traceback(environment, server, project):
    # Given
    with Client(server.url) as client:
        flow_id = client.find_flow("My Flow Name", project).id
        for _ in range(103):
            client.create_flow_run(flow_id)

    # When
    listing = subprocess.Popen(
        [sys.executable, "-m", "flow_runs", "list", "--all"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert listing.stdout is not None
    assert listing.stderr is not None
    assert listing.stdout.readline().startswith("ID\t")
    listing.stdout.close()

    # Then
    assert listing.stderr.read() == ""
    listing.stderr.close()
    assert listing.wait(timeout=30) in (0, 1)


def test_flows_and_projects_are_listed(flow_runs, project):
    (flow,) = json.loads(flow_runs("flows", "--project", project, "--json").stdout)
    assert (flow["name"], flow["version"], flow["project_name"]) == ("My Flow Name", 1, project)
    assert flow["id"] in flow_runs("flows", "--name", "My Flow Name").stdout

    counts = {
        project["name"]: project["flows"] for project in json.loads(flow_runs("projects", "--json").stdout)
    }
    assert counts[project] == 1
    assert project in flow_runs("projects").stdout


@pytest.mark.parametrize(("end", "code"), [("Success", 0), ("Failed", 1)])
def test_watch_follows_the_run_to_its_end(environment, server, project, end, code):
    # Given
    watching = start_watching(environment, project)
    run_id = watching.stdout.readline().removeprefix("Flow Run ID: ").strip()
    assert watching.stdout.readline().startswith("Scheduled")

    # When
    with Client(server.url) as client:
        client.set_flow_run_state(run_id, 1, "Running")
        client.set_flow_run_state(run_id, 2, end)

    # Then
    output, errors = watching.communicate(timeout=30)
    assert output.splitlines() == ["Scheduled -> Running", f"Running -> {end}"]
    assert (watching.returncode, errors) == (code, "")


def test_ctrl_c_ends_the_watch_but_not_the_run(environment, server, project):
    # Given
    watching = start_watching(environment, project)
    run_id = watching.stdout.readline().removeprefix("Flow Run ID: ").strip()
    assert watching.stdout.readline().startswith("Scheduled")
    time.sleep(0.2)

    # When
    watching.send_signal(signal.SIGINT)

    # Then
    _, errors = watching.communicate(timeout=30)
    assert (watching.returncode, errors) == (130, f"Stopped watching; flow run {run_id} goes on.\n")
    with Client(server.url) as client:
        assert client.get_flow_run_state(run_id).type == "Scheduled"


def start_watching(environment, project):
    return subprocess.Popen(
        [sys.executable, "-m", "flow_runs", "run", "-n", "My Flow Name", "-p", project, "--watch"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("get", "00000000-0000-4000-8000-000000000000"), 3),
        (("get", "no uuid"), 2),
        (("cancel", "00000000-0000-4000-8000-000000000000"), 3),
        (("run", "-n", "No such flow"), 3),
        (("--url", "http://127.0.0.1:1", "list"), 5),
    ],
)
def test_failure_is_one_line_and_an_exit_code(flow_runs, arguments, code):
    failed = flow_runs(*arguments)

    assert (failed.returncode, failed.stdout) == (code, "")
    assert failed.stderr.startswith("Error: ")
    assert failed.stderr.count("\n") == 1


def test_log_is_followed_until_its_run_has_ended(environment, flow_runs, server, project):
    # Given
    write = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }"

    def say(run_id, *messages):
        logs = [{"flow_run_id": run_id, "message": message, "level": "WARNING"} for message in messages]
        client.graphql(write, {"input": {"logs": logs}})

    with Client(server.url) as client:
        run_id = client.create_flow_run(client.find_flow("My Flow Name", project).id)
        say(run_id, "first")
        following = subprocess.Popen(
            [sys.executable, "-m", "flow_runs", "logs", run_id, "--follow"],
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert following.stdout is not None
            assert following.stdout.readline().endswith("\tWARNING\t\tfirst\n")

            # When the last entries of a process arrive after its last state
            say(run_id, "second")
            assert following.stdout.readline().endswith("\tsecond\n")
            client.set_flow_run_state(run_id, 1, "Success")
            say(run_id, "last\nof all")
            rest, errors = following.communicate(timeout=60)
        finally:
            following.kill()

    # Then
    assert (rest.splitlines()[0].split("\t")[3], errors, following.returncode) == ("last of all", "", 0)
    listed = json.loads(flow_runs("logs", run_id, "--json").stdout)
    assert [entry["message"] for entry in listed] == ["first", "second", "last\nof all"]


def test_schedule_is_set_paused_triggered_and_shown(flow_runs, project):
    flow = ("My Flow Name", "-p", project)

    def lines(*arguments):
        done = flow_runs("schedule", *arguments)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    facts = dict(lines("set", *flow, "--cron", "0 9 * * *", "--overlap", "skip", "--active"))
    assert (facts["state"], facts["overlap"]) == ("active", "skip")
    assert facts["next run"]
    assert lines("pause", *flow, "--note", "Why.", "--until", "2h")
    assert dict(lines("show", *flow))["note"] == "Why."
    assert len(lines("preview", *flow, "--limit", "3")) == 4
    assert lines("resume", *flow) == [["Resumed."]]
    assert [line[2] for line in lines("list", "-p", project)] == ["STATE", "active"]
    (triggered,) = lines("trigger", *flow)
    run_id = triggered[0].removeprefix("Flow Run ID: ")
    assert json.loads(flow_runs("get", run_id, "--json").stdout)["context"] == {
        "triggered_schedule": {"clock": 0}
    }
    assert lines("skipped", *flow)[0][0] == "TIME"
