"""What can be done with a flow: each action in its dialog."""

import re

import pytest

from tests.e2e.console.flow_data import group_of, many_runs, whole_flow


@pytest.fixture
def flow(api):
    return whole_flow(api)


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
    console.page.wait_for_function("() => document.activeElement !== document.body")


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
