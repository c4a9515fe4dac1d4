"""The schedules of all flows, what can be done with each, and runs for the past."""

import re

import pytest

from tests.e2e.console.costs import CostOfView
from tests.e2e.console.flow_data import HOSTILE, group_of, many_runs, scheduled_flow


def row_of(console, name):
    return console.page.get_by_role("region", name="Schedules").get_by_role("row", name=re.compile(name))


def test_schedules_are_shown_and_filtered(console, api):
    project = api.project("shown schedules")
    scheduled_flow(api, project, name="schedule on")
    off = scheduled_flow(api, project, name="schedule off")
    api.mutate("set_schedule_inactive", "success", flow_id=off)
    paused = group_of(api, scheduled_flow(api, project, name="schedule paused"))
    api.mutate("pause_schedule", "success", flow_group_id=paused, note="Moves.", by="Ada")
    console.open(f"schedules?project={project}", heading="Schedules")
    row = row_of(console, "schedule on")
    row.get_by_text("Cron 30 2 * * 1-5 in Europe/Berlin").wait_for()
    row.get_by_text(re.compile(r"^in \d")).wait_for()
    row_of(console, "schedule off").get_by_text("Off", exact=True).wait_for()
    row_of(console, "schedule paused").get_by_text("Moves.").wait_for()
    console.check_wcag()
    for state, name in (("On", "schedule on"), ("Paused", "schedule paused"), ("Off", "schedule off")):
        console.page.get_by_label("State").select_option(state)
        console.page.wait_for_function(
            "(name) => [...document.querySelectorAll('tbody tr td:first-child')]"
            ".map((cell) => cell.textContent).join() === name",
            arg=name,
        )
        assert f"state={state.lower()}" in console.page.url
    console.page.get_by_label("State").select_option("Any")
    console.page.get_by_label("Name contains").fill("PAUSED")
    console.page.keyboard.press("Enter")
    row_of(console, "schedule on").wait_for(state="detached")
    row_of(console, "schedule paused").get_by_role("link", name="schedule paused").click()
    console.page.get_by_role("heading", level=2, name="Schedule", exact=True).wait_for()


def test_schedule_is_paused_changed_resumed_and_triggered_from_the_list(console, api):
    project = api.project("acted schedules")
    flow = scheduled_flow(api, project, name="acted on")
    console.open(f"schedules?project={project}", heading="Schedules")
    console.page.get_by_role("button", name="Pause: acted on").click()
    dialog = console.dialog("Pause the schedule of acted on")
    dialog.get_by_label("Why").fill("first note")
    console.check_wcag()
    dialog.get_by_role("button", name="Pause", exact=True).click()
    row_of(console, "acted on").get_by_text("first note", exact=True).wait_for()
    console.page.get_by_role("button", name="Change the pause: acted on").click()
    dialog = console.dialog("Pause the schedule of acted on")
    dialog.get_by_label("Why").fill("second note")
    dialog.get_by_role("button", name="Pause", exact=True).click()
    row_of(console, "acted on").get_by_text("second note", exact=True).wait_for()
    console.page.get_by_role("button", name="Resume: acted on").click()
    dialog = console.dialog("Resume the schedule of acted on")
    console.check_wcag()
    dialog.get_by_role("button", name="Resume", exact=True).click()
    row_of(console, "acted on").get_by_text("On", exact=True).wait_for()
    console.page.get_by_role("button", name="Trigger: acted on").click()
    dialog = console.dialog("Trigger the schedule of acted on")
    dialog.get_by_role("button", name="Create the run").dblclick()
    console.dialog("The run is created").get_by_role("button", name="Stay here").click()
    found = api.send(
        "query ($id: UUID!) { flow_by_pk(id: $id) {"
        ' flow_runs(where: {context: {_has_key: "triggered_schedule"}}) { id } } }',
        id=flow,
    )
    assert len(found["flow_by_pk"]["flow_runs"]) == 1


