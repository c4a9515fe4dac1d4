"""The dialog that tells a schedule its rules."""

import re

import pytest

from tests.e2e.console.command_line import command_of, ran
from tests.e2e.console.flow_data import HOSTILE, group_of, scheduled_flow


@pytest.fixture
def flow(api):
    return scheduled_flow(api, name="with rules")


def rules_of(api, flow):
    document = "query ($id: UUID!) { schedule(where: {flow_group_id: {_eq: $id}}) { rules } }"
    [schedule] = api.send(document, id=group_of(api, flow))["schedule"]
    return schedule["rules"]


def opened(console, flow, name="with rules"):
    console.open(f"flows/{flow}?tab=schedule", heading=name)
    console.page.get_by_role("button", name=f"Rules: {name}").click()
    return console.dialog(f"Rules of the schedule of {name}")


def test_rules_are_set_and_said_in_words(console, api, flow):
    dialog = opened(console, flow)
    assert dialog.get_by_role("button", name="Set the rules").is_disabled()
    console.check_wcag()
    dialog.get_by_label("While another run is not over, a run").select_option("is skipped")
    dialog.get_by_label("Skipped if it has not begun after").fill("90m")
    dialog.get_by_label("Occurrences that were missed get").select_option("runs for all")
    dialog.get_by_label("How far back they are looked for").fill("2d")
    dialog.get_by_label("Failed runs in a row that pause it").fill("3")
    dialog.get_by_label("Runs after which it ends").fill("100")
    dialog.get_by_label("Moved by an offset of its own within").fill("5m")
    dialog.get_by_label("Days on which nothing runs").fill("2030-12-25 2030-12-24")
    dialog.get_by_role("button", name="Set the rules").click()
    console.gone("Rules of the schedule of with rules")
    for words in (
        *("A run is skipped while", "1 h 30 min after", "All missed occurrences", "2 d back"),
        *("3 failed runs in a row", "Ends after 100 runs", "within 5 min", "2030-12-24, 2030-12-25"),
    ):
        console.page.get_by_role("listitem").get_by_text(re.compile(words)).wait_for()
    assert rules_of(api, flow) == {
        "overlap": "skip",
        "late_after": 5400,
        "catch_up": "all",
        "catch_up_window": 172_800,
        "pause_after_failures": 3,
        "spread": 300,
        "max_runs": 100,
        "excluded_dates": ["2030-12-24", "2030-12-25"],
    }


def test_only_what_was_changed_is_sent_and_its_command_does_the_same(console, api, flow, server):
    group = group_of(api, flow)
    api.mutate(
        "set_schedule_rules", "success", flow_group_id=group, overlap="skip", late_after=3600, spread=60
    )
    dialog = opened(console, flow)
    # Somebody else changes another rule meanwhile.
    api.mutate("set_schedule_rules", "success", flow_group_id=group, late_after=7200)
    dialog.get_by_label("While another run is not over, a run").select_option("begins beside it")
    dialog.get_by_label("Moved by an offset of its own within").fill("2m")
    command = command_of(dialog)
    assert command == f"flow-runs schedule set {group} --off overlap --spread 2m"
    console.check_wcag()
    dialog.get_by_role("button", name="Set the rules").click()
    console.gone("Rules of the schedule of with rules")
    expected = {"late_after": 7200, "spread": 120}
    assert rules_of(api, flow) == expected
    api.mutate("set_schedule_rules", "success", flow_group_id=group, overlap="skip", spread=60)
    ran(server, command)
    assert rules_of(api, flow) == expected


def test_wrong_values_are_told_at_their_fields_and_nothing_is_sent(console, api, flow):
    dialog = opened(console, flow)
    late = dialog.get_by_label("Skipped if it has not begun after")
    late.fill("soon")
    dialog.get_by_label("Days on which nothing runs").fill("2030-02-30")
    sent = len(console.asked)
    dialog.get_by_role("button", name="Set the rules").click()
    dialog.get_by_text("A span such as 90s, 15m, 2h or 3d.", exact=True).wait_for()
    dialog.get_by_text("2030-02-30 is no day such as 2026-12-24.").wait_for()
    console.page.wait_for_function("document.activeElement.value === 'soon'")
    console.check_wcag()
    assert not [asked for asked in console.asked[sent:] if "mutation" in asked["query"]]
    assert rules_of(api, flow) == {}


def test_rules_are_set_by_the_keyboard_alone_from_the_list(console, api):
    project = api.project("ruled schedules")
    flow = scheduled_flow(api, project, name="ruled by keys")
    console.open(f"schedules?project={project}", heading="Schedules")
    button = console.page.get_by_role("button", name="Rules: ruled by keys")
    button.focus()
    console.page.keyboard.press("Enter")
    dialog = console.dialog("Rules of the schedule of ruled by keys")
    dialog.get_by_label("While another run is not over, a run").focus()
    console.page.keyboard.press("ArrowDown")
    console.page.keyboard.press("Tab")
    console.page.keyboard.type("1h")
    console.page.keyboard.press("Enter")
    console.gone("Rules of the schedule of ruled by keys")
    assert rules_of(api, flow) == {"overlap": "skip", "late_after": 3600}
    assert button.evaluate("(button) => button === document.activeElement")


def test_dialog_fits_small_screens_and_bears_hostile_texts(console, api):
    flow = scheduled_flow(api, name=HOSTILE)
    console.page.set_viewport_size({"width": 320, "height": 800})
    dialog = opened(console, flow, HOSTILE)
    dialog.get_by_label("Days on which nothing runs").fill(HOSTILE * 50)
    dialog.get_by_label("Runs after which it ends").fill("9" * 10_000)
    dialog.get_by_role("button", name="Set the rules").click()
    dialog.get_by_text("A number from 1 to 1,000,000,000.").wait_for()
    dialog.locator("summary").click()
    assert console.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert dialog.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    console.check_wcag()
