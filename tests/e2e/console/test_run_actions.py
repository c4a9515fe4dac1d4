"""What can be done with a run in the console: each action, its request and its command."""

import json

import pytest

from tests.e2e.console.command_line import command_of, ran
from tests.e2e.console.run_data import Made


@pytest.fixture(scope="module")
def made(server):
    with Made(server.url) as made:
        yield made


@pytest.fixture(scope="module")
def flow(made):
    return made.flow(parameters=[{"name": "x", "required": False, "default": 1}])


def chosen(console, run, action, title):
    """Open a run and the dialog of an action. Return the dialog."""
    console.open(f"runs/{run}")
    console.page.get_by_role("button", name=action, exact=True).click()
    dialog = console.page.get_by_role("dialog", name=title)
    dialog.wait_for()
    return dialog


def last_input(console):
    """Return the input of the mutation that was sent last."""
    sent = [asked for asked in console.asked if asked["query"].lstrip().startswith("mutation")]
    return sent[-1]["variables"]["input"]


def test_run_is_cancelled(console, made, flow, server):
    run = made.run(flow)
    dialog = chosen(console, run, "Cancel", "Cancel the run")
    dialog.get_by_role("button", name="Cancel the run").click()
    console.page.get_by_text("Version 2").wait_for()
    assert made.state_of(run)["state"] == "Cancelled"
    console.page.get_by_role("button", name="Cancel", exact=True).wait_for(state="hidden")
    other = made.run(flow)
    ran(server, command_of(chosen(console, other, "Cancel", "Cancel the run")))
    assert made.state_of(other)["state"] == "Cancelled"


def test_state_is_set_with_the_version_that_is_shown(console, made, flow, server):
    run = made.run(flow, "Running")
    dialog = chosen(console, run, "Set state", "Set the state")
    dialog.get_by_label("State").select_option("Success")
    dialog.get_by_label("Message").fill("It's done; $HOME")
    command = command_of(dialog)
    dialog.get_by_role("button", name="Set the state").click()
    dialog.wait_for(state="hidden")
    assert last_input(console)["version"] == 2
    console.page.locator("main").get_by_text("It's done; $HOME").first.wait_for()
    assert made.state_of(run)["state"] == "Success"
    other = made.run(flow, "Running")
    ran(server, command.replace(run, other))
    assert made.state_of(other)["state"] == "Success"


def test_lost_race_tells_who_was_faster_and_changes_nothing(console, made, flow):
    run = made.run(flow, "Running")
    dialog = chosen(console, run, "Set state", "Set the state")
    dialog.get_by_label("State").select_option("Success")
    made.set_state(run, "Paused")
    dialog.get_by_role("button", name="Set the state").click()
    alert = dialog.get_by_role("alert")
    alert.wait_for()
    assert "Somebody was faster" in alert.inner_text()
    assert "Paused" in alert.inner_text()
    assert "version 3" in alert.inner_text()
    assert made.state_of(run)["version"] == 3
    for scheme in ("light", "dark"):
        console.page.emulate_media(color_scheme=scheme)
        assert console.violations_of_wcag() == []
    alert.get_by_role("button", name="Use version 3").click()
    assert dialog.get_by_label("State").input_value() == "Success"
    dialog.get_by_role("button", name="Set the state").click()
    dialog.wait_for(state="hidden")
    state = made.state_of(run)
    assert (state["state"], state["version"]) == ("Success", 4)


def test_change_while_the_dialog_is_open_is_told_before_anything_is_sent(console, made, flow):
    run = made.run(flow, "Running")
    dialog = chosen(console, run, "Set state", "Set the state")
    made.set_state(run, "Paused")
    dialog.get_by_role("button", name="Use version 3").wait_for()
    assert "Meanwhile" in dialog.inner_text()


def failed_run(made):
    """Return a failed run of two tasks, of which the first succeeded."""
    run = made.run(made.flow(["load", "write"], [(0, 1)]), "Running")
    load, write = made.tasks_of(run)
    made.task_runs(run, [load], "Running", "Success")
    made.task_runs(run, [write], "Running", "Failed")
    made.set_state(run, "Failed")
    return run


