"""`flow-runs get`, in a pipe, as JSON and on a terminal."""

import io
import json

from rich.console import Console

from flow_runs import FlowRunInfo, FlowRunState
from flow_runs.cli.lists import RUNS
from flow_runs.cli.tables import show_run
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import RUN_ID, flow_run, history, service

EVIL = "evil [bold]\x1b[2J\x07\nname"


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_get_in_a_pipe_prints_tab_separated_lines():
    result = invoke(service({"flow_run_by_pk": flow_run()}, history("Scheduled", "Success")), "get", RUN_ID)

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert ["id", RUN_ID] in lines
    assert ["flow", "My Flow Name (version 2)"] in lines
    assert ["parameters", '{"x": 1}'] in lines
    assert [(line[1], line[3]) for line in lines if line[0] == "state" and len(line) > 2] == [
        ("1", "Scheduled"),
        ("2", "Success"),
    ]


def test_get_with_json_prints_the_run():
    result = invoke(service({"flow_run_by_pk": flow_run()}), "get", RUN_ID, "--json")

    document = json.loads(result.stdout)
    assert (document["state"], document["version"], document["flow_name"]) == ("Success", 3, "My Flow Name")
    assert document["scheduled_start_time"] == "2026-01-31T08:00:00+00:00"


def test_get_of_an_unknown_run_exits_with_3():
    result = invoke(service({"flow_run_by_pk": None}), "get", RUN_ID)

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"Error: There is no flow run {RUN_ID}.\n"


def test_get_on_a_terminal_shows_the_run_and_its_history():
    console = terminal()
    states = [
        FlowRunState.from_json(row) for row in history("Scheduled", "Failed")["flow_run_by_pk"]["states"]
    ]

    show_run(console, FlowRunInfo.from_json(flow_run()), states)

    text = shown(console)
    assert "My Flow Name (version 2)" in text
    assert "is Failed" in text


def test_get_removes_markup_and_control_characters_of_a_name():
    console = terminal()
    run = FlowRunInfo.from_json(flow_run(name=EVIL, state_message=EVIL))

    RUNS.show(console, [run])
    show_run(console, run, [])

    assert "\x1b" not in shown(console)
    assert "\x07" not in shown(console)
    assert "evil [bold]" in shown(console)
