"""The view of a flow: its tabs, and each action on it."""

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
)

TABS = ("Runs", "Schedule", "Tasks", "Settings", "Versions")


@pytest.fixture
def flow(api):
    """Return a flow with parameters, tasks and a schedule that is switched on."""
    graph = tasks_and_edges(("extract", "clean"), ("extract", "join"), ("clean", "join"))
    config = {"type": "LocalRun", "labels": ["vm"]}
    return scheduled_flow(api, name="whole flow", run_config=config, **graph)


def read(api, flow, fields):
    return api.send(f"query ($id: UUID!) {{ flow_by_pk(id: $id) {{ {fields} }} }}", id=flow)["flow_by_pk"]


def act(console, button, title, verb):
    """Open the dialog of a button, look at it, and send what it asks."""
    console.page.get_by_role("button", name=button, exact=True).click()
    dialog = console.dialog(title)
    dialog.get_by_text(re.compile("^As GraphQL")).click()
    console.check_wcag()
    dialog.get_by_role("button", name=verb, exact=True).click()
    dialog.wait_for(state="hidden")
    console.page.wait_for_function("document.activeElement !== document.body")


def test_tabs_show_all_of_a_flow(console, api, flow):
    failed = api.run(flow, "Running", "Failed", parameters={"day": 1})
    console.open(f"flows/{flow}", heading="whole flow")
    console.page.get_by_role("img", name=re.compile("The last 1 runs.*1 failed")).wait_for()
    assert console.page.locator(f"a[href='#/runs/{failed}']").count() == 1
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


def test_schedule_is_switched_paused_resumed_and_triggered(console, api, flow):
    console.open(f"flows/{flow}?tab=schedule", heading="whole flow")
    act(console, "Switch off", "Switch off the schedule of whole flow", "Switch off")
    console.page.get_by_text("Off", exact=True).wait_for()
    assert not read(api, flow, "is_schedule_active")["is_schedule_active"]
    act(console, "Switch on", "Switch on the schedule of whole flow", "Switch on")
    console.page.get_by_text("On", exact=True).wait_for()

    console.page.get_by_role("button", name="Pause: whole flow").click()
    dialog = console.dialog("Pause the schedule of whole flow")
    dialog.get_by_label("Why").fill("It's <b>moved</b>")
    dialog.get_by_label("By").fill("Ada")
    dialog.get_by_label("Until").fill("2035-07-01T12:00")
    dialog.get_by_text("2035-07-01 10:00:00 UTC").wait_for()
    dialog.get_by_text("As GraphQL and command").click()
    dialog.get_by_text(re.compile(r"flow-runs schedule pause .* --note 'It'\\''s <b>moved</b>'")).wait_for()
    console.check_wcag()
    dialog.get_by_role("button", name="Pause", exact=True).click()
    console.page.get_by_text("It's <b>moved</b>").wait_for()
    found = api.send("query ($id: UUID!) { schedule_by_pk(id: $id) { pause } }", id=group_of(api, flow))[
        "schedule_by_pk"
    ]["pause"]
    assert (found["by"], found["until"]) == ("Ada", "2035-07-01T10:00:00+00:00")
    act(console, "Resume: whole flow", "Resume the schedule of whole flow", "Resume")
    console.page.get_by_text("On", exact=True).wait_for()

    console.page.get_by_role("button", name="Trigger: whole flow").click()
    dialog = console.dialog("Trigger the schedule of whole flow")
    dialog.get_by_label("Clock").select_option("1")
    console.check_wcag()
    dialog.get_by_role("button", name="Create the run").click()
    link = console.dialog("The run is created").get_by_role("link")
    run = link.get_attribute("href").removeprefix("#/runs/")
    made = api.send("query ($id: UUID!) { flow_run_by_pk(id: $id) { parameters } }", id=run)
    assert made["flow_run_by_pk"]["parameters"]["day"] == "b"


