"""Restarts that unmodified agents execute: nothing that succeeded is executed again."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.agents.conftest import RELEASES, open_site
from tests.e2e.agents.site import Site, names

SCRIPT = Path(__file__).with_name("failing_flows.py")
FLOWS = ("Failing", "Gathered", "Lost result")


@dataclass(frozen=True, kw_only=True)
class Restarts:
    """The runs of a site after their restarts, and what their tasks noted before and since."""

    site: Site
    before: dict[str, list[str]]
    since: dict[str, list[str]]


@pytest.fixture(scope="module", params=RELEASES)
def restarts(request, tmp_path_factory):
    """Yield runs that all failed, were restarted when what failed was mended, and have ended."""
    home = tmp_path_factory.mktemp(f"restarts-{request.param}")
    with open_site(request.param, home, FLOWS, SCRIPT) as site:
        failed = {flow: site.ended(run_id)["state"] for flow, run_id in site.begun.items()}
        assert failed == dict.fromkeys(FLOWS, "Failed")
        site.wait_until_gone()
        before = {flow: executed(home, flow) for flow in FLOWS}
        (home / "mended").touch()
        for flow, run_id in site.begun.items():
            given = {"flow_run_id": run_id, "idempotency_key": flow}
            answers = [site.mutate("restart_flow_run", "state version left", **given) for _ in range(2)]
            assert answers == [{"state": "Scheduled", "version": 5, "left": False}] * 2
        for run_id in site.begun.values():
            site.ended(run_id)
        site.wait_until_gone()
        since = {flow: executed(home, flow)[len(before[flow]) :] for flow in FLOWS}
        yield Restarts(site=site, before=before, since=since)


def executed(home, flow):
    return (home / f"{flow}.txt").read_text().splitlines()


def test_only_what_failed_and_what_depends_on_it_is_executed_again(restarts):
    children = [f"child({number})" for number in range(4)]
    others = [f"grandchild({number})" for number in (0, 10, 30)]
    assert sorted(restarts.before["Failing"]) == sorted(["first", "second(10)", *children, *others])

    again = ["child(2)", "grandchild(20)", "second(10)", "third(11)"]
    assert sorted(restarts.since["Failing"]) == again
    run = restarts.site.run(restarts.site.begun["Failing"])
    attempt = ["Scheduled", "Submitted", "Running"]
    assert names(run["states"]) == [*attempt, "Failed", *attempt, "Success"]


def test_mapped_results_that_are_gathered_are_those_of_all_children(restarts):
    total = "total([0, 1, 4, 9])"
    if restarts.site.is_camel:  # its runners cannot load the results of children that they have not executed
        squares = [f"square({number})" for number in range(4)]
        assert sorted(restarts.since["Gathered"]) == ["numbers", *squares, total]
    else:
        assert sorted(restarts.since["Gathered"]) == ["square(2)", total]
    assert restarts.site.run(restarts.site.begun["Gathered"])["state"] == "Success"


def test_result_that_was_not_kept_is_lost_and_its_task_is_not_executed_again(restarts):
    missing = "NoResult" if restarts.site.is_camel else "None"
    assert restarts.since["Lost result"] == [f"needs({missing})"]
