"""The form that starts a run, made from the parameters of a flow."""

import itertools
import re

import pytest

from tests.e2e.console.flow_data import HOSTILE, PARAMETERS

_numbers = itertools.count()


@pytest.fixture
def flow(api):
    """Return a flow with a parameter of each kind."""
    project = api.project(f"It's a project {next(_numbers)}")
    config = {"type": "LocalRun", "labels": ["vm"]}
    return api.flow(project, name="with a form", parameters=PARAMETERS, run_config=config)


def opened(console, flow, name="with a form"):
    console.open(f"flows/{flow}", heading=re.compile(re.escape(name)))
    console.page.get_by_role("button", name="Start a run…").click()
    dialog = console.page.get_by_role("dialog", name=f"Start a run of {name}")
    dialog.wait_for()
    return dialog


def started(console, dialog, api):
    """Send the form, follow the link, and return the run."""
    dialog.get_by_role("button", name="Start the run").click()
    link = console.page.get_by_role("dialog", name="The run is created").get_by_role("link")
    run = link.get_attribute("href").removeprefix("#/runs/")
    fields = "id name parameters labels context run_config idempotency_key scheduled_start_time"
    return api.send(f"query ($id: UUID!) {{ flow_run_by_pk(id: $id) {{ {fields} }} }}", id=run)[
        "flow_run_by_pk"
    ]


def test_run_starts_with_what_is_required_and_the_defaults(console, api, flow):
    dialog = opened(console, flow)
    dialog.get_by_label("day (required)").fill("2026-01-31")
    run = started(console, dialog, api)
    assert run["parameters"] == {
        "count": 1,
        "day": "2026-01-31",
        "options": {"a": [1]},
        "strict": True,
        "region": "eu",
    }
    assert run["labels"] == ["vm"]
    assert run["idempotency_key"].startswith("console-")
    [sent] = [one for one in console.asked if "create_flow_run" in one["query"]]
    assert sent["variables"]["input"]["parameters"] == {"day": "2026-01-31"}
    console.check_wcag()
    console.page.get_by_role("link", name=f"Watch {run['name']}").click()
    console.page.wait_for_url(f"**/#/runs/{run['id']}")


def test_every_field_reaches_the_run(console, api, flow):
    dialog = opened(console, flow)
    dialog.get_by_label("count").fill("2.5")
    dialog.get_by_label("day (required)").fill('[1, {"x": null}]')
    dialog.get_by_label("options").fill('{"b": 2}')
    dialog.get_by_label("strict").select_option("false")
    dialog.get_by_label("region").fill(HOSTILE)
    dialog.get_by_label("since").fill("2026-01-31T08:00:00Z")
    dialog.get_by_label("Start at (Europe/Berlin)").fill("2035-07-01T12:00:30")
    dialog.get_by_text("2035-07-01 10:00:30 UTC").wait_for()
    dialog.get_by_label("Labels").fill("gpu, eu ,gpu")
    dialog.get_by_label("Name of the run").fill("by hand")
    dialog.get_by_text("More").click()
    dialog.get_by_label("Idempotency key").fill("a key of its own")
    dialog.get_by_label("Context").fill('{"why": "a trial"}')
    dialog.get_by_label("Run config").fill('{"type": "UniversalRun"}')
    console.check_wcag()
    run = started(console, dialog, api)
    assert run["parameters"] == {
        "count": 2.5,
        "day": [1, {"x": None}],
        "options": {"b": 2},
        "strict": False,
        "region": HOSTILE,
        "since": "2026-01-31T08:00:00Z",
    }
    assert sorted(run["labels"]) == ["eu", "gpu"]
    assert (run["name"], run["idempotency_key"]) == ("by hand", "a key of its own")
    assert run["context"]["why"] == "a trial"
    assert run["run_config"]["type"] == "UniversalRun"
    assert run["scheduled_start_time"] == "2035-07-01T10:00:30+00:00"