@pytest.mark.parametrize(
    ("switch", "setting"),
    [
        ("Heartbeat", "heartbeat_enabled"),
        ("Lazarus", "lazarus_enabled"),
        ("Version locking", "version_locking_enabled"),
    ],
)
def test_switches_go_off_and_on(console, api, flow, switch, setting):
    console.open(f"flows/{flow}?tab=settings", heading="whole flow")
    act(console, f"Switch off {switch}", f"Switch off: {switch}", "Switch off")
    console.page.get_by_role("button", name=f"Switch on {switch}").wait_for()
    assert read(api, flow, "settings")["settings"][setting] is False
    act(console, f"Switch on {switch}", f"Switch on: {switch}", "Switch on")
    console.page.get_by_role("button", name=f"Switch off {switch}").wait_for()
    assert read(api, flow, "settings")["settings"][setting] is True


def test_settings_show_parameters_and_run_config(console, flow):
    console.open(f"flows/{flow}?tab=settings", heading="whole flow")
    table = console.page.get_by_role("region", name="Parameters")
    table.get_by_role("row", name="day Yes").wait_for()
    table.get_by_role("row", name='region "eu"').wait_for()
    assert table.get_by_role("row").count() == 1 + len(PARAMETERS)
    console.page.get_by_text('"LocalRun"').wait_for()


def test_version_is_archived_and_unarchived_and_another_one_is_reached(console, api):
    project = api.project("versions of a flow")
    first, second = (api.flow(project, name="versioned") for _ in range(2))
    console.open(f"flows/{second}?tab=versions", heading="versioned")
    console.page.get_by_text("2, shown here").wait_for()
    console.page.get_by_role("link", name="1", exact=True).click()
    console.page.get_by_text("This version is archived").wait_for()
    assert console.page.get_by_role("button", name="Start a run…").count() == 0
    console.page.get_by_role("link", name="Settings").click()
    act(console, "Unarchive this version", "Unarchive version 1 of versioned", "Unarchive")
    console.page.get_by_role("button", name="Start a run…").wait_for()
    assert read(api, second, "archived")["archived"]
    act(console, "Archive this version", "Archive version 1 of versioned", "Archive")
    console.page.get_by_role("button", name="Unarchive this version").wait_for()
    assert read(api, first, "archived")["archived"]


def test_version_is_deleted_only_by_its_name(console, api):
    flow = api.flow(name="to be deleted")
    api.run(flow)
    console.open(f"flows/{flow}?tab=settings", heading="to be deleted")
    console.page.get_by_role("button", name="Delete this version…").click()
    dialog = console.dialog("Delete version 1 of to be deleted")
    delete = dialog.get_by_role("button", name="Delete", exact=True)
    assert delete.is_disabled()
    dialog.get_by_label("Type the flow's name to confirm").fill("to be delete")
    assert delete.is_disabled()
    dialog.get_by_label("Type the flow's name to confirm").fill("to be deleted")
    console.check_wcag()
    delete.click()
    console.page.get_by_role("heading", level=1, name="Flows").wait_for()
    assert read(api, flow, "id") is None
    console.open(f"flows/{flow}", heading="Flow")
    console.page.get_by_text("There is no flow with this id.").wait_for()


def test_deletion_that_one_request_does_not_end_goes_on_by_itself(console, api):
    flow = api.flow(name="with many runs")
    many_runs(api, flow, 240)
    console.open(f"flows/{flow}?tab=settings", heading="with many runs")
    console.page.get_by_role("button", name="Delete this version…").click()
    dialog = console.dialog("Delete version 1 of with many runs")
    dialog.get_by_label("Type the flow's name to confirm").fill("with many runs")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    console.page.get_by_role("heading", level=1, name="Flows").wait_for()
    assert read(api, flow, "id") is None
    assert len([one for one in console.asked if "delete_flow" in one["query"]]) > 1


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
