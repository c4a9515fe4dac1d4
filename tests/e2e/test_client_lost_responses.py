"""Retries of the client against the real server, after requests whose responses were lost."""

import uuid

import httpx
import pytest

from flow_runs import AnswerLostError, Client, RetryPolicy, VersionLockError

PROMPT = RetryPolicy(sleep=lambda _: None)


class LosesResponses(httpx.HTTPTransport):
    """A network that drops the responses of the next `lost` requests, after a call of `meanwhile()`."""

    lost = 0
    dropped = 0

    def meanwhile(self):
        """Do nothing. A test replaces this by the acts of another client before the retry."""

    def handle_request(self, request):
        response = super().handle_request(request)
        if self.lost:
            self.lost -= 1
            self.dropped += 1
            response.read()
            response.close()
            self.meanwhile()
            raise httpx.ReadTimeout("lost", request=request)
        return response


@pytest.fixture
def network():
    return LosesResponses()


@pytest.fixture
def client(server, network):
    with Client(server.url, retries=PROMPT, transport=network) as connected:
        yield connected


@pytest.fixture
def other(server):
    """Return another client, whose network works."""
    with Client(server.url) as connected:
        yield connected


@pytest.fixture
def project(other):
    return other.create_project(f"Project {uuid.uuid4().hex[:8]}")


@pytest.fixture
def run_id(other, project):
    return other.create_flow_run(other.register_flow(project, "My Flow Name"))


def test_creation_of_a_run_with_lost_response_creates_one_run(client, network, other, project):
    flow_id = other.register_flow(project, "My Flow Name")
    name = f"run {uuid.uuid4().hex}"

    network.lost = 3
    created = client.create_flow_run(flow_id, run_name=name)

    assert network.dropped == 3
    runs = other.graphql(
        "query($n: String) { flow_run(where: {name: {_eq: $n}}, limit: 9) { id } }", {"n": name}
    )
    assert runs["flow_run"] == [{"id": created}]


def test_registration_with_lost_response_registers_one_version(client, network, other, project):
    network.lost = 1

    flow_id = client.register_flow(project, "My Flow Name")

    assert network.dropped == 1
    found = other.graphql("query($id: UUID!) { flow_by_pk(id: $id) { version } }", {"id": flow_id})
    assert found["flow_by_pk"]["version"] == 1


def test_state_change_with_lost_response_is_no_conflict(client, network, run_id):
    network.lost = 2

    assert client.set_flow_run_state(run_id, 1, "Running") == 2

    assert network.dropped == 2
    assert [entry.version for entry in client.get_flow_run_states(run_id)] == [1, 2]


def test_lost_state_change_is_recognised_below_a_newer_state(client, network, other, run_id):
    network.meanwhile = lambda: other.set_flow_run_state(run_id, 2, "Success")
    network.lost = 1

    assert client.set_flow_run_state(run_id, 1, "Running") == 2


def test_equal_state_change_of_another_client_is_a_conflict(client, network, other, run_id):
    # Given a first request that never arrives, while another agent sets the same state
    other_took_it: list[int] = []

    def take(request):
        if not other_took_it:
            other_took_it.append(other.set_flow_run_state(run_id, 1, "Submitted"))
            raise httpx.ReadTimeout("lost", request=request)
        return httpx.HTTPTransport.handle_request(network, request)

    network.handle_request = take

    # When / Then
    with pytest.raises(VersionLockError):
        client.set_flow_run_state(run_id, 1, "Submitted")
    assert other_took_it == [2]


def test_deletion_with_lost_response_is_a_success(client, network, run_id):
    network.lost = 1

    client.delete_flow_run(run_id)

    assert network.dropped == 1


def test_creation_of_a_project_with_lost_response_is_maybe_done(client, network):
    network.lost = 1

    with pytest.raises(AnswerLostError) as caught:
        client.create_project(f"Project {uuid.uuid4().hex[:8]}")

    assert caught.value.maybe_done
    assert network.dropped == 1
