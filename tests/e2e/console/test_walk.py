"""A walk through every view: hostile strings, narrow and wide screens, the keyboard alone."""

import json

import pytest

from tests.e2e.console.api import Api

HOSTILE = (
    '<img src=x onerror="window.hit=1"><script>window.hit=1</script>{{7*7}}${7*7}\u202e' + "W" * 300 + "😀é"
)
_SERIALIZED = {
    "parameters": [
        {"name": HOSTILE[:100], "slug": HOSTILE[:100], "default": HOSTILE, "required": False, "tags": []}
    ],
    "tasks": [
        {
            "name": f"{HOSTILE[:120]} {number}",
            "slug": f"task-{number}",
            "type": "prefect.tasks.Task",
            "tags": [],
        }
        for number in range(3)
    ],
    "edges": [
        {
            "upstream_task": {"slug": "task-0"},
            "downstream_task": {"slug": "task-1"},
            "key": None,
            "mapped": False,
        }
    ],
    "description": HOSTILE,
}


@pytest.fixture(scope="module")
def places(server):
    """Return the address of every view, after hostile strings are in whatever they show."""
    api = Api(server.url)
    project = api.project(HOSTILE[:200])
    flow = api.flow(project, HOSTILE[:200], **_SERIALIZED)
    run = api.run(
        flow,
        "Submitted",
        "Running",
        ("Failed", HOSTILE),
        flow_run_name=HOSTILE[:200],
        parameters={HOSTILE[:100]: HOSTILE},
        labels=[HOSTILE[:100]],
        context={HOSTILE: HOSTILE},
        idempotency_key=HOSTILE[:200],
    )
    api.run(flow, labels=[HOSTILE[:100]])
    log = {"flow_run_id": run, "level": "ERROR", "name": HOSTILE[:100], "message": HOSTILE}
    api.mutate("write_run_logs", "success", logs=[log])
    api.mutate("register_agent", name=HOSTILE[:100], type="LocalAgent", labels=[HOSTILE[:100]])
    api.mutate("update_task_tag_limit", tag=HOSTILE[:100], limit=1)
    api.mutate("update_flow_concurrency_limit", name=HOSTILE[:100], limit=1)
    api.mutate("create_api_key", name=HOSTILE[:100])
    api.mutate("set_secret", "success", name="a.secret-1", value=HOSTILE)
    api.mutate("set_key_value", key=HOSTILE[:100], value=HOSTILE)
    tabs = [f"runs/{run}?tab={tab}" for tab in ("overview", "timeline", "graph", "logs")]
    tabs += [f"flows/{flow}?tab={tab}" for tab in ("overview", "versions", "tasks", "schedule", "settings")]
    lists = ("overview", "runs", "flows", "schedules", "agents", "limits", "keys", "stored")
    return [*lists, f"runs/{run}", f"flows/{flow}", *tabs, f"search?text={run}", "nowhere"]


def shown(console, place):
    console.open(place)
    console.page.get_by_role("heading", level=1).wait_for()
    console.page.get_by_text("Loading…").wait_for(state="detached")


def test_hostile_strings_are_text_in_every_view(console, places):
    for place in places:
        shown(console, place)
        assert console.page.evaluate("window.hit") is None, place
        assert console.page.locator("img[src=x]").count() == 0, place
        assert not json.loads(console.page.evaluate("JSON.stringify(window.violations)")), place


@pytest.mark.parametrize("width", [320, 768, 1920])
def test_no_view_is_wider_than_the_screen(console, places, width):
    # 320 pixels are also what a screen of 1280 has at 400 % zoom.
    console.page.set_viewport_size({"width": width, "height": 800})
    wide = []
    for place in places:
        shown(console, place)
        if console.page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(place)
    assert wide == []


def test_every_view_is_accessible_in_light_and_dark(console, places):
    for place in places:
        shown(console, place)
        try:
            console.check_wcag()
        except AssertionError as error:
            raise AssertionError(f"{place}: {error}") from None


def test_every_view_asks_at_most_three_times(console, places):
    for place in places:
        shown(console, place)
        assert len(console.asked) <= 3, place


def test_keyboard_alone_reaches_and_changes_a_limit(console):
    console.open("limits", heading="Concurrency limits")
    keyboard = console.page.keyboard

    def tab_to(name):
        for _ in range(60):
            keyboard.press("Tab")
            focused = console.page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.innerText"
            )
            if focused.strip() == name:
                return
        raise AssertionError(f"Tab does not reach {name!r}")

    tab_to("Limit a label…")
    keyboard.press("Enter")
    console.dialog("Limit a label")
    focused = "document.activeElement.closest('dialog') !== null"
    for _ in range(15):
        keyboard.press("Tab")
        assert console.page.evaluate(f"document.activeElement === document.body || {focused}")
    keyboard.press("Escape")
    console.gone("Limit a label")
    assert console.page.evaluate("document.activeElement.innerText") == "Limit a label…"
    keyboard.press("Enter")
    console.dialog("Limit a label").get_by_label("Label", exact=True).focus()
    keyboard.type("by keyboard")
    keyboard.press("Enter")
    console.gone("Limit a label")
    console.page.get_by_role("row", name="by keyboard").wait_for()