def test_backfill_is_counted_first_then_made_stopped_and_continued(console, api):
    project = api.project("backfilled schedules")
    flow = scheduled_flow(api, project, name="backfilled")
    console.open(f"schedules?project={project}", heading="Schedules")
    console.page.get_by_role("button", name="Backfill: backfilled").click()
    dialog = console.dialog("Runs for the past of backfilled")
    count = dialog.get_by_role("button", name="Count the runs")
    count.click()
    dialog.get_by_text("A time is needed.").first.wait_for()
    assert dialog.get_by_text("A time is needed.").count() == 2
    dialog.get_by_label("From (Europe/Berlin)").fill("2026-03-01T00:00")
    dialog.get_by_label("To (Europe/Berlin)").fill("2026-02-01T00:00")
    count.click()
    dialog.get_by_text("The end is before the beginning.").wait_for()
    dialog.get_by_label("To (Europe/Berlin)").fill("2026-03-01T23:00")
    dialog.get_by_label("Unfinished at a time").fill("0")
    count.click()
    dialog.get_by_text("A number from 1 to 100.").wait_for()
    console.check_wcag()
    dialog.get_by_label("Unfinished at a time").fill("2")
    count.click()
    dialog.get_by_text(re.compile(r"4 runs, from 1 Mar 2026.* write units")).wait_for()
    assert not api.send("{ backfill { id schedule { name } } }")["backfill"]
    dialog.get_by_text("As GraphQL and command").click()
    dialog.get_by_text(re.compile("flow-runs schedule backfill .* --at-once 2")).wait_for()
    console.check_wcag()
    dialog.get_by_role("button", name="Make 4 runs").click()
    console.gone("Runs for the past of backfilled")
    row = console.page.get_by_role("region", name="Backfills").get_by_role(
        "row", name=re.compile("backfilled")
    )
    row.get_by_text(re.compile(r"\d of 4")).wait_for()
    for verb, status in (("Stop", "stopped"), ("Continue", "running")):
        row.get_by_role("button", name=f"{verb} the backfill of backfilled").click()
        dialog = console.dialog(f"{verb} the backfill")
        console.check_wcag()
        dialog.get_by_role("button", name=verb, exact=True).click()
        row.get_by_text(status).wait_for()
    console.open(f"flows/{flow}?tab=schedule", heading="backfilled")
    console.page.get_by_role("region", name="Backfills").get_by_text("running").wait_for()


def test_pages_lead_through_all_schedules(console, api):
    project = api.project("many schedules")
    for at in range(53):
        scheduled_flow(api, project, name=f"paged schedule {at:02}")
    console.open(f"schedules?project={project}", heading="Schedules")
    row_of(console, "paged schedule 49").wait_for()
    console.page.get_by_role("button", name="Next").click()
    row_of(console, "paged schedule 52").wait_for()
    assert row_of(console, "paged schedule").count() == 3
    console.page.get_by_role("button", name="Previous").click()
    row_of(console, "paged schedule 00").wait_for()


@pytest.mark.parametrize("width", [320, 1920])
def test_hostile_texts_are_only_texts(console, api, width):
    project = api.project(f"s{width}{HOSTILE}"[:200])
    clock = {"type": "CronClock", "cron": "0 0 * * *", "parameter_defaults": {"day": HOSTILE}}
    flow = scheduled_flow(api, project, name=HOSTILE, schedule={"clocks": [clock] * 5})
    api.mutate("pause_schedule", "success", flow_group_id=group_of(api, flow), note=HOSTILE * 4, by=HOSTILE)
    console.page.set_viewport_size({"width": width, "height": 800})
    console.open(f"schedules?project={project}", heading="Schedules")
    console.page.get_by_role("link", name=re.compile("<img src=x")).first.wait_for()
    assert console.page.locator("main img").count() == 0
    assert console.page.evaluate("document.documentElement.scrollWidth") <= width
    console.check_wcag()


def test_first_view_asks_twice_and_a_refresh_once_whatever_is_stored(console, api):
    project = api.project("counted schedules")
    flow = scheduled_flow(api, project, name="counted schedule")
    many_runs(api, flow, 60)
    cost = CostOfView(console, f"schedules?project={project}")
    few = cost.measured("Cron 30 2")
    assert (few.first_requests, few.refresh_requests) == (2, 1)
    many_runs(api, flow, 940)
    many = cost.measured("Cron 30 2")
    assert (many.first_requests, many.refresh_requests) == (2, 1)
    assert (many.calls, many.read_units) == (few.calls, few.read_units)
