"""The frame of the console: its navigation, its keys, its colours."""

import re

import pytest


def test_browser_at_the_root_finds_the_console(console, server):
    console.page.goto(server.url)
    console.page.get_by_role("heading", level=1, name="Overview").wait_for()
    assert console.page.url.startswith(f"{server.url}/ui/")
    assert console.page.title() == "Overview · Flow Runs"


def test_every_view_of_the_navigation_opens_and_is_marked(console):
    console.open(heading="Overview")
    links = console.page.get_by_role("navigation", name="Views").get_by_role("link")
    names = [name for name in links.all_inner_texts() if name != "GraphiQL"]
    assert len(names) >= 8
    for name in names:
        links.get_by_text(name, exact=True).click()
        console.page.locator("nav a[aria-current=page]", has_text=name).wait_for()
        console.page.get_by_role("heading", level=1).wait_for()


def test_address_that_names_no_view_says_so(console):
    for place in ("nowhere", "__proto__", "constructor", "agents/1", "runs/1/2", "%E0%A4%A"):
        console.open(place, heading="There is nothing here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_the_button(console, scheme):
    console.page.emulate_media(color_scheme=scheme)
    console.open(heading="Overview")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    of_system = console.page.evaluate(ground)
    button = console.page.get_by_role("button", name=re.compile("Colours"))
    seen = set()
    for _ in range(3):
        seen.add(console.page.evaluate(ground))
        button.click()
    assert len(seen) == 2
    assert console.page.evaluate(ground) == of_system


def test_keys_lead_to_views_and_are_listed(console):
    console.open(heading="Overview")
    for keys, name in (("gr", "Runs"), ("gk", "API keys"), ("gv", "Secrets"), ("gs", "Schedules")):
        console.page.keyboard.type(keys)
        console.page.get_by_role("heading", level=1, name=name).wait_for()
    console.page.keyboard.type("?")
    console.dialog("Keys")
    console.page.keyboard.press("Escape")
    console.gone("Keys")
    console.page.keyboard.type("/")
    assert console.page.evaluate("document.activeElement.id") == "search"


def test_query_of_an_address_may_have_question_marks(console):
    console.open("runs?name=why?", heading="Runs")
    assert console.page.get_by_label("Name (or").input_value() == "why?"


def test_graphiql_keeps_what_is_written_until_the_tab_is_closed_alone(console, server):
    console.page.goto(f"{server.url}/ui/graphiql/")
    editor = console.page.locator(".graphiql-query-editor")
    editor.wait_for()
    editor.click()
    console.page.keyboard.press("Control+a")
    console.page.keyboard.type('{ hello(a: "a secret value") }')
    for _ in range(100):
        if "a secret value" in console.page.evaluate("JSON.stringify(sessionStorage)").replace("\\", ""):
            break
        console.page.wait_for_timeout(100)
    else:
        raise AssertionError("what is written is not kept in the tab")
    assert "secret" not in console.page.evaluate("JSON.stringify(localStorage)")


def test_graphiql_opens_with_examples_and_gets_a_response(console, server):
    console.page.goto(f"{server.url}/ui/graphiql")
    console.page.get_by_role("button", name=re.compile("Execute query")).click()
    console.page.locator(".result-window", has_text='"flow_run"').wait_for()
