"""Agents of releases between 0.8.1 and 1.4.1: registration, kept results, and a run."""

from pathlib import Path

import pytest

from tests.e2e.agents.conftest import open_site
from tests.e2e.agents.site import names, task_run
from tests.e2e.prefect_client import graphql

SCRIPT = Path(__file__).with_name("cached_flows.py")
SUCCESSFUL_RUN = ["Scheduled", "Submitted", "Running", "Success"]


@pytest.fixture(scope="module", params=["0.12.6", "0.15.13"])
def site(request, tmp_path_factory):
    """Yield a site where `Keyed` and then `Weather` were executed, and an agent executes `Weather` again."""
    home = tmp_path_factory.mktemp(f"between-{request.param}")
    with open_site(request.param, home, ("Weather",), script=SCRIPT) as site:
        yield site


def test_flow_is_registered_in_the_named_project_or_the_default_one(site):
    document = "query($id: uuid!) { flow_by_pk(id: $id) { project { name } version } }"
    project = "Default" if site.release == "0.12.6" else "Kept results"
    for flow_id in site.flows.values():
        found = graphql(site.server.url, document, id=flow_id)["flow_by_pk"]
        assert found == {"project": {"name": project}, "version": 1}


def test_task_without_a_key_takes_no_result_of_another_task(site):
    assert (site.core.home / "told.txt").read_text().split()[:2] == ["KEYED", "WEATHER"]


def test_task_of_a_second_run_takes_its_own_kept_result(site):
    run = site.ended(site.begun["Weather"])
    assert names(run["states"]) == SUCCESSFUL_RUN
    kept = task_run(run, "weather")
    assert kept["state"] == "Cached"
    assert "Running" not in names(kept["states"])
    assert (site.core.home / "executed.txt").read_text().split() == ["keyed", "weather"]
    assert (site.core.home / "told.txt").read_text().split() == ["KEYED", "WEATHER", "WEATHER"]


def test_logs_of_a_run_are_stored(site):
    site.ended(site.begun["Weather"])
    site.wait_until_gone()
    assert "Weather is given WEATHER" in {line["message"] for line in site.logs(site.begun["Weather"])}


def test_command_get_flow_runs_lists_the_runs(site):
    site.ended(site.begun["Weather"])
    listed = site.core.output("get", "flow-runs", "--flow", "Weather")
    assert listed.count("Success") == 2
