"""What the console does when the service is stopped, slow, refuses a key, or takes no more requests."""

import hashlib
import signal

import pytest

from tests.e2e.console.pages import ConsolePage
from tests.e2e.console.prefix_proxy import below_a_prefix
from tests.e2e.server_process import running_server

TOKEN = "the token of this test"
RUNS = "region", "Runs"


@pytest.fixture
def guarded(tmp_path):
    """Return a server that asks for a token."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    with running_server(tmp_path, AUTH_TOKEN_SHA256=digest, STORE="memory") as running:
        yield running


@pytest.fixture
def new_page(browser):
    """Return a function that opens a page in a profile of its own, at an address."""
    contexts = []

    def opened(url):
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB"))
        return ConsolePage(contexts[-1].new_page(), url)

    yield opened
    for context in contexts:
        context.close()


def test_key_is_asked_for_where_one_is_needed_and_a_wrong_one_is_told(new_page, guarded):
    console = new_page(guarded.url)
    console.expected = ("401",)
    console.open("limits", heading="Concurrency limits")
    dialog = console.dialog("API key")
    dialog.get_by_text("asks for an API key").wait_for()
    console.check_wcag()
    dialog.get_by_label("API key or token").fill("wrong")
    dialog.get_by_role("button", name="Use this key").click()
    dialog.get_by_text("not accepted").wait_for()
    dialog.get_by_label("API key or token").fill(f" {TOKEN} ")
    dialog.get_by_role("button", name="Use this key").click()
    console.page.get_by_role("heading", name="Flow runs by label").wait_for()
    console.gone("API key")

    stored = console.page.evaluate(
        "[JSON.stringify(sessionStorage), JSON.stringify(localStorage), document.cookie]"
    )
    assert TOKEN in stored[0]
    assert TOKEN not in stored[1] + stored[2] + console.page.url
    console.page.reload()
    console.page.get_by_role("heading", name="Flow runs by label").wait_for()
    console.page.get_by_role("button", name="Forget the API key").click()
    console.dialog("API key")
    assert TOKEN not in console.page.evaluate("JSON.stringify(sessionStorage)")
    console.check()


def test_key_that_no_header_can_carry_is_refused_at_once_and_the_same_key_is_tried_again(new_page, guarded):
    console = new_page(guarded.url)
    console.expected = ("401",)
    console.open("limits", heading="Concurrency limits")
    dialog = console.dialog("API key")
    field = dialog.get_by_label("API key or token")
    field.fill("ключ")
    console.page.keyboard.press("Enter")
    dialog.get_by_text("A key has only").wait_for()
    for _ in range(2):
        with console.page.expect_response("**/graphql"):
            field.fill("wrong")
            console.page.keyboard.press("Enter")
        dialog.get_by_text("not accepted").wait_for()
    console.page.keyboard.press("Escape")
    # The API's own words name a header, which nobody sets in a browser.
    assert "Authorization" not in console.page.get_by_role("alert").first.inner_text()
    console.check()


def test_key_of_a_tab_is_not_known_to_another_profile(new_page, guarded):
    for _ in range(2):
        console = new_page(guarded.url)
        console.expected = ("401",)
        console.open("limits")
        console.dialog("API key").get_by_label("API key or token").fill(TOKEN)
        console.page.keyboard.press("Enter")
        console.gone("API key")
        console.check()


def test_none_is_asked_for_a_key_where_none_is_needed(console):
    console.open("limits", heading="Concurrency limits")
    console.page.get_by_role("heading", name="Flow runs by label").wait_for()
    assert console.page.get_by_role("dialog").count() == 0
    assert console.page.get_by_role("button", name="Forget the API key").count() == 0


def step_until(console, holds):
    """Let the clock of the page go on, in steps that a request is faster than, until something holds."""
    for _ in range(40):
        if holds():
            return
        console.page.clock.run_for(4000)
        console.page.wait_for_timeout(300)
    raise AssertionError("it did not come to that")


def test_stopped_server_is_told_what_is_shown_stays_and_it_recovers(new_page, tmp_path):
    with running_server(tmp_path, STORE="memory") as running:
        console = new_page(running.url)
        console.expected = ("ERR_", "Failed to load", "502", "503")
        console.page.clock.install()
        console.open("limits", heading="Concurrency limits")
        console.page.get_by_role("heading", name="Flow runs by label").wait_for()
        running.process.send_signal(signal.SIGSTOP)
        try:
            console.page.clock.run_for(60_000)
            console.page.get_by_role("alert").get_by_text("did not respond in time").wait_for()
            console.page.get_by_role("heading", name="Flow runs by label").wait_for()
            console.check_wcag()
        finally:
            running.process.send_signal(signal.SIGCONT)
        step_until(console, lambda: console.page.get_by_role("alert").count() == 0)
        running.end()
        step_until(console, console.page.get_by_role("alert").get_by_text("cannot be reached").is_visible)
        console.page.get_by_role("heading", name="Flow runs by label").wait_for()
        console.check()


@pytest.mark.parametrize(
    ("response", "title"),
    [
        (
            {"status": 429, "headers": {"retry-after": "7"}, "body": '{"message": "Too Many Requests"}'},
            "Too many requests",
        ),
        ({"status": 503, "body": "<html>no</html>"}, "The service has a problem now"),
        ({"status": 504, "body": ""}, "The server did not respond in time"),
        ({"status": 200, "body": "<html>a log-in page</html>"}, "The response cannot be read"),
        ({"status": 200, "body": '{"data": null}'}, "The service has a problem now"),
    ],
)
def test_odd_response_is_told_and_the_page_recovers_by_itself(console, response, title):
    console.expected = ("429", "503", "504")
    console.page.clock.install()
    console.page.route("**/graphql", lambda route: route.fulfill(**response))
    console.open("limits", heading="Concurrency limits")
    console.page.get_by_role("alert").get_by_text(title).wait_for()
    before = len(console.asked)
    if response["status"] == 429:
        console.page.clock.run_for(6500)
        assert len(console.asked) == before
    console.page.unroute("**/graphql")
    console.page.clock.run_for(15_000)
    console.page.get_by_role("heading", name="Flow runs by label").wait_for()
    console.page.get_by_role("alert").wait_for(state="detached")


def test_slow_response_leaves_the_page_usable(console):
    held = []
    console.page.route("**/graphql", lambda route: held.append(route))  # noqa: PLW0108  (its type is asked for)
    console.open("limits", heading="Concurrency limits")
    console.page.get_by_text("Loading…").wait_for()
    console.page.get_by_role("link", name="Agents").click()
    console.page.get_by_role("heading", level=1, name="Agents").wait_for()
    while len(held) < 2:  # the first one was given up with its view
        console.page.wait_for_timeout(20)
    held[-1].continue_()
    console.page.get_by_text("Loading…").wait_for(state="detached")
    assert console.page.get_by_role("alert").count() == 0


def test_action_that_fails_is_told_in_its_dialog_and_can_be_repeated(console):
    console.expected = ("ERR_FAILED",)
    console.open("limits", heading="Concurrency limits")
    console.page.get_by_role("button", name="Limit a tag…").click()
    dialog = console.dialog("Limit a tag")
    dialog.get_by_label("Tag", exact=True).fill("tag of a failed action")
    console.page.route("**/graphql", lambda route: route.abort())
    dialog.get_by_role("button", name="Set the limit").click()
    dialog.get_by_role("alert").get_by_text("cannot be reached").wait_for()
    console.page.unroute("**/graphql")
    dialog.get_by_role("button", name="Set the limit").click()
    console.gone("Limit a tag")
    console.page.get_by_role("row", name="tag of a failed action").wait_for()


def test_console_works_below_a_prefix(new_page, server):
    with below_a_prefix(server.url, "/team/prod") as url:
        console = new_page(url)
        console.page.goto(f"{url}/")
        console.page.get_by_role("heading", level=1, name="Overview").wait_for()
        assert console.page.url.startswith(f"{url}/ui/")
        console.open("limits", heading="Concurrency limits")
        console.page.get_by_role("heading", name="Flow runs by label").wait_for()
        console.page.get_by_role("link", name="GraphiQL").click()
        console.page.get_by_role("button", name="Execute query").wait_for()
        console.check()
