"""A client that leaves while its request is executed: what only reads is stopped, a change is finished.

No further change of the same request begins.
"""

import json
import time
import uuid

import pytest

from tests.e2e import plain_http
from tests.e2e.raw_http import connected
from tests.e2e.server_process import running_server

FIELDS = 90


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counted")
    with running_server(folder, STORE="memory", HANDLER="tests.e2e.counted_handler:handler") as running:
        yield running


def calls(server):
    return int(plain_http.get(f"{server.url}/calls").text)


def calls_in_the_end(server):
    """Return how many calls were made when no more are made."""
    before, found = -1, calls(server)
    while found > before:
        time.sleep(0.5)
        before, found = found, calls(server)
    return found


def leave_during(server, document):
    """Send a document, leave when it has made some calls, and return how many it made in the end."""
    before = calls(server)
    body = json.dumps({"query": document}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with connected(server.port) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while calls(server) < before + 3:
            time.sleep(0.01)
    return calls_in_the_end(server) - before


def test_query_makes_no_more_calls_when_its_client_has_left(counted):
    fields = [f'f{number}: flow_run_by_pk(id: "{uuid.uuid4()}") {{ id }}' for number in range(FIELDS)]

    made = leave_during(counted, f"{{ {' '.join(fields)} }}")

    assert made < FIELDS / 2
    assert counted.stderr == ""
    assert "no answer" not in counted.stdout


def test_mutation_whose_client_has_left_ends_after_the_field_that_has_begun(counted):
    fields = [
        f'f{number}: set_key_value(input: {{key: "left {number}", value: 1}}) {{ id }}'
        for number in range(FIELDS)
    ]

    leave_during(counted, f"mutation {{ {' '.join(fields)} }}")

    response = plain_http.post(f"{counted.url}/graphql", json={"query": "{ key_value { key } }"}, timeout=60)
    done = {row["key"] for row in response.json()["data"]["key_value"]}
    assert done == {f"left {number}" for number in range(len(done))}
    assert 1 <= len(done) < FIELDS / 2
