"""The view of a flow run: its header, its overview, and the panel of a task run."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.e2e.console.run_data import Made

_HOSTILE = "<img src=x onerror=alert(1)>\u202eevil\U0001f4a5{{x}}" + "W" * 3000


@pytest.fixture(scope="module")
def made(server):
    with Made(server.url) as made:
        yield made


@pytest.fixture(scope="module")
def ended(made):
    """Return a failed run of a small flow, and the ids of its task runs."""
    flow = made.flow(["load", "clean", "write"], [(0, 1), (1, 2)], name="Nightly report")
    run = made.run(
        flow,
        "Submitted",
        "Running",
        parameters={"day": "2026-01-31", "n": 3},
        context={"who": "Ada"},
        labels=["gpu", "eu-west"],
        idempotency_key="monday",
        run_config={"type": "LocalRun", "env": {"A": "1"}},
    )
    load, clean, write = made.tasks_of(run)
    ids = made.task_runs(
        run,
        [load],
        "Running",
        {"type": "Success", "_result": {"type": "S3Result", "location": "s3://results/1"}},
    )
    ids += made.task_runs(
        run, [clean], "Running", "Retrying", "Running", {"type": "Failed", "message": "Boom"}
    )
    ids += made.task_runs(run, [write], "TriggerFailed")
    made.artifact(ids[0], "link", {"link": "https://example.org/report"})
    made.artifact(
        ids[0], "markdown", {"markdown": "# Rows\n\nAll **good**: [here](https://example.org/rows)"}
    )
    made.set_state(run, "Failed", message="Some tasks failed.")
    return run, ids


def test_header_and_overview_tell_what_a_run_is(console, made, ended):
    run, _ = ended
    name = made.state_of(run)["name"]
    console.open(f"runs/{run}", heading=name)
    text = console.page.locator("main").inner_text()
    for expected in (
        *("Failed", "Version 4", "Some tasks failed.", "Nightly report", ", version 1", made.project),
        *("A client", "monday", "gpu", "eu-west", '"day": "2026-01-31"', '"who": "Ada"', '"LocalRun"'),
    ):
        assert expected in text, expected
    versions = console.page.get_by_role("region", name="History of states").locator("tbody tr")
    assert [row.split("\t")[0] for row in versions.all_inner_texts()] == ["4", "3", "2", "1"]
    flow = console.page.get_by_role("link", name="Nightly report").get_attribute("href")
    assert flow.startswith("#/flows/")
    console.page.get_by_role("heading", name="Rows").wait_for()
    link = console.page.get_by_role("link", name="here")
    assert link.get_attribute("href") == "https://example.org/rows"
    assert link.get_attribute("rel") == "noopener noreferrer"


@pytest.mark.parametrize("tab", ["", "?tab=timeline", "?tab=graph", "?tab=logs"])
def test_first_view_takes_at_most_three_requests_and_a_refresh_one(console, made, ended, tab):
    run, ids = ended
    console.open(f"runs/{run}{tab}{'&' if tab else '?'}task_run={ids[0]}")
    console.page.get_by_role("dialog", name="Task run: load").wait_for()
    console.page.wait_for_timeout(500)
    assert 1 <= len(console.asked) <= 3
    console.asked.clear()
    with console.page.expect_request(lambda request: request.method == "POST", timeout=10_000):
        pass
    console.page.wait_for_timeout(500)
    assert len(console.asked) == 1
    variables = console.asked[0]["variables"]
    assert not variables["whole"]
    assert not variables["tasks"], "the task runs of a run that is over are not read anew"


def test_changes_show_without_a_reload(console, made):
    run = made.run(made.flow(), "Submitted")
    console.open(f"runs/{run}")
    console.page.get_by_text("Version 2").wait_for()
    made.set_state(run, "Running", message="It goes.")
    console.page.get_by_text("Version 3").wait_for()
    console.page.locator("main").get_by_text("It goes.").first.wait_for()


def test_panel_of_a_task_run_is_in_the_address(console, made, ended):
    run, (load, clean, _) = ended
    console.open(f"runs/{run}?tab=timeline")
    console.page.get_by_role("link", name="clean").click()
    panel = console.page.get_by_role("dialog", name="Task run: clean")
    panel.get_by_text("Boom").first.wait_for()
    assert f"task_run={clean}" in console.page.url
    assert "2 times" in panel.inner_text()
    assert panel.get_by_role("region", name="History of states").locator("tbody tr").count() == 5
    console.page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
    console.page.wait_for_function("() => !location.hash.includes('task_run')")
    console.open(f"runs/{run}?task_run={load}")
    panel = console.page.get_by_role("dialog", name="Task run: load")
    panel.get_by_text("s3://results/1").wait_for()
    panel.get_by_role("link", name="https://example.org/report").wait_for()
    panel.get_by_role("link", name="Its log").click()
    console.page.locator("nav a[aria-current=page]", has_text="Logs").wait_for()
    assert console.page.get_by_label("Task run").input_value() == load


def test_unknown_runs_are_said_to_be_unknown(console):
    for odd in (str(uuid4()), "nothing", "%3Cimg%20src=x%3E", "x" * 10_000):
        console.open(f"runs/{odd}", heading="There is no such run")
    console.page.get_by_role("link", name="See the runs that are there").wait_for()


def test_unknown_task_run_is_said_to_be_unknown(console, ended):
    run, _ = ended
    for odd in (str(uuid4()), "nothing"):
        console.open(f"runs/{run}?task_run={odd}")
        console.page.get_by_text("No task run has this id.").wait_for()


def test_run_without_tasks_has_all_tabs(console, made):
    run = made.run(made.flow())
    for tab, expected in (
        *(("timeline", "no task runs"), ("graph", "has no tasks"), ("logs", "No entry matches")),
        ("overview", "No task has made an artifact"),
    ):
        console.open(f"runs/{run}?tab={tab}")
        console.page.get_by_text(re.compile(expected)).wait_for()


def test_hostile_texts_do_no_harm(console, made):
    markdown = (
        f"[x](javascript:alert(1)) <script>alert(1)</script> ![i](data:text/html,x) {_HOSTILE}\n\n"
        "<iframe src=https://example.org></iframe>\n\n" + ">" * 5000 + "deep\n\n" + "- " * 50 + "x"
    )
    flow = made.flow([_HOSTILE[:200], "b"], [(0, 1)], name=f"<b>{uuid4()}")
    run = made.run(
        flow,
        "Running",
        parameters={_HOSTILE: _HOSTILE},
        labels=[_HOSTILE[:100], "<b>"],
        flow_run_name=_HOSTILE,
    )
    ids = made.task_runs(run, made.tasks_of(run), "Running", {"type": "Failed", "message": _HOSTILE})
    for kind, data in (
        *(("markdown", {"markdown": markdown}), ("link", {"link": "javascript:alert(1)"})),
        *(("link", {"link": [1]}), ("odd <b>", [1, {"a": None}]), ("markdown", {"markdown": 1})),
    ):
        made.artifact(ids[0], kind, data)
    made.log(run, [{"message": _HOSTILE + "\n" * 50, "name": _HOSTILE}, {"message": ""}])
    made.set_state(run, "Failed", message=_HOSTILE)
    console.page.set_viewport_size({"width": 320, "height": 800})
    for query in ("", "?tab=timeline", "?tab=graph", "?tab=logs", f"?task_run={ids[0]}"):
        console.open(f"runs/{run}{query}")
        console.page.get_by_role("heading", level=1).wait_for()
        console.page.wait_for_timeout(700)
        hrefs = console.page.evaluate(
            "[...document.querySelectorAll('main a')].map((a) => a.getAttribute('href'))"
        )
        assert not [href for href in hrefs if not href.startswith(("#/", "https://"))]
        assert console.page.locator("main :is(img, script, iframe)").count() == 0
        assert console.page.evaluate("document.documentElement.scrollWidth") <= 320, query


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_and_the_panel_keep_to_wcag(console, ended, scheme):
    run, ids = ended
    console.page.emulate_media(color_scheme=scheme)
    for query in ("", "?tab=timeline", "?tab=graph", "?tab=logs", f"?task_run={ids[0]}"):
        console.open(f"runs/{run}{query}")
        console.page.get_by_role("heading", level=1).wait_for()
        console.page.wait_for_timeout(500)
        assert console.violations_of_wcag() == [], query


def test_deleted_run_says_that_it_is_gone(console, made):
    run = made.run(made.flow())
    console.open(f"runs/{run}", heading=made.state_of(run)["name"])
    made.change("delete_flow_run", "success", flow_run_id=run)
    console.page.get_by_role("heading", name="There is no such run").wait_for()


def test_waiting_run_says_when_it_is_due(console, made):
    due = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    run = made.run(made.flow(), scheduled_start_time=due)
    console.open(f"runs/{run}")
    facts = console.page.locator("main dl").first
    facts.get_by_text(re.compile(r"in (2|3) hr")).wait_for()