def test_failed_run_goes_on_from_what_has_failed(console, made, server):
    run = failed_run(made)
    dialog = chosen(console, run, "Restart from failed", "Restart from failed")
    dialog.get_by_role("button", name="Restart the run").click()
    dialog.wait_for(state="hidden")
    assert last_input(console)["version"] == 3
    console.page.get_by_text("Version 4").wait_for()
    assert made.state_of(run)["state"] == "Scheduled"
    console.page.get_by_role("button", name="Restart from failed").wait_for(state="hidden")
    console.page.get_by_role("link", name="Timeline").click()
    region = console.page.get_by_role("region", name="Task runs over time")
    region.locator("li", has_text="load").get_by_text("Success").wait_for()
    region.locator("li", has_text="write").get_by_text("Pending").wait_for()
    other = failed_run(made)
    command = command_of(chosen(console, other, "Restart from failed", "Restart from failed"))
    ran(server, command)
    assert made.state_of(other)["state"] == "Scheduled"
    ran(server, command)
    assert made.state_of(other)["version"] == 4


def test_restart_that_lost_a_race_changes_nothing(console, made):
    run = failed_run(made)
    dialog = chosen(console, run, "Restart from failed", "Restart from failed")
    made.set_state(run, "Success")
    dialog.get_by_role("button", name="Restart the run").click()
    alert = dialog.get_by_role("alert")
    alert.wait_for()
    assert "Somebody was faster" in alert.inner_text()
    assert made.state_of(run)["version"] == 4
    alert.get_by_role("button", name="Use version 4").click()
    alert.wait_for(state="hidden")
    dialog.get_by_role("button", name="Restart the run").click()
    dialog.wait_for(state="hidden")
    assert made.state_of(run)["state"] == "Scheduled"


def test_restart_of_more_than_a_request_resets_goes_on(console, made):
    run = made.run(made.flow([f"task {at}" for at in range(1200)]), "Running")
    made.task_runs(run, made.tasks_of(run), "Running", "Failed")
    made.set_state(run, "Failed")
    dialog = chosen(console, run, "Restart from failed", "Restart from failed")
    dialog.get_by_role("button", name="Restart the run").click()
    dialog.get_by_text("more task runs than one request resets").wait_for()
    go_on = dialog.get_by_role("button", name="Go on")
    for _ in range(100):
        if not dialog.is_visible():
            break
        if go_on.is_visible():
            go_on.click()
        console.page.wait_for_timeout(100)
    dialog.wait_for(state="hidden")
    assert made.state_of(run)["state"] == "Scheduled"


def test_run_starts_again_with_changed_parameters(console, made, flow, server):
    run = made.run(flow, "Running", "Success", parameters={"x": 5}, labels=["gpu"], context={"a": 1})
    dialog = chosen(console, run, "Run again", "Run again")
    field = dialog.get_by_label("Parameters, as JSON")
    assert json.loads(field.input_value()) == {"x": 5}
    button = dialog.get_by_role("button", name="Start a run")
    for odd, problem in (("{", "no JSON"), ("[1]", "object"), ('{"x": 9007199254740993}', "larger")):
        field.fill(odd)
        assert problem in dialog.inner_text()
        assert button.is_disabled()
    field.fill('{"x": {"deep": [true]}}')
    dialog.get_by_label("Idempotency key").fill("once")
    dialog.get_by_label("Name").fill("again")
    button.click()
    console.page.get_by_role("heading", level=1, name="again").wait_for()
    console.page.get_by_text('"deep"').wait_for()
    assert run not in console.page.url
    text = console.page.locator("main").inner_text()
    assert "once" in text
    assert "gpu" in text
    assert '"a": 1' in text


