"""The client's lists against the real server: every run once, in order, a page at a time."""

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
    """A project with 25 runs, which no test changes, and their ids, newest first."""
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
def test_every_run_is_given_once_newest_first(client, listed, page_size):
    project, ids = listed

    assert ids_of(client.iter_flow_runs(project=project, page_size=page_size)) == ids


def test_runs_created_while_iterating_neither_come_nor_shift_the_others(client):
    # Given
    project = new_project(client)
    flow_id = client.register_flow(project, "My Flow Name")
    ids = [client.create_flow_run(flow_id) for _ in range(10)][::-1]

    # When one is created for each that is read
    read = []
    for run in client.iter_flow_runs(flow="My Flow Name", project=project, page_size=4):
        client.create_flow_run(flow_id)
        read.append(run.id)

    # Then
    assert read == ids
    assert len(list(client.iter_flow_runs(project=project, page_size=4))) == 20


def test_runs_are_narrowed_by_labels(client, listed):
    project, ids = listed

    assert ids_of(client.iter_flow_runs(project=project, label="b", page_size=2)) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label="b")) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label=["b", "a"])) == ids[4::5]
    assert ids_of(client.list_flow_runs(project=project, label=["a", "c"])) == []


def test_since_and_until_include_the_instants_that_they_name(client, listed):
    project, ids = listed
    since, until = (client.get_flow_run_info(ids[place]).created for place in (20, 3))

    assert ids_of(client.list_flow_runs(project=project, since=since, until=until)) == ids[3:21]
    iterated = client.iter_flow_runs(project=project, since=since, until=until, page_size=4)
    assert ids_of(iterated) == ids[3:21]
    assert ids_of(client.iter_flow_runs(project=project, since=until.isoformat(), page_size=2)) == ids[:4]
    assert ids_of(client.iter_flow_runs(project=project, since=until, until=since)) == []


def test_runs_in_a_state_are_iterated(client):
    # Given
    project = new_project(client)
    flow_id = client.register_flow(project, "My Flow Name")
    ids = [client.create_flow_run(flow_id) for _ in range(9)][::-1]
    for each in ids[::2]:
        client.set_flow_run_state(each, 1, "Running")

    # When / Then
    assert ids_of(client.iter_flow_runs(project=project, state="Running", page_size=2)) == ids[::2]
    assert ids_of(client.iter_flow_runs(project=project, state="Scheduled", page_size=2)) == ids[1::2]


def test_runs_of_the_whole_service_are_iterated(client, listed):
    found = ids_of(client.iter_flow_runs(page_size=7))

    assert len(found) == len(set(found))
    assert [each for each in found if each in listed[1]] == listed[1]


@pytest.mark.parametrize("filters", [{"page_size": 5001}, {"since": "yesterday"}])
def test_what_the_service_refuses_is_raised_with_its_words(client, filters):
    with pytest.raises(BadUserInputError, match=r"5,000|yesterday"):
        list(client.iter_flow_runs(**filters))


def test_flows_are_listed_in_their_newest_version_or_in_all(client):
    # Given
    project = new_project(client)
    for name in ("Zeta", "Alpha", "Alpha"):
        client.register_flow(project, name)

    # When / Then
    def found(**filters):
        return [(each.name, each.version, each.archived) for each in client.list_flows(project, **filters)]

    assert found() == [("Alpha", 2, False), ("Zeta", 1, False)]
    assert found(all_versions=True) == [("Alpha", 2, False), ("Alpha", 1, True), ("Zeta", 1, False)]
    assert found(name="Zeta") == [("Zeta", 1, False)]
    assert found(limit=1) == [("Alpha", 2, False)]


def test_projects_are_listed_with_the_number_of_their_flows(client):
    project, empty = new_project(client), new_project(client)
    for name in ("Zeta", "Alpha", "Alpha"):
        client.register_flow(project, name)

    found = {each.name: each for each in client.list_projects()}

    assert (found[project].flows, found[project].description) == (2, "for a test")
    assert found[empty].flows == 0
    assert list(found) == sorted(found)
