"""The first minutes of somebody new: runs that an unmodified agent executes, started and watched."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.agents.conftest import open_site
from tests.e2e.console.pages import ConsolePage

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tests" / "e2e" / "agents" / "failing_flows.py"
# A runner needs seconds of processor time to import Prefect.
PATIENCE = 120_000


@pytest.fixture
def site(tmp_path):
    with open_site("1.4.1", tmp_path, (), SCRIPT, AUTH_TOKEN_SHA256="") as site:
        yield site


@pytest.fixture
def console(browser, site):
    """Return a page of the console of the server with an agent."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = ConsolePage(context.new_page(), site.server.url)
    yield page
    page.check()
    context.close()


def started(console, flow):
    """Start a run of a flow by the form in its view. Return the id of the run, which is shown then."""
    console.page.get_by_role("link", name="Flows", exact=True).click()
    console.page.get_by_role("link", name=flow, exact=True).click()
    console.page.get_by_role("button", name="Start a run…").click()
    console.dialog(f"Start a run of {flow}").get_by_role("button", name="Start the run").click()
    console.dialog("The run is created").get_by_role("link").click()
    console.page.get_by_role("link", name="Timeline").wait_for()
    return console.page.url.rpartition("/")[2].partition("?")[0]


def state(console):
    return console.page.get_by_role("main").locator(".state").first


def test_run_is_started_watched_found_failed_and_restarted(console, site, tmp_path):
    console.open(heading="Overview")
    run = started(console, "Failing")
    other = started(console, "Gathered")
    console.page.get_by_role("button", name="Cancel", exact=True).click()
    console.dialog("Cancel").get_by_role("button", name="Cancel the run").click()
    expect(state(console)).to_have_text("Cancelled", timeout=PATIENCE)

    console.page.get_by_role("link", name="Runs", exact=True).click()
    row = console.page.get_by_role("row").filter(has=console.page.locator(f'a[href*="{run}"]'))
    expect(row.locator(".state")).to_have_text("Failed", timeout=PATIENCE)
    row.get_by_role("link").first.click()
    expect(state(console)).to_have_text("Failed")
    console.page.get_by_role("link", name="Logs").click()
    entry = console.page.get_by_text("Exception encountered").first
    entry.wait_for()
    console.page.get_by_label("Level").select_option("ERROR")
    entry.click()
    console.page.get_by_text("not mended yet").first.wait_for()
    console.page.keyboard.press("Escape")

    (tmp_path / "mended").touch()
    console.page.get_by_role("button", name="Restart from failed").click()
    console.dialog("Restart").get_by_role("button", name="Restart the run").click()
    expect(state(console)).to_have_text("Success", timeout=PATIENCE)
    console.page.get_by_role("link", name="Timeline").click()
    for task in ("first", "second", "third", "child"):
        console.page.get_by_role("link", name=task, exact=True).first.wait_for()

    executed = (tmp_path / "Failing.txt").read_text().splitlines()
    assert [executed.count(task) for task in ("first", "second(10)", "third(11)", "child(2)")] == [1, 2, 1, 2]
    assert site.run(other)["state"] == "Cancelled"
    console.page.get_by_role("link", name="Agents", exact=True).click()
    console.page.get_by_text("there", exact=True).wait_for()