def test_run_starts_again_at_a_time_and_by_the_command(console, made, flow, server):
    run = made.run(flow, parameters={"x": "a 'b'"}, labels=["gpu"])
    dialog = chosen(console, run, "Run again", "Run again")
    dialog.get_by_label("When").fill("2030-06-01T10:00")
    dialog.get_by_label("Name").fill("later $(x)")
    command = command_of(dialog)
    dialog.get_by_role("button", name="Start a run").click()
    console.page.get_by_role("heading", level=1, name="later $(x)").wait_for()
    # The browser of the tests is in Berlin.
    assert last_input(console)["scheduled_start_time"] == "2030-06-01T08:00:00.000Z"
    made_by_command = json.loads(ran(server, f"{command} --json"))
    assert made_by_command["name"] == "later $(x)"
    assert made_by_command["parameters"]["x"] == "a 'b'"


def test_archived_version_runs_again_as_the_newest(console, made):
    flow = made.flow(name="twice")
    run = made.run(flow)
    newest = made.flow(name="twice")
    dialog = chosen(console, run, "Run again", "Run again")
    assert "archived" in dialog.inner_text()
    dialog.get_by_role("button", name="Start a run").click()
    console.page.get_by_text(", version 2").wait_for()
    assert newest in console.page.get_by_role("link", name="twice").get_attribute("href")


def test_refusal_is_shown_by_its_message(console, made):
    flow = made.flow(parameters=[{"name": "needed", "required": True, "default": None}])
    run = made.run(flow, parameters={"needed": 1})
    dialog = chosen(console, run, "Run again", "Run again")
    dialog.get_by_label("Parameters, as JSON").fill("{}")
    dialog.get_by_role("button", name="Start a run").click()
    dialog.get_by_role("alert").get_by_text("needed").wait_for()


def test_run_is_renamed_and_labelled(console, made, flow):
    run = made.run(flow, labels=["a", "b, c"])
    dialog = chosen(console, run, "Rename", "Rename the run")
    dialog.get_by_label("Name").fill("Another <b>name</b>")
    dialog.get_by_role("button", name="Rename it").click()
    console.page.get_by_role("heading", level=1, name="Another <b>name</b>").wait_for()
    console.page.get_by_role("button", name="Labels").click()
    dialog = console.page.get_by_role("dialog", name="Labels of the run")
    assert dialog.get_by_label("Labels, one a line").input_value() == "a\nb, c"
    dialog.get_by_label("Labels, one a line").fill("gpu\n\nb, c\n")
    dialog.get_by_role("button", name="Set the labels").click()
    console.page.get_by_role("listitem").get_by_text("gpu").wait_for()
    assert sorted(made.state_of(run)["labels"]) == ["b, c", "gpu"]


def test_run_is_deleted_after_a_question(console, made, flow, server):
    run = made.run(flow)
    dialog = chosen(console, run, "Delete", "Delete the run")
    dialog.get_by_role("button", name="Delete it").click()
    console.page.get_by_role("heading", level=1, name="Runs").wait_for()
    assert made.state_of(run) is None
    other = made.run(flow)
    ran(server, command_of(chosen(console, other, "Delete", "Delete the run")) + " --yes")
    assert made.state_of(other) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_dialog_keeps_to_wcag_and_returns_the_focus(console, made, flow, scheme):
    runs = [made.run(flow, "Running"), made.run(flow, "Failed")]
    console.page.emulate_media(color_scheme=scheme)
    for run in runs:
        console.open(f"runs/{run}")
        check_dialogs(console)


def check_dialogs(console):
    actions = console.page.locator(".actions > button")
    actions.first.wait_for()
    for name in actions.all_inner_texts():
        button = console.page.locator(".actions").get_by_role("button", name=name, exact=True)
        button.focus()
        console.page.keyboard.press("Enter")
        dialog = console.page.get_by_role("dialog")
        dialog.locator("summary").click()
        assert console.violations_of_wcag() == [], name
        console.page.keyboard.press("Escape")
        console.page.locator("dialog").wait_for(state="detached")
        assert console.page.evaluate("document.activeElement.textContent") == name
