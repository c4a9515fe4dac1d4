"""`flow-runs run`."""

import json

import pytest

from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import (
    FLOW_ID,
    RUN_ID,
    conflict,
    flow_row,
    flow_run,
    history,
    refusal,
    service,
)

FOUND = {"flow": [flow_row()]}
CREATED = {"create_flow_run": {"id": RUN_ID}}
NAMED = ("-n", "My Flow Name", "-p", "Hello, World!")


@pytest.mark.parametrize("spelling", [("run",), ("run", "cloud")])
def test_run_creates_a_run_by_flow_and_project_and_prints_its_id(spelling):
    # Given
    there = service(FOUND, CREATED)

    # When
    result = invoke(there, *spelling, *NAMED)

    # Then
    assert (result.exit_code, result.stdout) == (0, f"Flow Run ID: {RUN_ID}\n")
    assert there.bodies[0]["variables"] == {"name": "My Flow Name", "project": "Hello, World!"}
    assert there.inputs[0]["flow_id"] == FLOW_ID


def test_run_sends_every_option(tmp_path):
    # Given
    file = tmp_path / "parameters.json"
    file.write_text('{"x": 1, "y": [2]}')
    there = service(FOUND, CREATED)

    # When
    result = invoke(
        there,
        *("run", *NAMED, "--params-file", str(file), "--param", "x=5", "--param", "who=Ada"),
        *("--at", "2026-01-31 08:00:00", "--key", "k", "--label", "a", "--label", "b", "--run-name", "mine"),
    )

    # Then
    assert result.exit_code == 0
    assert there.inputs == [
        {
            "flow_id": FLOW_ID,
            "parameters": {"x": 5, "y": [2], "who": "Ada"},
            "labels": ["a", "b"],
            "flow_run_name": "mine",
            "scheduled_start_time": "2026-01-31T08:00:00+00:00",
            "idempotency_key": "k",
        }
    ]


def test_run_with_json_prints_one_document():
    there = service(FOUND, CREATED, {"flow_run_by_pk": flow_run()})

    result = invoke(there, "run", *NAMED, "--json")

    document = json.loads(result.stdout)
    assert (document["id"], document["created"]) == (RUN_ID, "2026-01-31T07:59:59.123456+00:00")
    assert RUN_ID in result.stderr


def test_watch_prints_each_state_and_exits_with_0():
    there = service(FOUND, CREATED, history("Scheduled"), history("Scheduled", "Running", "Success"))

    result = invoke(there, "run", *NAMED, "--watch")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Flow Run ID: {RUN_ID}",
        "Scheduled: is Scheduled",
        "Scheduled -> Running: is Running",
        "Running -> Success: is Success",
    ]


@pytest.mark.parametrize("end", ["Failed", "TimedOut", "Cancelled", "Finished"])
def test_watch_of_a_run_without_success_exits_with_1(end):
    there = service(FOUND, CREATED, history("Scheduled", end))

    assert invoke(there, "run", *NAMED, "--watch").exit_code == 1


def test_watch_with_json_prints_progress_to_stderr():
    there = service(
        FOUND, CREATED, history("Scheduled", "Failed"), {"flow_run_by_pk": flow_run(state="Failed")}
    )

    result = invoke(there, "run", *NAMED, "--watch", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["state"] == "Failed"
    assert "Scheduled -> Failed" in result.stderr


def test_ctrl_c_ends_the_watch_and_prints_that_the_run_goes_on():
    there = service(FOUND, CREATED, history("Scheduled"), KeyboardInterrupt())

    result = invoke(there, "run", *NAMED, "--watch")

    assert result.exit_code == 130
    assert result.stderr == f"Stopped watching; flow run {RUN_ID} goes on.\n"
    assert "Traceback" not in result.output


def test_ctrl_c_before_the_creation_is_one_line():
    result = invoke(service(KeyboardInterrupt()), "run", *NAMED)

    assert (result.exit_code, result.stderr) == (130, "Error: interrupted\n")


def test_run_of_an_unknown_flow_exits_with_3_and_creates_nothing():
    there = service({"flow": []})

    result = invoke(there, "run", *NAMED)

    assert result.exit_code == 3
    assert result.stderr == "Error: There is no flow 'My Flow Name' in project 'Hello, World!'.\n"
    assert len(there.requests) == 1


@pytest.mark.parametrize("response", [conflict(1, 2), refusal("IDEMPOTENCY_KEY_REUSED", "Key reused.")])
def test_run_with_a_conflict_exits_with_4(response):
    assert invoke(service(FOUND, response), "run", *NAMED, "--key", "k").exit_code == 4


@pytest.mark.parametrize(
    "options",
    [
        ("--param", "x"),
        ("--param", "=1"),
        ("--at", "tomorrow"),
        ("--params-file", "no such file"),
        ("--nonsense",),
        ("moon",),
    ],
)
def test_invalid_option_of_run_exits_with_2_and_sends_nothing(options):
    there = service()

    result = invoke(there, "run", *NAMED, *options)

    assert result.exit_code == 2
    assert there.requests == []


def test_run_without_flow_name_exits_with_2():
    result = invoke(service(), "run")

    assert result.exit_code == 2
    assert "--name" in result.stderr


def test_help_of_run_shows_examples_and_exit_codes():
    text = invoke(service(), "run", "--help").stdout

    assert 'flow-runs run -n "My Flow Name" -p "Hello, World!"' in text
    assert "130  interrupted" in text
