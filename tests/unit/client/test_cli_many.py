"""`flow-runs cancel`, `delete` and `set-states` of the runs that options choose."""

import json

import pytest

from flow_runs.cli import many
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import RUN_ID, refusal, service
from tests.unit.client.test_bulk_calls import AS_OF, portion

COMMANDS = {
    "cancel": ("cancel_flow_runs", "cancelled"),
    "delete": ("delete_flow_runs", "deleted"),
    "set-states Failed": ("set_state_of_flow_runs", "set Failed"),
}
each_command = pytest.mark.parametrize(
    ("command", "name", "word"), [(command, *more) for command, more in COMMANDS.items()], ids=COMMANDS
)


def told(name, **more):
    known = {"matched": 12, "changed": 10, "read_units": 30, "write_units": 31}
    return portion(name, **known, skipped=[{"reason": "ended", "count": 2}], **more)


@pytest.fixture
def asks(monkeypatch):
    """Let the command believe that somebody can be asked."""
    monkeypatch.setattr(many, "is_asked", lambda: True)


@each_command
def test_runs_are_counted_and_then_changed_as_of_that_time(command, name, word):
    there = service(told(name), portion(name, matched=12, changed=10))

    result = invoke(there, *command.split(), "--flow", "Nightly", "--yes")

    assert (result.exit_code, result.stdout) == (0, f"10 runs {word}.\n")
    assert result.stderr == (
        f"12 runs match: 10 would be {word}; 2 have ended.\nAbout 30 read units and 31 write units.\n"
    )
    assert [each["dry_run"] for each in there.inputs] == [True, False]
    assert there.inputs[1]["as_of"] == AS_OF
    assert there.inputs[1]["where"] == {"flow": {"name": {"_eq": "Nightly"}}}


@each_command
def test_dry_run_is_all_that_is_sent(command, name, word):
    result = invoke(service(told(name, continuation="a")), *command.split(), "--all", "--dry-run")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"At least 12 runs match: 10 would be {word}; 2 have ended.\n"
        "At least 30 read units and 31 write units.\n"
    )


def test_dry_run_as_json():
    result = invoke(service(told("cancel_flow_runs")), "cancel", "--all", "--dry-run", "--json")

    shown = json.loads(result.stdout)
    assert (shown["matched"], shown["changed"], shown["skipped"]) == (12, 10, {"ended": 2})


@pytest.mark.parametrize(("answer", "requests"), [("y\n", 2), ("n\n", 1), ("\n", 1)])
@pytest.mark.usefixtures("asks")
def test_somebody_is_asked_before(answer, requests):
    there = service(told("delete_flow_runs"), portion("delete_flow_runs", changed=10))

    result = invoke(there, "delete", "--state", "Failed", stdin=answer)

    assert len(there.requests) == requests
    assert "Go on? [y/N]" in result.stderr
    assert ("10 runs deleted." in result.stdout) == (requests == 2)
    assert result.exit_code == 0


def test_nobody_can_be_asked_in_a_pipe():
    there = service(told("delete_flow_runs"))

    result = invoke(there, "delete", "--state", "Failed")

    assert (result.exit_code, len(there.requests)) == (2, 1)
    assert "--yes" in result.stderr


def test_nothing_is_asked_if_no_run_would_be_changed():
    result = invoke(service(portion("cancel_flow_runs", matched=0)), "cancel", "--state", "Failed")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("0 runs match: 0 would be cancelled.")


def test_all_filters_are_sent():
    there = service(portion("cancel_flow_runs"))
    where = '{"version": {"_gte": 3}}'

    invoke(
        there,
        *("cancel", "--flow", "F", "--project", "P", "--state", "Running", "--label", "a", "--label", "b"),
        *("--name", "N", "--since", "2026-01-31 08:00:00", "--until", "2026-02-01", "--where", where),
        "--dry-run",
    )

    assert there.inputs[0]["where"] == {
        "_and": [
            {
                "name": {"_eq": "N"},
                "state": {"_eq": "Running"},
                "flow": {"name": {"_eq": "F"}, "project": {"name": {"_eq": "P"}}},
                "labels": {"_contains": ["a", "b"]},
                "created": {"_gte": "2026-01-31T08:00:00+00:00", "_lte": "2026-02-01T00:00:00+00:00"},
            },
            {"version": {"_gte": 3}},
        ]
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["cancel"],
        ["delete", "--yes"],
        ["set-states", "Failed"],
        ["set-states", "--all"],
        ["cancel", "--all", "--state", "Running"],
        ["cancel", RUN_ID, "--all"],
        ["cancel", RUN_ID, "--state", "Running"],
        ["cancel", RUN_ID, "--dry-run"],
        ["cancel", RUN_ID, "-m", "x"],
        ["delete", RUN_ID, "--flow", ""],
        ["delete", RUN_ID, "--json"],
        ["cancel", "--where", "{"],
        ["cancel", "--where", "[]"],
        ["cancel", "--since", ""],
    ],
    ids=" ".join,
)
def test_options_that_choose_no_runs_are_refused_before_anything_is_sent(arguments):
    there = service()

    result = invoke(there, *arguments)

    assert (result.exit_code, there.requests) == (2, [])


