"""The console of a service where nothing is stored yet."""

import pytest

from tests.e2e.console.api import Api
from tests.e2e.console.pages import ConsolePage
from tests.e2e.server_process import running_server


@pytest.fixture
def empty(tmp_path):
    with running_server(tmp_path, STORE="memory") as running:
        yield running


@pytest.fixture
def console(browser, empty):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = ConsolePage(context.new_page(), empty.url)
    yield page
    page.check()
    context.close()


def test_somebody_new_makes_an_example_and_starts_its_first_run(console):
    console.open(heading="Overview")
    console.page.get_by_role("button", name="Make an example flow").click()
    dialog = console.dialog("Make an example flow")
    console.check_wcag()
    dialog.get_by_role("button", name="Make it").click()
    console.page.get_by_role("heading", level=1, name="Example").wait_for()
    started = console.page.get_by_role("dialog")
    started.get_by_role("button", name="Start the run").click()
    started.get_by_role("link").click()
    console.page.get_by_role("link", name="Graph", exact=True).click()
    console.page.locator("svg text", has_text="transform").wait_for()


def test_welcome_ends_by_itself_when_there_is_a_project(console, empty):
    console.page.clock.install()
    console.open(heading="Overview")
    console.page.get_by_text("There is no project yet").wait_for()
    # What is not shown costs nothing: only the projects are waited for.
    console.page.wait_for_load_state("networkidle")
    console.asked.clear()
    with console.page.expect_response("**/graphql"):
        console.page.clock.fast_forward(5_000)
    assert ["query Projects" in asked["query"] for asked in console.asked] == [True]
    console.page.get_by_text("Last refresh: 1 call, 1 read unit.").wait_for()
    api = Api(empty.url)
    api.run(api.flow(api.project("the first")))
    console.page.clock.fast_forward(61_000)
    console.page.get_by_text("Runs created").wait_for()
