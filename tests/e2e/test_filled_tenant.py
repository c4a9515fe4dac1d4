"""The unmodified command lines against a tenant of a thousand versions of flows, and more runs."""

import re

import pytest

from local_server.table import create_table, table_definition
from tests.e2e.filled_tenant import BUSY, FLOWS, NAMED, PROJECTS, VERSIONS, fill
from tests.e2e.prefect_client import prefect_core, rows
from tests.e2e.server_process import ROOT, needs_dynoxide, running_server
from tests.e2e.test_upgrade import emulator
from wiring import Settings

pytestmark = needs_dynoxide
CAMEL = ("0.8.1",)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch, emulator(folder / "data", patch) as client:
        create_table(client, table_definition(ROOT / "template.yaml"), None)
        fill(client, Settings.from_environment({}))
    with running_server(folder) as server:
        yield server
        assert server.stderr == ""


@pytest.fixture(scope="module", params=["0.8.1", "0.12.6", "0.15.13", "1.4.1"])
def core(request, server, tmp_path_factory):
    settings = {
        "PREFECT__BACKEND": "server",
        "PREFECT__SERVER__ENDPOINT": server.url,
        "PREFECT__CLOUD__API": server.url,
        "PREFECT__CLOUD__AUTH_TOKEN": "any",
    }
    if request.param in CAMEL:
        del settings["PREFECT__BACKEND"]
    return prefect_core(request.param, tmp_path_factory.mktemp(f"filled-{request.param}"), settings)


def listed(core, *command):
    """Return the columns of each row of a table, without what 0.15.13 prints before it."""
    printed = core.output("get", *command)
    return [re.split(r"  +", line) for line in rows(printed[printed.index("NAME") :])]


def names(core, *command):
    return [row[0] for row in listed(core, *command)]


def test_flows_are_listed(core):
    assert [row[1] for row in listed(core, "flows", "--limit", "50")] == [str(VERSIONS)] * FLOWS
    of_project = listed(core, "flows", "--project", PROJECTS[1], "--limit", "50")
    # 0.12.6 does not send the project, because projects were optional for servers then.
    assert len(of_project) == (FLOWS if core.release == "0.12.6" else FLOWS / len(PROJECTS))


def test_all_versions_of_a_flow_are_listed_newest_first(core):
    versions = [row[1] for row in listed(core, "flows", "-n", BUSY, "--all-versions", "--limit", "5")]
    assert versions == ["26", "25", "24", "23", "22"]


def test_projects_and_tasks_are_listed(core):
    assert sorted(names(core, "projects")) == sorted(PROJECTS)
    assert len(listed(core, "tasks", "--limit", "10")) == 10
    assert len(listed(core, "tasks", "--flow-name", BUSY, "--limit", "10")) == 1


def test_runs_are_listed_newest_first_also_by_their_start(core):
    assert names(core, "flow-runs", "--limit", "3")[0] == NAMED
    for chosen in ((), ("--flow", BUSY), ("--project", PROJECTS[0])):
        started = names(core, "flow-runs", "--started", "--limit", "7", *chosen)
        assert started[-3:] == ["run 0", "run 1", "run 2"]


@pytest.mark.parametrize("chosen", [(), ("-fn", BUSY)])
def test_run_is_described_by_its_name(core, chosen):
    for name in (NAMED, "run 1400"):
        assert name in core.output("describe", "flow-runs", "-n", name, *chosen)


def test_logs_of_a_run_are_found_by_its_name(core):
    done = core.command("get", "logs", "-n", NAMED)
    assert done.returncode == 0, done.stdout


def test_flow_is_described_and_run_by_its_name(core):
    described = core.output("describe", "flows", "-n", BUSY, "-p", PROJECTS[0])
    assert re.search(r"""["']version["']: 26""", described)
