"""`flow-runs list`, `flows`, `projects` and `agents`, in a pipe, as JSON and on a terminal."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from flow_runs import FlowRunInfo
from flow_runs.cli.lists import RUNS
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import FLOW_ID, RUN_ID, flow_row, flow_run, refusal, service

PROJECT = {
    "id": "p",
    "name": "Hello, World!",
    "description": "for a test",
    "created": "2026-01-31T07:00:00+00:00",
    "flows_aggregate": {"aggregate": {"count": 3}},
}


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def page(first: int, count: int):
    return {"flow_run": [flow_run(id=f"run-{number}") for number in range(first, first + count)]}


def test_list_sends_its_filters_and_prints_one_run_a_line():
    there = service({"flow_run": [flow_run(), flow_run(name="second")]})

    result = invoke(
        there,
        *("list", "--flow", "F", "--project", "P", "--state", "Running", "--label", "a", "--label", "b"),
        *("--since", "2026-01-31 08:00:00", "--until", "2026-02-01T00:00:00+01:00", "--limit", "2"),
    )

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0][0] == "ID"
    assert [line[1] for line in lines[1:]] == ["brave-otter", "second"]
    assert there.bodies[0]["variables"] == {
        "where": {
            "state": {"_eq": "Running"},
            "flow": {"name": {"_eq": "F"}, "project": {"name": {"_eq": "P"}}},
            "labels": {"_contains": ["a", "b"]},
            "created": {"_gte": "2026-01-31T08:00:00+00:00", "_lte": "2026-02-01T00:00:00+01:00"},
        },
        "limit": 2,
    }


def test_list_with_json_prints_a_json_list():
    result = invoke(service({"flow_run": [flow_run()]}), "list", "--json")

    assert [run["id"] for run in json.loads(result.stdout)] == [RUN_ID]


def test_empty_list_is_empty_json_or_a_header_in_a_pipe():
    there = service({"flow_run": []}, {"flow_run": []})

    assert json.loads(invoke(there, "list", "--json").stdout) == []
    assert len(invoke(there, "list").stdout.splitlines()) == 1


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x"])
def test_limit_out_of_bounds_exits_with_2(limit):
    assert invoke(service(), "list", "--limit", limit).exit_code == 2


def test_list_on_a_terminal_is_a_table():
    console = terminal()

    RUNS.show(console, [FlowRunInfo.from_json(flow_run())])

    header, row = shown(console).splitlines()
    assert header.split() == ["ID", "NAME", "FLOW", "PROJECT", "STATE", "VERSION", "CREATED"]
    assert RUN_ID in row
    assert "brave-otter" in row


def test_empty_list_on_a_terminal_is_a_sentence():
    console = terminal()

    RUNS.show(console, [])

    assert shown(console) == "No flow runs.\n"


def test_list_on_a_narrow_terminal_keeps_the_id_whole():
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)

    RUNS.show(console, [FlowRunInfo.from_json(flow_run())])

    assert RUN_ID in shown(console)


def test_name_with_a_line_break_is_one_line_in_a_pipe():
    result = invoke(service({"flow_run": [flow_run(name="a\tb\nc")]}), "list")

    assert len(result.stdout.splitlines()) == 2
    assert "\ta b c\t" in result.stdout


def test_list_without_filters_reads_the_newest_20_runs():
    there = service({"flow_run": []})

    invoke(there, "list")

    assert there.bodies[0]["variables"] == {"where": {}, "limit": 20}


def test_since_and_until_can_be_spans_before_now():
    there = service({"flow_run": []})
    before = datetime.now(UTC)

    invoke(there, "list", "--since", "3d", "--until", "2h")

    created = there.bodies[0]["variables"]["where"]["created"]
    since, until = (datetime.fromisoformat(created[bound]) for bound in ("_gte", "_lte"))
    assert timedelta(0) <= since + timedelta(days=3) - before < timedelta(seconds=30)
    assert until - since == timedelta(days=2, hours=22)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--since", "yesterday"), "--since"),
        (("--until", "2 fortnights"), "--until"),
        (("--since", "99999999999d"), "--since"),
        (("--all", "--limit", "20"), "--all"),
    ],
)
def test_invalid_option_of_a_list_exits_with_2_and_sends_nothing(arguments, hint):
    result = invoke(service(), "list", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr


def test_list_all_in_a_pipe_has_one_header():
    there = service(page(0, 100), page(100, 3))

    result = invoke(there, "list", "--all", "--state", "Running")

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == ["ID", *(f"run-{number}" for number in range(103))]
    assert all(body["variables"]["where"]["state"] == {"_eq": "Running"} for body in there.bodies)


def test_list_all_with_json_is_one_list():
    result = invoke(service(page(0, 100), page(100, 3)), "list", "--all", "--json")

    listed = json.loads(result.stdout)
    assert [run["id"] for run in listed] == [f"run-{number}" for number in range(103)]
    assert result.stdout == json.dumps(listed, indent=2) + "\n"


def test_json_list_cut_off_by_an_error_is_no_json():
    result = invoke(service(page(0, 100), refusal("BAD_USER_INPUT", "Too rare.")), "list", "--all", "--json")

    assert (result.exit_code, result.stderr) == (2, "Error: Too rare.\n")
    assert '"run-99"' in result.stdout
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(result.stdout)


@pytest.mark.parametrize("arguments", [("list",), ("list", "--all"), ("list", "--all", "--json")])
def test_list_that_fails_at_once_prints_the_error_alone(arguments):
    result = invoke(service(refusal("BAD_USER_INPUT", "Too rare.")), *arguments)

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "Error: Too rare.\n")


def test_list_on_a_terminal_prints_a_table_after_each_hundred_runs():
    # Given
    console, headers_before = terminal(), {}

    def runs():
        for number in range(201):
            headers_before[number] = shown(console).count("CREATED")
            yield FlowRunInfo.from_json(flow_run(id=f"run-{number}"))

    # When
    RUNS.show(console, runs())

    # Then
    assert [headers_before[number] for number in (0, 99, 100, 199, 200)] == [0, 0, 1, 1, 2]
    lines = shown(console).splitlines()
    assert len(lines) == 201 + 3
    assert [number for number, line in enumerate(lines) if line.startswith("ID")] == [0, 101, 202]


def test_flows_prints_the_flows_by_project_and_name():
    there = service({"flow": [flow_row(created="2026-01-31T07:00:00+00:00")]})

    result = invoke(there, "flows", "--project", "P", "--name", "F", "--limit", "5")

    header, row = (line.split("\t") for line in result.stdout.splitlines())
    assert header == ["ID", "NAME", "PROJECT", "VERSION", "ARCHIVED", "CREATED"]
    assert row[:5] == [FLOW_ID, "My Flow Name", "Hello, World!", "2", "no"]
    assert there.bodies[0]["variables"] == {
        "where": {"archived": {"_eq": False}, "project": {"name": {"_eq": "P"}}, "name": {"_eq": "F"}},
        "limit": 5,
    }


def test_flows_with_all_versions_prints_them_as_json():
    there = service({"flow": [flow_row(), flow_row(version=1, archived=True)]})

    result = invoke(there, "flows", "--all-versions", "--json")

    assert [(flow["version"], flow["archived"]) for flow in json.loads(result.stdout)] == [
        (2, False),
        (1, True),
    ]
    assert there.bodies[0]["variables"]["where"] == {}


def test_projects_have_the_number_of_their_flows():
    there = service({"project": [PROJECT]}, {"project": [PROJECT]})

    header, row = (line.split("\t") for line in invoke(there, "projects").stdout.splitlines())
    assert header == ["ID", "NAME", "FLOWS", "DESCRIPTION", "CREATED"]
    assert row[:4] == ["p", "Hello, World!", "3", "for a test"]
    assert json.loads(invoke(there, "projects", "--json").stdout)[0]["flows"] == 3


AGENT = {
    "id": "a",
    "name": "host agent",
    "type": "LocalAgent",
    "labels": ["gpu", "host"],
    "core_version": "1.4.1",
    "agent_config_id": None,
    "last_queried": "2026-01-31T08:00:00+00:00",
    "created": "2026-01-31T07:00:00+00:00",
}
SILENT = {**AGENT, "id": "b", "name": None, "labels": [], "core_version": None, "last_queried": None}


def test_agents_prints_the_time_of_the_last_poll():
    there = service({"agent": [AGENT, SILENT]}, {"agent": [AGENT, SILENT]})

    first, second = (line.split("\t") for line in invoke(there, "agents").stdout.splitlines()[1:])
    polled = datetime(2026, 1, 31, 8, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    assert first == ["a", "host agent", "LocalAgent", "gpu, host", "1.4.1", polled]
    assert second == ["b", "", "LocalAgent", "", "", "never"]

    found = json.loads(invoke(there, "agents", "--json").stdout)
    assert [agent["last_queried"] for agent in found] == ["2026-01-31T08:00:00+00:00", None]


def test_list_of_a_key_prints_its_runs():
    there = service({"flow_runs_of_key": {"rows": [flow_run(name="of-the-key")], "next": None}})

    result = invoke(there, "list", "--key", "monday")

    assert [line.split("\t")[1] for line in result.stdout.splitlines()[1:]] == ["of-the-key"]
    assert there.bodies[0]["variables"] == {"key": "monday", "after": None}


@pytest.mark.parametrize("more", [("--all",), ("--flow", "F"), ("--limit", "3"), ("--label", "a")])
def test_list_of_a_key_takes_no_other_filter(more):
    result = invoke(service(), "list", "--key", "monday", *more)

    assert result.exit_code == 2
    assert "give nothing else" in result.stderr
