"""The timeline and the graph of a run in the console, also of very many task runs."""

import pytest

from tests.e2e.console.run_data import Made

_MAPPED = 600
_MANY = 10_000


@pytest.fixture(scope="module")
def made(server):
    with Made(server.url) as made:
        yield made


@pytest.fixture(scope="module")
def mapped(made):
    """Return a run whose second task is mapped, with all but the last ten of its children begun."""
    run = made.run(made.flow(["load", "each", "end"], [(0, 1), (1, 2)], mapped=(1,)), "Running")
    load, each, _ = made.tasks_of(run)
    made.task_runs(run, [load], "Running", "Retrying", "Running", "Success")
    made.task_runs(run, [each], "Running", {"type": "Mapped", "n_map_states": _MAPPED})
    children = made.task_runs(run, [each], "Running", map_index=range(_MAPPED - 10))
    for at in range(0, 580, 50):
        made.set_task_states(children[at : at + 50], "Success")
    made.set_task_states(children[-3:], {"type": "Failed", "message": "Boom"})
    return run


def timeline(console):
    return console.page.get_by_role("region", name="Task runs over time")


def test_retries_are_bars_with_a_gap_between_them(console, mapped):
    console.open(f"runs/{mapped}?tab=timeline")
    row = timeline(console).locator("li", has_text="load")
    row.wait_for()
    assert "2 runs" in row.inner_text()
    kinds = row.locator("rect").evaluate_all("all => all.map((one) => one.getAttribute('class'))")
    assert kinds == ["bad", "gap", "good"]


def test_children_are_folded_with_their_counts_and_open_on_demand(console, mapped):
    console.open(f"runs/{mapped}?tab=timeline")
    region = timeline(console)
    parent = region.locator("li", has_text="each")
    parent.get_by_text("3 Failed").wait_for()
    assert region.locator("li").count() == 3
    fold = parent.get_by_role("button", name=f"{_MAPPED} children of each")
    assert fold.get_attribute("aria-expanded") == "false"
    fold.focus()
    console.page.keyboard.press("Enter")
    region.get_by_role("link", name="[0]", exact=True).wait_for()
    assert fold.get_attribute("aria-expanded") == "true"
    assert "open=" in console.page.url
    region.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    region.locator("li", has_text=f"[{_MAPPED - 1}]").get_by_text("not begun").wait_for()
    region.locator("li", has_text=f"[{_MAPPED - 11}]").get_by_text("Failed").wait_for()
    assert region.locator("li").count() < 60
    region.get_by_role("link", name=f"[{_MAPPED - 11}]", exact=True).click()
    console.page.get_by_role("dialog", name=f"Task run: each [{_MAPPED - 11}]").get_by_text(
        "Boom"
    ).first.wait_for()


def test_many_mapped_tasks_are_counted_by_one_request(console, made):
    run = made.run(made.flow([f"each {at}" for at in range(15)], mapped=range(15)), "Running")
    tasks = made.tasks_of(run)
    made.task_runs(run, tasks, "Running", {"type": "Mapped", "n_map_states": 2})
    made.task_runs(run, tasks, "Running", map_index=range(2))
    console.open(f"runs/{run}?tab=timeline")
    timeline(console).locator("li", has_text="each 9").get_by_text("2 Running").wait_for()
    assert len(console.asked) <= 3


def test_address_keeps_what_is_open(console, made, mapped):
    each = made.tasks_of(mapped)[1]
    console.open(f"runs/{mapped}?tab=timeline&open={each}")
    timeline(console).get_by_role("link", name="[3]", exact=True).wait_for()
    console.page.wait_for_timeout(500)
    assert len(console.asked) <= 3
    console.asked.clear()
    with console.page.expect_request(lambda request: request.method == "POST", timeout=10_000):
        pass
    console.page.wait_for_timeout(500)
    assert len(console.asked) == 1


def test_changes_of_task_runs_show_without_a_reload(console, made):
    run = made.run(made.flow(["load", "each"], [(0, 1)], mapped=(1,)), "Running")
    load, each = made.tasks_of(run)
    console.open(f"runs/{run}?tab=timeline&open={each}")
    row = timeline(console).locator("li", has_text="load")
    row.get_by_text("Pending").wait_for()
    ids = made.task_runs(run, [load], "Running")
    row.get_by_text("Running").wait_for()
    made.set_task_states(ids, "Success")
    row.get_by_text("Success").wait_for()
    made.task_runs(run, [each], "Running", {"type": "Mapped", "n_map_states": 2})
    children = made.task_runs(run, [each], "Running", map_index=range(2))
    child = timeline(console).locator("li", has_text="[1]")
    child.get_by_text("Running").wait_for()
    made.set_task_states(children, "Success")
    child.get_by_text("Success").wait_for()
    timeline(console).locator("li", has_text="each").get_by_text("2 Success").wait_for()


