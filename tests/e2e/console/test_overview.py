"""The overview: figures, plot and lists, of all projects or one."""

from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def project(api):
    """Return a project with runs in every kind of state."""
    project = api.project()
    flow = api.flow(project, "flow <b>of</b> the overview")
    for _ in range(3):
        api.run(flow, "Submitted", "Running", "Success")
    api.run(
        flow,
        "Submitted",
        "Running",
        ("Failed", "KeyError('x') <img src=x onerror=alert(1)>"),
        flow_run_name="failed run",
    )
    api.run(flow, "Submitted", "Running", flow_run_name="running run")
    api.run(flow, "Cancelled")
    api.run(
        flow,
        flow_run_name="planned run",
        scheduled_start_time=(datetime.now(UTC) + timedelta(hours=2)).isoformat(),
    )
    return project


def section(console, title):
    return console.page.locator("section", has=console.page.get_by_role("heading", name=title, exact=True))


def figure(console, title):
    return console.page.locator(".figures > div", has_text=title).locator("dd")


@pytest.mark.parametrize("view", ["", "runs", "flows", "schedules"])
def test_view_of_a_deleted_project_does_not_say_that_it_is_of_all(console, api, view):
    api.flow()
    gone = api.project()
    api.mutate("delete_project", "success", project_id=gone)
    console.open(f"{view}?project={gone}")
    field = console.page.get_by_label("Project")
    field.wait_for()
    console.page.wait_for_load_state("networkidle")
    assert field.input_value() == gone


def test_name_that_turns_the_direction_of_text_turns_only_itself(console, api, project):
    flow = api.flow(project, "turned \u202e flow")
    api.run(flow, ("Failed", "\u202e message"), flow_run_name="turned \u202e run")
    console.open(f"?project={project}", heading="Overview")
    line = section(console, "Failed lately").get_by_role("listitem").filter(has_text="turned")
    places = [part.bounding_box()["x"] for part in (line.get_by_role("link"), line.get_by_text("of turned"))]
    assert places == sorted(places)


def test_overview_of_a_project_shows_its_runs_alone(console, project):
    console.open(f"overview?project={project}", heading="Overview")
    figure(console, "Runs created").get_by_text("7", exact=True).wait_for()
    assert figure(console, "Success rate").inner_text() == "75 %"
    assert figure(console, "Failed").inner_text() == "1"
    section(console, "Failed lately").get_by_text("<img src=x onerror=alert(1)>").wait_for()
    section(console, "Running longest").get_by_role("link", name="running run").wait_for()
    section(console, "Next to come").get_by_role("link", name="planned run").wait_for()
    section(console, "Next to come").get_by_text("in 2 hr").or_(
        section(console, "Next to come").get_by_text("in 1 hr")
    ).wait_for()
    console.page.get_by_text("As a table").click()
    console.check_wcag()


def test_plot_has_a_bar_with_each_kind_of_state(console, project):
    console.open(f"overview?project={project}&span=week", heading="Overview")
    kinds = console.page.locator(".plot svg > rect")
    kinds.first.wait_for()
    assert {kinds.nth(at).get_attribute("class") for at in range(kinds.count())} == {
        "good",
        "bad",
        "live",
        "gone",
        "waiting",
    }
    console.page.get_by_text("As a table").click()
    rows = console.page.get_by_role("region", name="Numbers of the plot").get_by_role("row")
    assert rows.count() == 8
    assert rows.last.get_by_role("cell").all_inner_texts() == ["7", "3", "0", "1", "1", "1", "1"]


def test_filters_are_in_the_address(console, project):
    console.open("overview", heading="Overview")
    console.page.get_by_label("Project").select_option(project)
    console.page.get_by_label("Time").select_option("30 days")
    figure(console, "Runs created").get_by_text("7", exact=True).wait_for()
    assert f"project={project}" in console.page.url
    assert "span=month" in console.page.url
    console.page.reload()
    figure(console, "Runs created").get_by_text("7", exact=True).wait_for()
    console.open("overview?span=__proto__&project=01a22280-da06-7336-9bf8-846762130000", heading="Overview")
    figure(console, "Runs created").get_by_text("0", exact=True).wait_for()


# A tick of recovery and the counting in it.
TICK_SECONDS = 90


def test_figures_follow_what_happens(console, api, project):
    console.page.clock.install()
    console.open(f"overview?project={project}", heading="Overview")
    figure(console, "Failed").get_by_text("1", exact=True).wait_for()
    [flow] = api.send("query ($p: UUID!) { flow(where: {project_id: {_eq: $p}}) { id } }", p=project)["flow"]
    api.run(flow["id"], "Submitted", "Running", "Failed")
    # Where other tests have made many runs, numbers are counted by recovery, once a tick, for all who look.
    for _ in range(TICK_SECONDS):
        console.page.clock.run_for(61_000)
        if figure(console, "Failed").get_by_text("2", exact=True).is_visible():
            break
        console.page.wait_for_timeout(1_000)
    figure(console, "Failed").get_by_text("2", exact=True).wait_for()


def test_overview_asks_twice_and_then_once(console, project):
    console.page.clock.install()
    console.open(f"overview?project={project}", heading="Overview")
    figure(console, "Runs created").wait_for()
    assert len(console.asked) == 2
    console.page.clock.run_for(11_000)
    console.page.get_by_text("This page: 3 requests").wait_for()
    assert len(console.asked) == 3


def test_nothing_is_asked_while_the_tab_is_hidden(console, project):
    console.page.clock.install()
    console.open(f"overview?project={project}", heading="Overview")
    figure(console, "Runs created").wait_for()
    hide = (
        "(hidden) => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden}); \
        document.dispatchEvent(new Event('visibilitychange')); }"
    )
    console.page.evaluate(hide, True)
    console.page.clock.run_for(600_000)
    assert len(console.asked) == 2
    console.page.evaluate(hide, False)
    console.page.get_by_text("This page: 3 requests").wait_for()


def test_refreshes_become_rarer_while_nothing_changes(console, project):
    console.page.clock.install()
    console.open(f"overview?project={project}", heading="Overview")
    figure(console, "Runs created").wait_for()
    for _ in range(30):
        console.page.clock.run_for(20_000)
        console.page.wait_for_timeout(30)
    assert len(console.asked) - 2 <= 14


def test_project_with_too_many_flows_to_count_shows_the_rest(console, api):
    project = api.project()
    flows = [api.flow(project) for _ in range(51)]
    api.run(flows[0], "Submitted", "Running", flow_run_name="runs on")
    console.open(f"overview?project={project}", heading="Overview")
    console.page.get_by_text("A project of more than 50 flows has no numbers").wait_for()
    section(console, "Running longest").get_by_role("link", name="runs on").wait_for()
    # It is found out once, and is no failure that lets refreshes become rarer.
    console.page.get_by_text("This page: 3 requests").wait_for()
    assert console.page.get_by_role("alert").count() == 0
    console.check_wcag()
    with console.page.expect_response("**/graphql"):
        console.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert console.asked[-1]["variables"]["counted"] is False
    console.page.get_by_role("link", name="See its runs that failed").click()
    console.page.get_by_role("heading", level=1, name="Runs").wait_for()
    assert f"project={project}" in console.page.url
    console.open("overview", heading="Overview")
    console.page.get_by_label("Project").select_option(project)
    console.page.get_by_text("A project of more than 50 flows has no numbers").wait_for()
    console.page.get_by_label("Project").select_option("All")
    figure(console, "Runs created").wait_for()
