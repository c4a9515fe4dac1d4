"""The views of agents, limits, API keys, secrets and key-values, and the search."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e import plain_http


def test_agents_are_shown_as_seen_and_forgotten(console, api):
    agent = api.mutate("register_agent", name="laptop <b>", type="LocalAgent", labels=["gpu", "eu"])["id"]
    api.send(
        "mutation ($i: get_runs_in_queue_input!) { get_runs_in_queue(input: $i) { flow_run_ids } }",
        i={"tenant_id": api.send("{ tenant { id } }")["tenant"][0]["id"], "labels": ["gpu"]},
    )
    console.open("agents", heading="Agents")
    row = console.page.get_by_role("row", name="laptop <b>")
    row.get_by_text("eu, gpu").wait_for()
    console.check_wcag()
    row.get_by_role("button", name="Forget laptop <b>").click()
    dialog = console.dialog("Forget an agent")
    console.check_wcag()
    dialog.get_by_role("button", name="Forget it").click()
    console.gone("Forget an agent")
    row.wait_for(state="detached")
    assert api.send("query ($id: UUID!) { agent_by_pk(id: $id) { id } }", id=agent)["agent_by_pk"] is None


@pytest.mark.parametrize(
    ("noun", "field", "name"), [("label", "Label", "a label"), ("tag", "Tag", "a <i>tag</i>")]
)
def test_limit_is_set_changed_and_removed(console, api, noun, field, name):
    console.open("limits", heading="Concurrency limits")
    console.page.get_by_role("button", name=f"Limit a {noun}…").click()
    dialog = console.dialog(f"Limit a {noun}")
    save = dialog.get_by_role("button", name="Set the limit")
    assert save.is_disabled()
    dialog.get_by_label(field, exact=True).fill(name)
    dialog.get_by_label("How many may run at once").fill("0")
    dialog.get_by_text("none begins until").wait_for()
    console.check_wcag()
    save.click()
    console.gone(f"Limit a {noun}")
    row = console.page.get_by_role("row", name=name)
    row.get_by_text("0 of 0").wait_for()
    row.get_by_role("button", name=f"Change {name}").click()
    dialog = console.dialog(f"Change the limit of {name}")
    dialog.get_by_label("How many may run at once").fill("12")
    dialog.get_by_role("button", name="Set the limit").click()
    row.get_by_text("0 of 12").wait_for()
    console.check_wcag()
    row.get_by_role("button", name=f"Remove {name}").click()
    console.dialog(f"Remove the limit of {name}").get_by_role("button", name="Remove it").click()
    row.wait_for(state="detached")


def test_key_is_shown_once_and_revoked(console, server):
    console.open("keys", heading="API keys")
    console.page.get_by_role("button", name="Make a key…").click()
    dialog = console.dialog("Make an API key")
    dialog.get_by_label("Name").fill("for ci")
    dialog.get_by_label("It permits").select_option("admin")
    console.check_wcag()
    dialog.get_by_role("button", name="Make it").click()
    shown = console.dialog("The new API key")
    key = shown.locator("pre").inner_text()
    assert len(key) > 20
    console.check_wcag()
    shown.get_by_role("button", name="Close").click()
    row = console.page.get_by_role("row", name="for ci")
    row.get_by_text("in 3 mo").wait_for()
    assert key not in console.page.content()
    assert is_let_in(server, key)
    console.check_wcag()
    row.get_by_role("button", name="Revoke for ci").click()
    console.dialog("Revoke for ci").get_by_role("button", name="Revoke it").click()
    row.wait_for(state="detached")


def is_let_in(server, key):
    answer = plain_http.post(
        f"{server.url}/graphql", json={"query": "{ hello }"}, headers={"authorization": f"Bearer {key}"}
    )
    return "errors" not in answer.json()


def test_key_is_rotated_and_both_are_valid_for_the_overlap(console, server, api):
    ends = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    made = api.mutate(
        "create_api_key", "id key", name="of agents", scope="runner", owner="the team", expires_at=ends
    )
    assert is_let_in(server, made["key"])
    console.open("keys", heading="API keys")
    row = console.page.get_by_role("row", name="of agents")
    for text in ("runner", "the team", "made by anonymous", "soon", made["key"][:20]):
        row.get_by_text(text, exact=text == "soon").first.wait_for()
    row.get_by_role("button", name="Rotate of agents").click()
    dialog = console.dialog("Rotate of agents")
    dialog.get_by_label("This key stays valid").select_option("3600")
    console.check_wcag()
    dialog.get_by_role("button", name="Rotate it").click()
    shown = console.dialog("The new API key")
    key = shown.locator("pre").inner_text()
    shown.get_by_text("in 60 min").or_(shown.get_by_text("in 1 h")).first.wait_for()
    console.check_wcag()
    shown.get_by_role("button", name="Close").click()
    console.page.get_by_text("rotated", exact=True).wait_for()
    assert is_let_in(server, made["key"])
    assert is_let_in(server, key)
    console.check_wcag()


def test_secret_is_set_and_its_value_is_nowhere_on_the_page(console, api):
    console.open("stored", heading="Secrets and key-values")
    console.page.get_by_role("button", name="Set a secret…").click()
    dialog = console.dialog("Set a secret")
    dialog.get_by_label("Name").fill("PASSWORD_OF_DB")
    dialog.get_by_label("Value").fill("0123456789")
    dialog.get_by_text("kept as text").wait_for()
    dialog.get_by_text("As GraphQL").click()
    assert "0123456789" not in console.page.content()
    console.check_wcag()
    dialog.get_by_role("button", name="Set it").click()
    console.gone("Set a secret")
    row = console.page.get_by_role("row", name="PASSWORD_OF_DB")
    row.wait_for()
    stored = 'query { secret_value(name: "PASSWORD_OF_DB") }'
    assert api.send(stored)["secret_value"] == "0123456789"
    row.get_by_role("button", name="Remove").click()
    console.dialog("Remove PASSWORD_OF_DB").get_by_role("button", name="Remove it").click()
    row.wait_for(state="detached")


def test_key_value_is_set_as_json_replaced_and_removed(console, api):
    console.open("stored", heading="Secrets and key-values")
    for value, kind in (('{"a": [1, 2]}', "JSON"), ("0042", "text")):
        row = console.page.get_by_role("row", name="last seen")
        (
            row.get_by_role("button", name="Replace")
            if row.count()
            else console.page.get_by_role("button", name="Set a key…")
        ).click()
        dialog = console.dialog("Set a key")
        if dialog.get_by_label("Key").is_editable():
            dialog.get_by_label("Key").fill("last seen")
        dialog.get_by_label("Value").fill(value)
        dialog.get_by_text(f"kept as {kind}").wait_for()
        console.check_wcag()
        dialog.get_by_role("button", name="Set it").click()
        console.gone("Set a key")
        row.wait_for()
    [found] = api.send('{ key_value(where: {key: {_eq: "last seen"}}) { value } }')["key_value"]
    assert found["value"] == "0042"
    console.check_wcag()
    row.get_by_role("button", name="Remove").click()
    console.dialog("Remove last seen").get_by_role("button", name="Remove it").click()
    row.wait_for(state="detached")


def test_search_finds_runs_flows_and_projects_by_name_and_id(console, api):
    project = api.project("Searched project")
    flow = api.flow(project, "searched flow")
    run = api.run(flow, flow_run_name="searched run")
    for text, kind, place in (
        ("searched run", "Run", f"#/runs/{run}"),
        (run, "Run", f"#/runs/{run}"),
        (f"  {run.upper()} ", "Run", f"#/runs/{run}"),
        ("searched flow", "Flow", f"#/flows/{flow}"),
        (flow, "Flow", f"#/flows/{flow}"),
        ("Searched project", "Project", f"#/flows?project={project}"),
    ):
        console.open("search", heading="Search")
        console.page.get_by_role("searchbox").fill(text)
        console.page.keyboard.press("Enter")
        found = console.page.get_by_role("main").get_by_role("listitem")
        found.get_by_text(kind, exact=True).wait_for()
        assert found.get_by_role("link").get_attribute("href") == place
    console.check_wcag()


def look_through(console, expected):
    """Look for a key in more flows, as far as it takes: other tests have made some, too."""
    more = console.page.get_by_role("button", name="Look in more flows")
    for _ in range(50):
        expected.or_(more).first.wait_for()
        if expected.count():
            return
        more.click()
    raise AssertionError("it is in no flow")


def searched(console, text):
    console.open("search", heading="Search")
    console.page.get_by_role("searchbox", name="Search by id, name or key").fill(text)
    console.page.keyboard.press("Enter")


def test_search_for_what_is_not_there_says_so(console):
    for text in (
        *("no such thing", "<script>alert(1)</script>", "%", "01a22280-da06-7336-9bf8-846762130000"),
        "k" * 5000,
    ):
        searched(console, text)
        look_through(console, console.page.get_by_text("Nothing was found."))
    console.page.get_by_text("for 24 hours from their last use").wait_for()
    console.check_wcag()


def test_search_finds_runs_by_their_key_if_nothing_has_that_name(console, api):
    # A key may look like an id, and two flows may have the same.
    key = "01a22280-da06-7336-9bf8-846762131111"
    first, second = (api.run(api.flow(), idempotency_key=key) for _ in range(2))
    found = console.page.get_by_role("main").get_by_role("listitem")
    for run in (first, second):
        searched(console, key)
        look_through(console, found.locator(f"a[href='#/runs/{run}']"))
    found.get_by_text("Run of this key").first.wait_for()
    console.check_wcag()
    assert [list(asked["variables"]) for asked in console.asked[:2]] == [["id"], ["key", "after"]]
    named = api.run(api.flow(), flow_run_name="named like a key", idempotency_key="x")
    api.run(api.flow(), idempotency_key="named like a key")
    searched(console, "named like a key")
    found.locator(f"a[href='#/runs/{named}']").wait_for()
    assert len(console.asked) == 1


def test_key_is_looked_for_in_very_many_projects_portion_by_portion(console, api):
    for part in range(3):
        creations = " ".join(
            f'p{at}: create_project(input: {{name: "of a key {part} {at}"}}) {{ id }}' for at in range(17)
        )
        api.send(f"mutation {{ {creations} }}")
    last = api.run(api.flow(), idempotency_key="key of the last project")
    searched(console, "key of the last project")
    button = console.page.get_by_role("button", name="Look in more flows")
    button.wait_for()
    console.page.get_by_text(re.compile(r"looked for in \d+ flows")).wait_for()
    console.check_wcag()
    button.focus()
    console.page.keyboard.press("Enter")
    look_through(console, console.page.locator(f"main a[href='#/runs/{last}']"))


@pytest.mark.parametrize("view", ["agents", "limits", "keys", "stored"])
def test_view_asks_once(console, view):
    console.open(view)
    console.page.get_by_text("This page: 1 request").wait_for()
    assert len(console.asked) == 1
