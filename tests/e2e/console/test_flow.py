"""The view of a flow: its tabs, what each one shows, and what it costs."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.console.costs import CostOfView
from tests.e2e.console.flow_data import (
    BERLIN,
    HOSTILE,
    PARAMETERS,
    group_of,
    many_runs,
    scheduled_flow,
    tasks_and_edges,
    whole_flow,
)

TABS = ("Runs", "Schedule", "Tasks", "Settings", "Versions")


@pytest.fixture
def flow(api):
    return whole_flow(api)


def test_tabs_show_all_of_a_flow(console, api, flow):
    failed = api.run(flow, "Running", "Failed", parameters={"day": 1})
    console.open(f"flows/{flow}", heading="whole flow")
    console.page.get_by_role("group", name=re.compile("The last 1 runs.*1 failed")).wait_for()
    assert console.page.locator(f"td a[href='#/runs/{failed}']").count() == 1
    tabs = console.page.get_by_role("navigation", name="Parts of the flow").get_by_role("link")
    assert tuple(tabs.all_inner_texts()) == TABS
    headings = {"Runs": "Last runs", "Tasks": "Graph", "Settings": "Parameters"}
    for tab in TABS:
        tabs.get_by_text(tab, exact=True).click()
        console.page.get_by_role("heading", name=headings.get(tab, tab), exact=True).wait_for()
        console.check_wcag()
    console.page.reload()
    console.page.get_by_role("heading", name="Versions").wait_for()


def test_schedule_has_its_clocks_and_next_times(console, flow):
    console.open(f"flows/{flow}?tab=schedule", heading="whole flow")
    console.page.get_by_text("Cron 30 2 * * 1-5 in Europe/Berlin").wait_for()
    console.page.get_by_text("Every 6 h in Europe/Berlin").wait_for()
    console.page.get_by_text("Only if between times (start 00:00:00, end 23:59:00)").wait_for()
    times = console.page.get_by_role("region", name="Next times").get_by_role("row")
    assert times.count() == 11
    local, utc = times.nth(1).get_by_role("cell").all_inner_texts()[:2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:00 \+0[12]:00 Europe/Berlin", local)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:00 UTC", utc)


def test_clock_changes_and_excluded_days_are_remarked(console, api):
    day = datetime.now(UTC).date() + timedelta(days=2)
    flow = scheduled_flow(api, name="with an excluded day")
    api.mutate(
        "set_schedule_rules",
        "success",
        flow_group_id=group_of(api, flow),
        excluded_dates=[day.isoformat()],
        overlap="skip",
    )
    console.open(f"flows/{flow}?tab=schedule", heading="with an excluded day")
    console.page.get_by_text("A run is skipped while another one is not over").wait_for()
    console.page.get_by_text(f"Nothing runs on {day.isoformat()}").wait_for()
    console.page.get_by_role("row", name=re.compile("excluded It is left out")).first.wait_for()
    change = {"type": "CronClock", "cron": "30 2 25-31 3 *", "start_date": BERLIN}
    flow = scheduled_flow(api, name="at clock changes", parameters=[], schedule={"clocks": [change]})
    console.open(f"flows/{flow}?tab=schedule", heading="at clock changes")
    console.page.get_by_role("row", name=re.compile("The clocks go forward")).first.wait_for()


def test_what_was_skipped_is_told_with_the_reason(console, api):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    dates = {"type": "DatesClock", "dates": [{"dt": soon.strftime("%Y-%m-%dT%H:%M:%S"), "tz": "UTC"}]}
    flow = scheduled_flow(api, name="skipped once", parameters=[], schedule={"clocks": [dates]})
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 0.2)
    api.mutate("pause_schedule", "success", flow_group_id=group_of(api, flow), note="It is moved.")
    console.open(f"flows/{flow}?tab=schedule", heading="skipped once")
    row = console.page.get_by_role("region", name="Skipped last").get_by_role("row").nth(1)
    row.get_by_text("paused", exact=True).wait_for()
    row.get_by_role("link", name="Its run").wait_for()
    console.page.get_by_text("It is moved.").first.wait_for()
    console.check_wcag()


def test_flow_without_a_schedule_says_how_to_get_one(console, api):
    flow = api.flow(name="without a schedule")
    console.open(f"flows/{flow}?tab=schedule", heading="without a schedule")
    console.page.get_by_text("It has no schedule.").wait_for()
    console.open(f"flows/{flow}?tab=tasks", heading="without a schedule")
    console.page.get_by_text("It has no tasks.").wait_for()


def test_tasks_are_drawn_and_listed(console, flow):
    console.open(f"flows/{flow}?tab=tasks", heading="whole flow")
    graph = console.page.get_by_role("region", name="Graph of the tasks")
    graph.locator("g.node").nth(2).wait_for()
    assert graph.locator("g.edges path").count() == 3
    table = console.page.get_by_role("region", name="Tasks", exact=True)
    assert table.get_by_role("row").count() == 4


def test_settings_show_parameters_and_run_config(console, flow):
    console.open(f"flows/{flow}?tab=settings", heading="whole flow")
    table = console.page.get_by_role("region", name="Parameters")
    table.get_by_role("row", name="day Yes").wait_for()
    table.get_by_role("row", name='region "eu"').wait_for()
    assert table.get_by_role("row").count() == 1 + len(PARAMETERS)
    console.page.get_by_text('"LocalRun"').wait_for()


def test_schedule_at_fault_says_why(console, api):
    clock = {"type": "IntervalClock", "interval": 21_600_000_000}
    project = api.project("schedules at fault")
    flow = scheduled_flow(api, project, name="at fault", active=False, schedule={"clocks": [clock]})
    group = group_of(api, flow)
    change = {"flow_group_id": group, "default_parameters": {"day": 1}}
    api.mutate("set_flow_group_default_parameters", "success", **change)
    api.mutate("set_schedule_active", "success", flow_id=flow)
    api.mutate("set_flow_group_default_parameters", "success", **{**change, "default_parameters": {}})
    api.mutate("set_schedule_rules", "success", flow_group_id=group, overlap="skip")
    for view in (f"flows/{flow}?tab=schedule", f"schedules?project={project}", f"flows?project={project}"):
        console.open(view)
        console.page.get_by_text("At fault", exact=True).last.wait_for()
        console.page.locator("main").get_by_text(re.compile("day")).first.wait_for()
        console.check_wcag()


def test_id_that_is_none_is_told(console):
    console.expected = ("status of 400",)
    console.open("flows/nonsense", heading="Flow")
    console.page.get_by_role("alert").wait_for()


@pytest.mark.parametrize("tab", ["runs", "schedule", "tasks", "settings", "versions"])
def test_hostile_texts_are_only_texts_on_narrow_screens(console, api, tab):
    parameters = [{"name": HOSTILE, "default": HOSTILE * 40, "required": False}, {"name": "__proto__"}]
    flow = scheduled_flow(
        api,
        name=HOSTILE,
        parameters=parameters,
        description=HOSTILE,
        run_config={"type": HOSTILE, "labels": [HOSTILE]},
        **tasks_and_edges((HOSTILE, "b"), ("b", "c")),
    )
    group = group_of(api, flow)
    api.mutate("set_flow_group_description", "success", flow_group_id=group, description=HOSTILE * 20)
    api.mutate("pause_schedule", "success", flow_group_id=group, note=HOSTILE, by=HOSTILE)
    api.run(flow, flow_run_name=HOSTILE)
    console.page.set_viewport_size({"width": 320, "height": 800})
    console.open(f"flows/{flow}?tab={tab}", heading=re.compile("<img src=x"))
    console.page.get_by_role("heading", level=2).first.wait_for()
    assert console.page.locator("main img:not(svg)").count() == 0
    assert console.page.evaluate("document.documentElement.scrollWidth") <= 320
    console.check_wcag()


@pytest.mark.parametrize(
    ("tab", "text", "requests"),
    [
        ("runs", "All runs of flows", 1),
        ("schedule", "Skipped last", 2),
        ("tasks", "FunctionTask", 1),
        ("settings", "Heartbeat", 1),
        ("versions", "shown here", 1),
    ],
)
def test_view_costs_the_same_whatever_is_stored(console, api, flow, tab, text, requests):
    # So many that each part of the index has more than a page takes of it.
    many_runs(api, flow, 220)
    cost = CostOfView(console, f"flows/{flow}?tab={tab}")
    few = cost.measured(text)
    assert (few.first_requests, few.refresh_requests) == (requests, 1)
    many_runs(api, flow, 780 if tab in {"runs", "schedule"} else 60)
    many = cost.measured(text)
    assert (many.first_requests, many.refresh_requests) == (requests, 1)
    assert (many.calls, many.read_units) == (few.calls, few.read_units)
