"""The request arrives and its answer is lost: the client's retry against the real server."""

import uuid

import httpx
import pytest

from flow_runs import AnswerLostError, Client, RetryPolicy, VersionLockError

PROMPT = RetryPolicy(sleep=lambda _: None)


class LosesAnswers(httpx.HTTPTransport):
    """Carries requests to the server, and drops the answers of the next `lost` ones after `meanwhile()`."""

    lost = 0
    dropped = 0

    def meanwhile(self):
        """Does nothing; a test puts here what others do before the retry."""

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
    return LosesAnswers()


@pytest.fixture
def client(server, network):
    with Client(server.url, retries=PROMPT, transport=network) as connected:
        yield connected


@pytest.fixture
def other(server):
    """Somebody else, whose network works."""
    with Client(server.url) as connected:
        yield connected


@pytest.fixture
def project(other):
    return other.create_project(f"Project {uuid.uuid4().hex[:8]}")


@pytest.fixture
def run_id(other, project):
    return other.create_flow_run(other.register_flow(project, "My Flow Name"))


def test_a_created_run_is_not_created_again(client, network, other, project):
    flow_id = other.register_flow(project, "My Flow Name")
    name = f"run {uuid.uuid4().hex}"

    network.lost = 3
    created = client.create_flow_run(flow_id, run_name=name)

    assert network.dropped == 3
    runs = other.graphql(
        "query($n: String) { flow_run(where: {name: {_eq: $n}}, limit: 9) { id } }", {"n": name}
    )
    assert runs["flow_run"] == [{"id": created}]


def test_a_registered_flow_is_not_registered_again(client, network, other, project):
    network.lost = 1

    flow_id = client.register_flow(project, "My Flow Name")

    assert network.dropped == 1
    found = other.graphql("query($id: UUID!) { flow_by_pk(id: $id) { version } }", {"id": flow_id})
    assert found["flow_by_pk"]["version"] == 1


def test_our_own_state_change_is_no_conflict(client, network, run_id):
    network.lost = 2

    assert client.set_flow_run_state(run_id, 1, "Running") == 2

    assert network.dropped == 2
    assert [entry.version for entry in client.get_flow_run_states(run_id)] == [1, 2]


def test_our_own_state_change_is_recognised_after_somebody_elses(client, network, other, run_id):
    network.meanwhile = lambda: other.set_flow_run_state(run_id, 2, "Success")
    network.lost = 1

    assert client.set_flow_run_state(run_id, 1, "Running") == 2


def test_somebody_elses_equal_change_is_a_conflict(client, network, other, run_id):
    # Given that our first request never arrives, and another agent takes the run with the same state
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


def test_a_deleted_run_is_deleted(client, network, run_id):
    network.lost = 1

    client.delete_flow_run(run_id)

    assert network.dropped == 1


def test_a_project_is_not_created_again_and_the_doubt_is_told(client, network):
    network.lost = 1

    with pytest.raises(AnswerLostError) as caught:
        client.create_project(f"Project {uuid.uuid4().hex[:8]}")

    assert caught.value.maybe_done
    assert network.dropped == 1
