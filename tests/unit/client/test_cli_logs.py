"""`flow-runs logs`, in a pipe, as JSON and on a terminal."""

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from flow_runs import LogEntry
from flow_runs.cli import logs
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import RUN_ID, service
from tests.unit.client.test_logs import TASK_RUN, line, page, wheres


def local(text):
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def test_log_in_a_pipe_has_lines_of_time_level_task_and_message():
    there = service(
        page(line(0), line(1, level="ERROR", message="one\n  two\tthree\x1b[2J", task_run=TASK_RUN))
    )

    result = invoke(there, "logs", RUN_ID)

    first, second = (line.split("\t") for line in result.stdout.splitlines())
    assert first == [local("2026-01-31T08:00:00+00:00"), "INFO", "", "line 0"]
    assert second[1:] == ["ERROR", "add[2]", "one   two three [2J"]
    assert result.exit_code == 0


def test_log_with_json_is_one_list():
    result = invoke(service(page(line(0), line(1))), "logs", RUN_ID, "--json")

    found = json.loads(result.stdout)
    assert [entry["message"] for entry in found] == ["line 0", "line 1"]
    assert found[0]["timestamp"] == "2026-01-31T08:00:00+00:00"


def test_follow_ends_after_the_run():
    there = service(page(line(0), state="Running"), *[page(line(1))] * 7)

    result = invoke(there, "logs", RUN_ID, "--follow")

    assert [line.split("\t")[3] for line in result.stdout.splitlines()] == ["line 0", "line 1"]
    assert result.exit_code == 0


def test_log_is_filtered_by_level_in_any_case_and_by_start():
    there = service(page(line(0), line(1, level="ERROR")))

    result = invoke(there, "logs", RUN_ID, "--level", "Warning", "--since", "2026-01-31 07:00:00")

    assert [line.split("\t")[1] for line in result.stdout.splitlines()] == ["ERROR"]
    assert wheres(there)[0]["timestamp"] == {"_gte": "2026-01-31T07:00:00+00:00"}


@pytest.mark.parametrize("arguments", [("--level", "loud"), ("--since", "yesterday")])
def test_invalid_option_of_logs_exits_with_2_and_sends_nothing(arguments):
    assert invoke(service(), "logs", RUN_ID, *arguments).exit_code == 2


def test_log_of_an_unknown_run_exits_with_3():
    result = invoke(service({"flow_run_by_pk": None}), "logs", RUN_ID)

    assert (result.exit_code, result.stdout) == (3, "")


def test_messages_on_a_terminal_keep_lines_but_no_control_characters():
    console = Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)
    entry = LogEntry.from_json(
        line(0, message="Failed: [red]\n  at \x1b[2Jline 7", level="ERROR", task_run=TASK_RUN)
    )

    logs._show(console, [entry], json=False)

    assert isinstance(console.file, io.StringIO)
    time = datetime(2026, 1, 31, 8, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    assert console.file.getvalue() == f"{time} ERROR    add[2]: Failed: [red]\n  at  [2Jline 7\n"
