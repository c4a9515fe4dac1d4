"""Changes of all runs of a filter: how many and at what cost first, then portion by portion."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.e2e.server_process import ROOT

_COMMAND = "from flow_runs.cli import main; main()"


@pytest.fixture
def flow(api):
    """Return the id of a flow with 12 waiting runs, two running and three that have ended."""
    flow = api.flow()
    for _ in range(12):
        api.run(flow)
    for _ in range(2):
        api.run(flow, "Submitted", "Running")
    for _ in range(3):
        api.run(flow, "Submitted", "Running", "Success")
    return flow


@pytest.fixture
def name(api, flow):
    return api.send("query ($id: UUID!) { flow_by_pk(id: $id) { name } }", id=flow)["flow_by_pk"]["name"]


def states(api, flow):
    runs = api.send("query ($id: UUID!) { flow_run(where: {flow_id: {_eq: $id}}) { state } }", id=flow)[
        "flow_run"
    ]
    return sorted(run["state"] for run in runs)


def test_cancelling_tells_how_many_first_and_leaves_what_has_ended(console, api, flow, name):
    console.open(f"runs?flow={name}", heading="Runs")
    console.page.get_by_role("button", name="Cancel…").click()
    dialog = console.dialog("Cancel these runs")
    status = dialog.get_by_role("status")
    status.get_by_text("14 runs would be cancelled").or_(status.get_by_text("14 runs")).first.wait_for()
    assert re.search(r"about \d+ read units and \d+ write units", status.inner_text())
    assert "3 have ended" in status.inner_text()
    assert states(api, flow).count("Scheduled") == 12
    console.check_wcag()
    dialog.get_by_label("Message").fill("no longer wanted")
    dialog.get_by_role("button", name="Cancel them").click()
    expect(status).to_contain_text("Done: 14 cancelled.")
    console.check_wcag()
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    assert states(api, flow) == sorted(["Cancelled"] * 12 + ["Cancelling"] * 2 + ["Success"] * 3)
    assert not [asked for asked in console.asked if asked["variables"].get("input", {}).get("where") == {}]


def test_deleting_leaves_live_runs_unless_they_are_meant(console, api, flow, name):
    console.open(f"runs?flow={name}", heading="Runs")
    console.page.get_by_role("button", name="Delete…").click()
    dialog = console.dialog("Delete these runs")
    status = dialog.get_by_role("status")
    expect(status).to_contain_text("2 have begun")
    expect(status).to_contain_text("15 runs")
    dialog.get_by_label("Also runs that have begun").check()
    expect(status).to_contain_text("17 runs")
    console.check_wcag()
    dialog.get_by_role("button", name="Delete them").click()
    expect(status).to_contain_text("Done: 17 deleted.")
    assert states(api, flow) == []


def test_state_is_set_and_the_runs_that_it_does_not_fit_are_told(console, api, flow, name):
    console.open(f"runs?flow={name}&state=Scheduled", heading="Runs")
    console.page.get_by_role("button", name="Set state…").click()
    dialog = console.dialog("Set a state on these runs")
    dialog.get_by_label("State").select_option("Skipped")
    expect(dialog.get_by_role("status")).to_contain_text("12 runs")
    dialog.get_by_role("button", name="Set the state").click()
    expect(dialog.get_by_role("status")).to_contain_text("Done: 12 set.")
    assert states(api, flow) == sorted(["Skipped"] * 12 + ["Running"] * 2 + ["Success"] * 3)


def test_command_of_the_dialog_does_the_same(console, api, flow, name, server):
    console.open(f"runs?flow={name}&state=Scheduled", heading="Runs")
    console.page.get_by_role("button", name="Set state…").click()
    dialog = console.dialog("Set a state on these runs")
    dialog.get_by_label("State").select_option("Failed")
    dialog.get_by_label("Message").fill("it's over")
    dialog.get_by_text("As GraphQL and command").click()
    command = dialog.get_by_role("region", name="Command").inner_text()
    words = shlex.split(command)
    assert words[0] == "flow-runs"
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, *words[1:], "--yes", "--json"],
        env={"PYTHONPATH": str(ROOT / "src"), "FLOW_RUNS_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["changed"] == 12
    assert states(api, flow).count("Failed") == 12


def test_large_change_can_be_stopped_between_portions_and_gone_on_with(console, api, name):
    """Portions are made small on the way, because a real one has hundreds of runs."""

    def in_threes(route):
        body = route.request.post_data_json
        if "input" in body["variables"]:
            body["variables"]["input"]["limit"] = 3
        route.continue_(post_data=json.dumps(body))

    console.open(f"runs?flow={name}&state=Scheduled", heading="Runs")
    console.page.get_by_role("button", name="Cancel…").click()
    dialog = console.dialog("Cancel these runs")
    expect(dialog.get_by_role("status")).to_contain_text("12 runs")
    held = []
    console.page.route("**/graphql", lambda route: held.append(route))  # noqa: PLW0108  (its type is asked for)
    dialog.get_by_role("button", name="Cancel them").click()
    while not held:
        console.page.wait_for_timeout(20)
    dialog.get_by_role("button", name="Stop after this portion").click()
    in_threes(held[-1])
    expect(dialog.get_by_role("status")).to_contain_text("Stopped: 3 cancelled.")
    console.page.unroute("**/graphql")
    console.page.route("**/graphql", in_threes)
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    console.gone("Cancel these runs")
    console.page.get_by_role("button", name="Cancel…").click()
    dialog = console.dialog("Cancel these runs")
    expect(dialog.get_by_role("status")).to_contain_text("at least 3 runs")
    dialog.get_by_role("button", name="Cancel them").click()
    expect(dialog.get_by_role("status")).to_contain_text("Done: 9 cancelled.")
    sent = [asked["variables"]["input"] for asked in console.asked if "input" in asked["variables"]]
    assert [one["continuation"] is not None for one in sent if not one.get("dry_run")].count(True) >= 2


def test_change_that_is_cut_off_is_told_and_can_be_made_again(console, api, flow, name):
    console.expected = ("ERR_FAILED",)
    console.open(f"runs?flow={name}&state=Scheduled", heading="Runs")
    for cut in (True, False):
        console.page.get_by_role("button", name="Cancel…").click()
        dialog = console.dialog("Cancel these runs")
        expect(dialog.get_by_role("status")).to_contain_text("12 runs")
        if cut:
            console.page.route("**/graphql", lambda route: route.abort())
        dialog.get_by_role("button", name="Cancel them").click()
        if cut:
            dialog.get_by_role("alert").get_by_text("cannot be reached").wait_for()
            assert states(api, flow).count("Scheduled") == 12
            console.page.unroute("**/graphql")
        else:
            expect(dialog.get_by_role("status")).to_contain_text("Done: 12 cancelled.")
        dialog.get_by_role("button", name="Close", exact=True).last.click()
        console.gone("Cancel these runs")
