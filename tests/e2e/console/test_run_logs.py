"""The log of a run in the console: filters, order, live entries, and very many of them."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.console.run_data import Made

_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
_MANY = 50_000


@pytest.fixture(scope="module")
def made(server):
    with Made(server.url) as made:
        yield made


def entries(count, start):
    return [
        {
            "message": f"line {at}",
            "level": _LEVELS[at % 5],
            "name": "odd" if at % 2 else "even",
            "timestamp": (start + timedelta(milliseconds=20 * at)).isoformat(),
        }
        for at in range(count)
    ]


@pytest.fixture(scope="module")
def logged(made):
    """Return a run with forty entries, two of them of its only task run, and the id of that."""
    run = made.run(made.flow(["load"]), "Running")
    (load,) = made.task_runs(run, made.tasks_of(run), "Running")
    written = entries(40, datetime(2026, 1, 31, 8, tzinfo=UTC))
    for entry in written[10:12]:
        entry["task_run_id"] = load
    made.log(run, written)
    return run, load


def rows(console):
    """Return the texts of the entries that are drawn."""
    console.page.locator(".log-row").first.wait_for()
    return console.page.locator(".log-text").all_inner_texts()


def settle(console, count):
    console.page.get_by_text(f"{count} entries", exact=True).wait_for()


def test_newest_come_first_or_the_oldest(console, logged):
    run, _ = logged
    console.open(f"runs/{run}?tab=logs")
    settle(console, 40)
    assert rows(console)[:2] == ["line 39", "line 38"]
    console.page.get_by_label("Order").select_option("oldest")
    console.page.locator("li:first-child .log-text", has_text="line 0").wait_for()
    assert "order=oldest" in console.page.url
    assert rows(console)[:2] == ["line 0", "line 1"]


def test_filters_are_in_the_address_and_narrow_the_log(console, logged):
    run, load = logged
    for query, count, first in (
        ("level=ERROR", 16, "line 39"),
        ("level=ERROR&logger=odd", 8, "line 39"),
        ("text=INE 3", 11, "line 39"),
        (f"of={load}", 2, "line 11"),
    ):
        console.open(f"runs/{run}?tab=logs&{query}")
        settle(console, count)
        assert rows(console)[0] == first, query
    console.open(f"runs/{run}?tab=logs")
    settle(console, 40)
    console.page.get_by_label("Level").select_option("CRITICAL")
    settle(console, 8)
    console.page.get_by_label("Text").fill("line 1")
    console.page.keyboard.press("Enter")
    settle(console, 2)
    console.page.get_by_label("Task run").select_option(label="load")
    console.page.get_by_text("No entry matches").wait_for()
    assert "level=CRITICAL" in console.page.url


def test_new_entries_show_without_a_reload(console, made):
    run = made.run(made.flow(), "Running")
    console.open(f"runs/{run}?tab=logs")
    console.page.get_by_text("No entry matches").wait_for()
    made.log(run, [{"message": "the first"}])
    console.page.get_by_text("the first").wait_for()
    made.log(run, [{"message": "the second"}])
    console.page.get_by_text("the second").wait_for()
    assert rows(console) == ["the second", "the first"]
    console.page.get_by_label("Order").select_option("oldest")
    console.page.locator("li:first-child .log-text", has_text="the first").wait_for()
    made.log(run, [{"message": "the third"}])
    console.page.get_by_text("the third").wait_for()
    assert rows(console) == ["the first", "the second", "the third"]


def test_whole_entry_is_shown_and_the_focus_returns(console, made):
    run = made.run(made.flow(["load"]), "Running")
    (load,) = made.task_runs(run, made.tasks_of(run), "Running")
    made.log(run, [{"message": "Boom\n  at line 1\n  at line 2", "level": "ERROR", "task_run_id": load}])
    console.open(f"runs/{run}?tab=logs")
    row = console.page.locator(".log-row")
    assert "2 more lines" in row.inner_text()
    row.focus()
    console.page.keyboard.press("Enter")
    dialog = console.page.get_by_role("dialog", name="Log entry")
    assert "  at line 2" in dialog.locator("pre").inner_text()
    for scheme in ("light", "dark"):
        console.page.emulate_media(color_scheme=scheme)
        assert console.violations_of_wcag() == []
    console.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert console.page.evaluate("document.activeElement.className").startswith("log-row")
    row.click()
    dialog.get_by_role("link", name="load").click()
    console.page.get_by_role("dialog", name="Task run: load").wait_for()


def test_log_is_downloaded_as_it_is_filtered(console, logged, made):
    run, _ = logged
    console.open(f"runs/{run}?tab=logs&level=ERROR")
    settle(console, 16)
    with console.page.expect_download() as started:
        console.page.get_by_role("button", name="Download as text").click()
    assert started.value.suggested_filename == f"{made.state_of(run)['name']}.log"
    lines = started.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 16
    assert lines[0] == "2026-01-31T08:00:00.06+00:00 ERROR    odd | line 3"


@pytest.fixture(scope="module")
def many(made):
    """Return a run with a hundred thousand entries."""
    run = made.run(made.flow(), "Running")
    made.log(run, entries(_MANY, datetime(2026, 1, 31, 8, tzinfo=UTC)))
    return run


def test_fifty_thousand_entries_scroll_to_the_last(console, many):
    console.open(f"runs/{many}?tab=logs&order=oldest")
    assert rows(console)[0] == "line 0"
    bottom = "box => { box.scrollTop = box.scrollHeight; }"
    last = console.page.locator(".log-text", has_text=f"line {_MANY - 1}")
    box = console.page.get_by_role("region", name="Log entries")
    for _ in range(2000):
        box.evaluate(bottom)
        console.page.wait_for_timeout(50)
        assert console.page.locator(".log-row").count() < 80
        if last.count():
            break
    last.wait_for()
    settle(console, f"{_MANY:,}")
    assert console.page.evaluate("document.querySelectorAll('*').length") < 1000
    box.evaluate("box => { box.scrollTop = 0; }")
    console.page.locator(".log-text", has_text="line 1").first.wait_for()


def test_rare_entry_of_many_is_found_and_the_download_can_be_cancelled(console, many):
    console.open(f"runs/{many}?tab=logs&text=line 4321&order=oldest")
    assert rows(console)[0] == "line 4321"
    further = console.page.get_by_role("button", name="Look further")
    for _ in range(40):
        if further.count() == 0:
            break
        further.evaluate_all("found => found.forEach((one) => one.disabled || one.click())")
        console.page.wait_for_timeout(100)
    settle(console, 11)
    console.open(f"runs/{many}?tab=logs")
    console.page.locator(".log-text", has_text=f"line {_MANY - 1}").wait_for()
    console.page.get_by_role("button", name="Download as text").click()
    console.page.get_by_text("entries read…").wait_for()
    console.page.get_by_role("button", name="Cancel", exact=True).last.click()
    console.page.get_by_role("button", name="Download as text").wait_for()
