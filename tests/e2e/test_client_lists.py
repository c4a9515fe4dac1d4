"""The lists of the client against the real server: each run once, in order, page by page."""

import uuid

import pytest

from flow_runs import BadUserInputError, Client


@pytest.fixture(scope="module")
def client(server):
    with Client(server.url) as connected:
        yield connected


def new_project(client):
    name = f"Project {uuid.uuid4().hex[:8]}"
    client.create_project(name, "for a test")
    return name


@pytest.fixture(scope="module")
def listed(client):
    """Return a project with 25 runs, which no test changes, and their ids, newest first."""
    project = new_project(client)
    flow_id = client.register_flow(project, "My Flow Name")
    ids = [
        client.create_flow_run(flow_id, labels=["a", "b"] if number % 5 == 0 else ["a"])
        for number in range(25)
    ]
    return project, ids[::-1]


def ids_of(runs):
    return [run.id for run in runs]


@pytest.mark.parametrize("page_size", [1, 4, 5, 25, 1000])
def test_iteration_yields_each_run_once_newest_first(client, listed, page_size):
    project, ids = listed

    assert ids_of(client.iter_flow_runs(project=project, page_size=page_size)) == ids


def test_runs_created_during_an_iteration_are_left_out(client):
    # Given
    project = new_project(client)
    flow_id = client.register_flow(project, "My Flow Name")
    ids = [client.create_flow_run(flow_id) for _ in range(10)][::-1]

    # When a run is created after each run that is read
    read = []
    for run in client.iter_flow_runs(flow="My Flow Name", project=project, page_size=4):
        client.create_flow_run(flow_id)
        read.append(run.id)

    # Then
    assert read == ids
    assert len(list(client.iter_flow_runs(project=project, page_size=4))) == 20


def test_runs_are_filtered_by_labels(client, listed):
    project, ids = listed

    assert ids_of(client.iter_flow_runs(project=project, label="b", page_size=2)) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label="b")) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label=["b", "a"])) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label=["a", "c"])) == []


def test_since_and_until_include_their_instants(client, listed):
    project, ids = listed
    since, until = (client.get_flow_run_info(ids[place]).created for place in (20, 3))

    assert ids_of(client.list_flow_runs(project=project, since=since, until=until)) == ids[3:21]
    iterated = client.iter_flow_runs(project=project, since=since, until=until, page_size=4)
    assert ids_of(iterated) == ids[3:21]
    assert ids_of(client.iter_flow_runs(project=project, since=until.isoformat(), page_size=2)) == ids[:4]
    assert ids_of(client.iter_flow_runs(project=project, since=until, until=since)) == []


def test_iteration_is_filtered_by_state(client):
    # Given
    project = new_project(client)
    flow_id = client.register_flow(project, "My Flow Name")
    ids = [client.create_flow_run(flow_id) for _ in range(9)][::-1]
    for flow_run_id in ids[::2]:
        client.set_flow_run_state(flow_run_id, 1, "Running")

    # When / Then
    assert ids_of(client.iter_flow_runs(project=project, state="Running", page_size=2)) == ids[::2]
    assert ids_of(client.iter_flow_runs(project=project, state="Scheduled", page_size=2)) == ids[1::2]


def test_iteration_without_filters_yields_all_runs(client, listed):
    found = ids_of(client.iter_flow_runs(page_size=7))

    assert len(found) == len(set(found))
    assert [flow_run_id for flow_run_id in found if flow_run_id in listed[1]] == listed[1]


@pytest.mark.parametrize("filters", [{"page_size": 5001}, {"since": "yesterday"}])
def test_refused_filter_is_raised_with_its_message(client, filters):
    with pytest.raises(BadUserInputError, match=r"5,000|yesterday"):
        list(client.iter_flow_runs(**filters))


def test_flows_are_listed_by_newest_version_or_all_versions(client):
    # Given
    project = new_project(client)
    for name in ("Zeta", "Alpha", "Alpha"):
        client.register_flow(project, name)

    # When / Then
    def found(**filters):
        return [(flow.name, flow.version, flow.archived) for flow in client.list_flows(project, **filters)]

    assert found() == [("Alpha", 2, False), ("Zeta", 1, False)]
    assert found(all_versions=True) == [("Alpha", 2, False), ("Alpha", 1, True), ("Zeta", 1, False)]
    assert found(name="Zeta") == [("Zeta", 1, False)]
    assert found(limit=1) == [("Alpha", 2, False)]


def test_projects_have_the_number_of_their_flows(client):
    project, empty = new_project(client), new_project(client)
    for name in ("Zeta", "Alpha", "Alpha"):
        client.register_flow(project, name)

    found = {project.name: project for project in client.list_projects()}

    assert (found[project].flows, found[project].description) == (2, "for a test")
    assert found[empty].flows == 0
    assert list(found) == sorted(found)