def test_wrong_values_are_told_at_their_fields_and_nothing_is_sent(console, flow):
    dialog = opened(console, flow)
    dialog.get_by_label("count").fill("many")
    dialog.get_by_label("options").fill("{'a': 1}")
    dialog.get_by_label("since").fill("soon")
    dialog.get_by_role("button", name="Start the run").click()
    wrong = {
        "count": "This is no number.",
        "day (required)": "A value is needed.",
        "options": "This is no JSON",
        "since": "This is no time.",
    }
    for label, problem in wrong.items():
        field = dialog.get_by_label(label)
        described = field.get_attribute("aria-describedby").split()
        texts = [console.page.locator(f"[id='{one}']").inner_text() for one in described]
        assert any(problem in text for text in texts), (label, texts)
        assert field.get_attribute("aria-invalid") == "true"
    console.page.wait_for_function("() => document.activeElement.getAttribute('aria-invalid') === 'true'")
    console.check_wcag()
    dialog.get_by_label("count").fill("3")
    dialog.get_by_text("This is no number.").wait_for(state="detached")
    dialog.get_by_text("More").click()
    dialog.get_by_label("Context").fill("[]")
    dialog.get_by_text("This must be a JSON object").wait_for()
    assert not [one for one in console.asked if "mutation" in one["query"]]


def test_what_the_service_refuses_is_shown_and_can_be_sent_again(console, api, flow):
    api.run(flow, parameters={"day": 1}, idempotency_key="taken")
    dialog = opened(console, flow)
    dialog.get_by_label("day (required)").fill("2")
    dialog.get_by_text("More").click()
    dialog.get_by_label("Idempotency key").fill("taken")
    dialog.get_by_role("button", name="Start the run").click()
    dialog.get_by_role("alert").wait_for()
    console.check_wcag()
    dialog.get_by_label("Idempotency key").fill("free")
    run = started(console, dialog, api)
    assert run["parameters"]["day"] == 2


def test_command_and_document_are_those_that_are_sent(console, flow):
    dialog = opened(console, flow)
    dialog.get_by_label("day (required)").fill("it's")
    dialog.get_by_label("region").fill("5")
    dialog.get_by_text("More").click()
    dialog.get_by_label("Idempotency key").fill("k")
    dialog.get_by_text("As GraphQL and command").click()
    command = dialog.get_by_role("region", name="Command").inner_text()
    assert re.sub(r"project \d+", "project", command) == (
        "flow-runs run -n 'with a form' -p 'It'\\''s a project'"
        " --param 'day=it'\\''s' --param 'region=\"5\"' --key k"
    )
    assert '"day": "it\'s"' in dialog.get_by_role("region", name="GraphQL").inner_text()


def test_form_is_in_the_address_and_the_keyboard_is_enough(console, api, flow):
    console.open(f"flows/{flow}", heading="with a form")
    console.page.get_by_role("button", name="Start a run…").focus()
    console.page.keyboard.press("Enter")
    console.page.get_by_role("dialog", name="Start a run of with a form").wait_for()
    assert "start=1" in console.page.url
    console.page.get_by_label("day (required)").focus()
    console.page.keyboard.type("7")
    console.page.keyboard.press("Enter")
    console.page.get_by_role("dialog", name="The run is created").wait_for()
    console.page.keyboard.press("Escape")
    console.page.get_by_role("dialog").wait_for(state="detached")
    console.page.wait_for_function("() => document.activeElement?.textContent === 'Start a run…'")
    assert "start=1" not in console.page.url
    runs = api.send("query ($id: UUID!) { flow_by_pk(id: $id) { flow_runs { parameters } } }", id=flow)[
        "flow_by_pk"
    ]["flow_runs"]
    assert [run["parameters"]["day"] for run in runs] == [7]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_parameters_are_only_fields_on_narrow_screens(console, api, scheme):
    parameters = [
        {"name": HOSTILE, "default": HOSTILE * 50, "required": False},
        {"name": "__proto__", "default": {"x": HOSTILE}, "required": False},
        {"name": "<script>", "default": None, "required": True},
    ]
    flow = api.flow(name=f"{scheme} form", parameters=parameters)
    console.page.emulate_media(color_scheme=scheme)
    console.page.set_viewport_size({"width": 320, "height": 700})
    dialog = opened(console, flow, f"{scheme} form")
    dialog.get_by_label("<script>").fill("x")
    assert console.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert dialog.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    dialog.get_by_label("__proto__").fill("1")
    run = started(console, dialog, api)
    assert run["parameters"]["__proto__"] == 1
    assert run["parameters"][HOSTILE] == HOSTILE * 50
