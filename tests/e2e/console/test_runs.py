"""The list of flow runs: filters, pages, and what it costs."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def flow_name():
    return "flow with many runs"


@pytest.fixture(scope="module")
def runs(server, flow_name):
    """Return the ids of 120 runs of one flow, oldest first."""
    from tests.e2e.console.api import Api  # noqa: PLC0415

    api = Api(server.url)
    flow = api.flow(name=flow_name)
    ids = [
        api.run(flow, flow_run_name=f"run {number}", labels=["even"] if number % 2 == 0 else [])
        for number in range(118)
    ]
    failed = api.run(
        flow, "Submitted", "Running", ("Failed", "Unexpected <b>error</b>"), flow_run_name="100% broken_"
    )
    keyed = api.run(flow, idempotency_key="my key", flow_run_name="with a key")
    return [*ids, failed, keyed]


def links(console):
    rows = console.page.get_by_role("region", name="Runs").get_by_role("row")
    return rows.locator("td:nth-child(2)")


def names(console):
    return links(console).all_inner_texts()


def test_pages_lead_through_all_runs_and_back(console, runs, flow_name):
    console.open(f"runs?flow={flow_name}", heading="Runs")
    console.page.get_by_role("link", name="with a key", exact=True).wait_for()
    seen = names(console)
    assert len(seen) == 50
    pages = console.page.get_by_role("navigation", name="Pages")
    for newest in ("run 69", "run 19"):
        pages.get_by_role("button", name="Older").click()
        expect(links(console).first).to_have_text(newest)
        seen += names(console)
    assert seen == ["with a key", "100% broken_", *(f"run {number}" for number in reversed(range(118)))]
    assert pages.get_by_role("button", name="Older").is_disabled()
    pages.get_by_role("button", name="Newer").click()
    expect(links(console)).to_have_text(seen[50:100])
    console.page.go_back()
    expect(links(console)).to_have_text(seen[100:])
    pages.get_by_role("button", name="Newest").click()
    expect(links(console)).to_have_text(seen[:50])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"State": "Failed"}, ["100% broken_"]),
        ({"State": "Failed in any way"}, ["100% broken_"]),
        ({"Name (or beginning*)": "run 11"}, ["run 11"]),
        ({"Name (or beginning*)": "100% broken_"}, ["100% broken_"]),
        ({"Name (or beginning*)": "100%*"}, ["100% broken_"]),
        ({"Idempotency key": "my key"}, ["with a key"]),
        ({"Label": "even", "Name (or beginning*)": "run 11*"}, ["run 116", "run 114", "run 112", "run 110"]),
        ({"Name (or beginning*)": "nothing has this name"}, []),
    ],
)
def test_filters_narrow_the_list_and_stay_in_the_address(console, runs, flow_name, filters, found):
    console.open(f"runs?flow={flow_name}", heading="Runs")
    form = console.page.get_by_role("form", name="Filters")
    console.page.get_by_role("link", name="with a key", exact=True).wait_for()
    for label, value in filters.items():
        field = form.get_by_label(label)
        if label == "State":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Enter")
    for _ in range(2):
        expect(links(console)).to_have_text(found)
        console.page.get_by_role("heading", name="Runs").wait_for()
        console.page.reload()
    form.get_by_role("button", name="Show all").click()
    console.page.get_by_role("region", name="Runs").wait_for()
    assert console.page.url.endswith("#/runs")


def test_times_of_creation_narrow_the_list_in_the_zone_of_the_browser(console, runs, flow_name):
    day = timedelta(days=1)
    tomorrow = (datetime.now(UTC) + day).strftime("%Y-%m-%dT%H:%M")
    console.open(f"runs?flow={flow_name}&from={tomorrow}", heading="Runs")
    console.page.get_by_text("No run matches").wait_for()
    console.open(f"runs?flow={flow_name}&to={tomorrow}", heading="Runs")
    console.page.get_by_role("link", name="with a key", exact=True).wait_for()
    [where] = [asked["variables"]["where"] for asked in console.asked if "where" in asked["variables"]]
    assert re.fullmatch(r"[\d-]+T[\d:]+\.000Z", where["created"]["_lte"])


def test_list_asks_twice_and_then_once_and_costs_the_same_for_more_runs(console, runs, flow_name, api):
    console.page.clock.install()
    costs = []
    for name in (flow_name, "flow with fifty-five runs"):
        if name != flow_name:
            flow = api.flow(name=name)
            for _ in range(55):
                api.run(flow)
        console.open(f"runs?flow={name}", heading="Runs")
        console.page.get_by_text("This page: 2 requests").wait_for()
        assert len(console.asked) == 2
        console.page.clock.run_for(3500)
        console.page.get_by_text("This page: 3 requests").wait_for()
        found = re.search(r"Last refresh: (\d+) calls?, ([\d.]+) read units?", console.page.content())
        assert found
        costs.append(found.groups())
        console.page.goto("about:blank")
    (calls, units), (calls_of_fewer, units_of_fewer) = [(int(calls), float(units)) for calls, units in costs]
    # How many entries of a page are in each shard is chance.
    assert abs(calls - calls_of_fewer) <= 3
    assert abs(units - units_of_fewer) <= 2


def test_list_is_accessible(console, runs, flow_name):
    console.open(f"runs?flow={flow_name}", heading="Runs")
    console.page.get_by_role("link", name="with a key", exact=True).wait_for()
    console.check_wcag()


def test_strip_shows_the_runs_of_the_page(console, runs, flow_name):
    console.open(f"runs?flow={flow_name}", heading="Runs")
    strip = console.page.get_by_role("group", name="The last 50 runs")
    strip.wait_for()
    assert "1 failed" in strip.get_attribute("aria-label")
    strip.locator("a.bad").click()
    console.page.wait_for_url(f"**/#/runs/{runs[118]}")


def test_keyboard_leads_through_the_strip_to_a_run(console, runs, flow_name):
    console.open(f"runs?flow={flow_name}", heading="Runs")
    links = console.page.get_by_role("group", name="The last 50 runs").get_by_role("link")
    links.last.wait_for()
    assert links.evaluate_all("(all) => all.filter((one) => one.tabIndex === 0).length") == 1
    console.page.get_by_role("button", name="Set state…").focus()
    console.page.keyboard.press("Tab")
    expect(links.last).to_be_focused()
    for key, expected in (("ArrowRight", 49), ("ArrowLeft", 48), ("Home", 0), ("End", 49), ("ArrowLeft", 48)):
        console.page.keyboard.press(key)
        expect(links.nth(expected)).to_be_focused()
    name = links.nth(48).get_attribute("aria-label")
    console.page.get_by_text(name, exact=True).first.wait_for()
    console.check_wcag()
    # The strip is one stop, and remembers where somebody was.
    console.page.keyboard.press("Shift+Tab")
    console.page.keyboard.press("Tab")
    expect(links.nth(48)).to_be_focused()
    console.page.keyboard.press("Enter")
    console.page.wait_for_url(f"**/#/runs/{runs[-2]}")


def test_filter_of_an_address_that_is_wrong_is_told_and_can_be_taken_back(console):
    console.expected = ("400",)
    console.open("runs?project=no-id", heading="Runs")
    console.page.get_by_role("alert").get_by_text("UUID").wait_for()
    console.page.get_by_role("button", name="Show all").click()
    console.page.get_by_role("alert").wait_for(state="detached")


def test_refresh_of_the_list_leaves_what_is_being_typed(console, runs, flow_name, api):
    console.page.clock.install()
    console.open(f"runs?flow={flow_name}", heading="Runs")
    console.page.get_by_role("link", name="with a key", exact=True).wait_for()
    field = console.page.get_by_label("Label")
    field.press_sequentially("ev")
    asked = len(console.asked)
    for _ in range(10):
        console.page.clock.run_for(4000)
        console.page.wait_for_timeout(100)
    assert len(console.asked) > asked
    assert field.input_value() == "ev"
    field.press_sequentially("en")
    field.press("Enter")
    expect(links(console).first).to_have_text("run 116")