def test_fifty_thousand_children_are_folded_and_scroll(console, made):
    run = made.run(made.flow(["each"], mapped=(0,)), "Running")
    (each,) = made.tasks_of(run)
    made.task_runs(run, [each], "Running", {"type": "Mapped", "n_map_states": 50_000})
    made.task_runs(run, [each], "Running", map_index=[0, 25_000, 49_999])
    console.open(f"runs/{run}?tab=timeline&open={each}")
    region = timeline(console)
    region.get_by_role("link", name="[0]", exact=True).wait_for()
    region.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    region.get_by_role("link", name="[49999]", exact=True).wait_for()
    assert region.locator("li").count() < 60


@pytest.fixture(scope="module")
def many(made):
    """Return a run of a flow with ten thousand tasks, of which the first and the last ran."""
    run = made.run(made.flow([f"task {at}" for at in range(_MANY)], [(0, _MANY - 1)]), "Running")
    first = made.tasks_of(run)[0]
    document = (
        "query($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks(offset: 5000, limit: 5000) { id } } } }"
    )
    last = made.ask(document, id=run)["flow_run_by_pk"]["flow"]["tasks"][-1]["id"]
    made.task_runs(run, [first, last], "Running", "Success")
    return run


def test_ten_thousand_task_runs_scroll_to_the_last(console, many):
    console.open(f"runs/{many}?tab=timeline")
    region = timeline(console)
    region.get_by_role("link", name="task 0", exact=True).wait_for()
    console.page.get_by_text("10,000 tasks").wait_for()
    for part in (0.3, 0.55, 0.8, 1):
        region.evaluate("(box, part) => { box.scrollTop = box.scrollHeight * part; }", part)
        console.page.wait_for_timeout(50)
        assert region.locator("li").count() < 60
    last = region.locator("li", has_text=f"task {_MANY - 1}")
    last.get_by_text("Success").wait_for()
    assert last.get_attribute("aria-posinset") == str(_MANY)
    assert console.page.evaluate("document.querySelectorAll('*').length") < 1500
    # Each of the four places is on two pages at most, and not all twenty pages are read.
    assert len({asked["variables"].get("offset", 0) for asked in console.asked}) <= 9


def test_graph_of_very_many_tasks_is_a_list(console, many):
    console.open(f"runs/{many}?tab=graph")
    console.page.get_by_text("A graph of 10,000 tasks is not drawn").wait_for()
    console.page.get_by_role("link", name="task 0", exact=True).wait_for()


def refreshed(console):
    """Let the page refresh, as a tab does that is shown again. Return what it asked."""
    with console.page.expect_response("**/graphql"):
        console.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    return console.asked[-1]["variables"]


def test_refresh_of_very_many_task_runs_asks_for_those_in_sight_alone(console, made, many):
    console.open(f"runs/{many}?tab=timeline")
    region = timeline(console)
    region.get_by_role("link", name="task 0", exact=True).wait_for()
    console.page.get_by_text("10,000 tasks").wait_for()
    third = made.tasks_of(many)[2]
    begun = made.task_runs(many, [third], "Running")
    row = region.locator("li").nth(2)
    row.get_by_text("Running").wait_for()
    asked = refreshed(console)
    assert (asked["tasks"], asked["some"]) == (False, True)
    assert third in asked["changing"]
    assert len(asked["changing"]) < 60
    made.set_task_states(begun, "Success")
    row.get_by_text("Success").wait_for()
    assert third not in refreshed(console)["changing"]
    made.set_state(many, "Failed")
    console.page.locator("main .state.bad").first.wait_for()
    # What has not begun is asked for once more, and then not any longer.
    for _ in range(3):
        asked = refreshed(console)
    assert (asked["tasks"], asked["some"]) == (False, False)


def test_graph_has_states_and_leads_to_task_runs_by_keys(console, mapped):
    console.open(f"runs/{mapped}?tab=graph")
    node = console.page.get_by_role("link", name="load: Success")
    node.wait_for()
    graph = console.page.get_by_role("region", name="Graph of the tasks")
    assert graph.locator(".edges path").count() == 2
    width = graph.locator("svg").first.bounding_box()["width"]
    console.page.get_by_role("button", name="Larger").click()
    assert graph.locator("svg").first.bounding_box()["width"] > width
    console.page.get_by_role("button", name="Smaller").click()
    node.focus()
    console.page.keyboard.press("Enter")
    console.page.get_by_role("dialog", name="Task run: load").wait_for()
    console.page.keyboard.press("Escape")
    assert console.page.get_by_role("link", name="each: Mapped, mapped").count() == 1


def test_graph_of_two_hundred_tasks_is_drawn(console, made):
    edges = [(at, at + 20) for at in range(180)] + [(at, at + 21) for at in range(0, 179, 3)]
    run = made.run(made.flow([f"task {at}" for at in range(200)], edges))
    console.open(f"runs/{run}?tab=graph")
    graph = console.page.get_by_role("region", name="Graph of the tasks")
    graph.get_by_role("link").nth(199).wait_for()
    assert graph.locator(".edges path").count() == len(edges)
    assert console.violations_of_wcag() == []
