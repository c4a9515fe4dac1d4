"""Each function of template.yaml is complete: what CONTRIBUTING.md asks of one is there."""

import ast
import json
import re

import pytest

from tests.unit.template import ROOT, resources

FUNCTIONS = resources("AWS::Serverless::Function")
EVENTS = (ROOT / "events" / "README.md").read_text(encoding="utf-8")
LOCAL_SERVER = "\n".join(
    path.read_text(encoding="utf-8") for path in (ROOT / "src/local_server").glob("*.py")
)


def module_of(name):
    """Return the name of the module that has the function's handler."""
    return FUNCTIONS[name]["Properties"]["Handler"].split(".")[1]


def is_scheduled(name):
    return any(
        event["Type"] == "Schedule" for event in FUNCTIONS[name]["Properties"].get("Events", {}).values()
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_handler_imports_the_quiet_collector_first(name):
    code = ast.parse((ROOT / "src" / "handlers" / f"{module_of(name)}.py").read_text(encoding="utf-8"))
    first = next(node for node in code.body if isinstance(node, ast.Import | ast.ImportFrom))

    assert isinstance(first, ast.ImportFrom)
    assert first.module == "handlers.quiet_collector"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_build_has_a_target(name):
    makefile = (ROOT / "src" / "Makefile").read_text(encoding="utf-8")

    assert re.search(rf"^build-.*\b{name}\b.*:", makefile, re.MULTILINE)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_alarm_watches(name, metric):
    watched = [
        alarm
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == metric
        and {"Name": "FunctionName", "Value": {"Ref": name}} in alarm["Properties"].get("Dimensions", [])
    ]

    assert len(watched) == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_event_file_is_listed_and_there(name):
    files = re.findall(rf"^\| `(\w+\.json)` \| {name} \|", EVENTS, re.MULTILINE)

    assert files
    for file in files:
        assert json.loads((ROOT / "events" / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if is_scheduled(name)])
def test_local_server_runs_what_a_schedule_invokes(name):
    assert f"handlers.{module_of(name)}" in LOCAL_SERVER or f"import {module_of(name)}" in LOCAL_SERVER


def test_some_function_is_scheduled():
    assert any(is_scheduled(name) for name in FUNCTIONS)
