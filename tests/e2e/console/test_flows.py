"""The list of flows: what it shows, its filters and pages, and what it costs."""

import re

import pytest

from tests.e2e.console.costs import CostOfView
from tests.e2e.console.flow_data import HOSTILE, many_runs, scheduled_flow


def wait_for_rows(console, number):
    counted = "(number) => document.querySelectorAll('tbody tr').length === number"
    console.page.wait_for_function(counted, arg=number)


def test_flow_is_shown_with_its_runs_and_its_schedule(console, api):
    project = api.project("shown flows")
    flow = scheduled_flow(api, project, name="with a schedule")
    api.run(flow, "Running", "Success", parameters={"day": 1})
    failed = api.run(flow, "Running", "Failed", parameters={"day": 2})
    api.flow(project, name="without one")
    console.open(f"flows?project={project}", heading="Flows")
    row = console.page.get_by_role("row", name=re.compile("with a schedule"))
    row.get_by_text("On", exact=True).wait_for()
    row.get_by_text(re.compile(r"^in \d")).wait_for()
    row.get_by_text("shown flows").wait_for()
    strip = row.get_by_role("group", name="The last 2 runs, oldest first, with their durations: 1 failed")
    strip.wait_for()
    other = console.page.get_by_role("row", name=re.compile("without one"))
    other.get_by_text("Off").wait_for()
    other.get_by_text("None yet").wait_for()
    console.check_wcag()
    strip.get_by_role("link").last.click()
    console.page.wait_for_url(f"**/#/runs/{failed}")


def test_filters_are_in_the_address(console, api):
    one, two = api.project("filtered one"), api.project("filtered two")
    for project, name in ((one, "alpha 100%"), (one, "beta"), (two, "alpha 1000")):
        api.flow(project, name=name)
    console.open("flows", heading="Flows")
    console.page.get_by_label("Project").select_option("filtered one")
    wait_for_rows(console, 2)
    console.page.get_by_label("Name contains").fill("ALPHA 100%")
    console.page.keyboard.press("Enter")
    wait_for_rows(console, 1)
    assert f"project={one}" in console.page.url
    console.page.reload()
    console.page.get_by_role("row", name=re.compile("alpha 100%")).wait_for()
    wait_for_rows(console, 1)
    console.page.get_by_label("Name contains").fill("nothing has this")
    console.page.keyboard.press("Enter")
    console.page.get_by_text("No flow matches.").wait_for()


def test_archived_versions_have_a_switch_of_their_own(console, api):
    project = api.project("archived versions")
    for _ in range(3):
        api.flow(project, name="thrice")
    console.open(f"flows?project={project}", heading="Flows")
    console.page.get_by_role("cell", name="3", exact=True).wait_for()
    wait_for_rows(console, 1)
    console.page.get_by_role("checkbox", name="Archived versions").check()
    console.page.get_by_role("cell", name="1", exact=True).wait_for()
    wait_for_rows(console, 2)
    assert "archived=1" in console.page.url


def test_pages_lead_on_and_back(console, api):
    project = api.project("many flows")
    for at in range(45):
        api.flow(project, name=f"page flow {at:02}")

    def names():
        return console.page.get_by_role("link", name=re.compile("page flow")).all_inner_texts()

    def press(button, first):
        console.page.get_by_role("button", name=button, exact=True).click()
        console.page.wait_for_function(
            "(name) => document.querySelector('tbody a')?.textContent === name", arg=f"page flow {first:02}"
        )

    console.open(f"flows?project={project}", heading="Flows")
    console.page.get_by_role("link", name="page flow 00").wait_for()
    seen = names()
    press("Next", 20)
    seen += names()
    press("Next", 40)
    seen += names()
    assert seen == [f"page flow {at:02}" for at in range(45)]
    assert console.page.get_by_role("button", name="Next").is_disabled()
    press("Previous", 20)
    console.page.reload()
    console.page.get_by_role("link", name="page flow 20").wait_for()
    press("Previous", 0)
    assert console.page.get_by_role("button", name="Previous").is_disabled()
    press("Next", 20)
    press("First", 0)
    assert names() == seen[:20]


def test_flow_that_is_registered_meanwhile_comes_by_itself(console, api):
    project = api.project("flows that come")
    console.page.clock.install()
    console.open(f"flows?project={project}", heading="Flows")
    console.page.get_by_text("No flow matches.").wait_for()
    for name in ("came first", "came second"):
        scheduled_flow(api, project, name=name)
        next_run = console.page.get_by_role("row", name=re.compile(name)).get_by_text(re.compile(r"^in \d"))
        for _ in range(20):
            if next_run.is_visible():
                break
            console.page.clock.fast_forward(61_000)
            console.page.wait_for_timeout(500)
        assert next_run.is_visible()
    asked = len(console.asked)
    console.page.wait_for_timeout(1_000)
    assert len(console.asked) == asked, "it asks without end"


@pytest.mark.parametrize("width", [320, 1920])
def test_hostile_names_are_only_texts(console, api, width):
    project = api.project(f"{width}{HOSTILE}")
    scheduled_flow(api, project, name=HOSTILE)
    console.page.set_viewport_size({"width": width, "height": 800})
    console.open(f"flows?project={project}", heading="Flows")
    console.page.get_by_role("link", name=re.compile("<img src=x")).wait_for()
    assert console.page.locator("main img").count() == 0
    assert console.page.evaluate("document.documentElement.scrollWidth") <= width
    console.check_wcag()


def test_first_view_asks_thrice_and_a_refresh_once_whatever_is_stored(console, api):
    project = api.project("counted flows")
    flow = api.flow(project, name="counted")
    many_runs(api, flow, 60)
    cost = CostOfView(console, f"flows?project={project}")
    few = cost.measured("The newest 25 have not begun")
    assert (few.first_requests, few.refresh_requests) == (3, 1)
    many_runs(api, flow, 940)
    many = cost.measured("The newest 25 have not begun")
    assert (many.first_requests, many.refresh_requests) == (3, 1)
    assert (many.calls, many.read_units) == (few.calls, few.read_units)