def test_empty_option_is_a_condition_that_no_run_meets():
    """A variable of a shell that is not set must not stand for all runs."""
    there = service(portion("delete_flow_runs"))

    invoke(there, "delete", "--flow", "", "--yes")

    assert there.inputs[0]["where"] == {"flow": {"name": {"_eq": ""}}}


def test_one_run_is_cancelled_or_deleted_without_a_question():
    result = invoke(service({"cancel_flow_run": {"state": "Cancelled"}}), "cancel", RUN_ID)
    assert (result.exit_code, result.stdout) == (0, "Cancelled\n")
    result = invoke(service({"delete_flow_run": {"success": True, "error": None}}), "delete", RUN_ID)
    assert (result.exit_code, result.stdout) == (0, "Deleted.\n")
    missing = service({"delete_flow_run": {"success": False, "error": "There is no flow run."}})
    assert invoke(missing, "delete", RUN_ID).exit_code == 3


def interrupt():
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("broken", "code"),
    [(interrupt, 130), (refusal("API_ERROR", "Not now."), 5), (refusal("BAD_USER_INPUT"), 2)],
    ids=["Ctrl-C", "the service fails", "the service refuses"],
)
def test_change_that_is_cut_off_tells_how_far_it_came_and_how_it_goes_on(broken, code):
    first = portion("cancel_flow_runs", matched=100, changed=100, continuation="1.2.x.y")
    there = service(told("cancel_flow_runs"), first, broken, broken)

    result = invoke(there, "cancel", "--flow", "Nightly", "--yes")

    assert (result.exit_code, result.stdout) == (code, "")
    assert "Stopped: 100 runs cancelled, and perhaps some more.\n" in result.stderr
    assert "It goes on with the same command and --continue 1.2.x.y.\n" in result.stderr

    rest = service(portion("cancel_flow_runs", changed=5))
    result = invoke(rest, "cancel", "--flow", "Nightly", "--yes", "--continue", "1.2.x.y")
    assert (result.exit_code, result.stdout) == (0, "5 runs cancelled.\n")
    assert [(each["continuation"], each["dry_run"]) for each in rest.inputs] == [("1.2.x.y", False)]


def test_refusal_of_the_first_request_is_its_error_alone():
    there = service(told("cancel_flow_runs"), refusal("BAD_USER_INPUT"))

    result = invoke(there, "cancel", "--flow", "Nightly", "--yes")

    assert result.exit_code == 2
    assert "Stopped" not in result.stderr


def test_change_of_relative_times_goes_on_without_a_continuation():
    """The same options mean other times by then, for which the continuation does not hold."""
    first = portion("cancel_flow_runs", matched=100, changed=100, continuation="1.2.x.y")

    result = invoke(service(told("cancel_flow_runs"), first, interrupt), "cancel", "--since", "2d", "--yes")

    assert result.exit_code == 130
    assert "It goes on with the same command.\n" in result.stderr


@pytest.mark.parametrize(
    ("codes", "exit_code"),
    [(["VERSION_LOCKING_ERROR"], 4), (["VERSION_LOCKING_ERROR", "API_ERROR"], 5), (["API_ERROR"] * 30, 5)],
    ids=["moved on", "mixed", "many"],
)
def test_runs_that_could_not_be_changed_are_told(codes, exit_code):
    failed = [{"flow_run_id": RUN_ID, "code": code, "message": "No\x1b[31m [/x]."} for code in codes]
    done = portion("set_state_of_flow_runs", matched=40, changed=10, failed=failed)
    there = service(told("set_state_of_flow_runs"), done)

    result = invoke(there, "set-states", "Failed", "--all", "--yes")

    assert (result.exit_code, result.stdout) == (exit_code, "10 runs set Failed.\n")
    assert result.stderr.count(f"{RUN_ID}: ") == min(10, len(codes))
    assert "\x1b[31m" not in result.stderr
    ending = "1 run could" if len(codes) == 1 else f"{len(codes)} runs could"
    assert result.stderr.endswith(f"{ending} not be changed.\n")


def test_what_was_done_as_json_is_one_document():
    failed = [{"flow_run_id": RUN_ID, "code": "API_ERROR", "message": "Not now."}]
    there = service(told("delete_flow_runs"), portion("delete_flow_runs", changed=9, failed=failed))

    result = invoke(there, "delete", "--all", "--yes", "--json")

    assert result.exit_code == 5
    shown = json.loads(result.stdout)
    assert (shown["changed"], shown["failed"]) == (9, failed)


def test_deletion_of_live_runs_is_asked_for():
    there = service(told("delete_flow_runs"), portion("delete_flow_runs"))

    invoke(there, "delete", "--all", "--live", "--yes")

    assert [each["live"] for each in there.inputs] == [True, True]
