"""Callers of the local server: programs of this machine come in, pages of elsewhere do not."""

import json
from hashlib import sha256
from http.client import HTTPConnection

import httpx
import pytest

from tests.e2e import plain_http
from tests.e2e.raw_http import exchange, status
from tests.e2e.server_process import running_server

JSON = {"content-type": "application/json"}


def write(key):
    return json.dumps({"query": f'mutation {{ set_key_value(input: {{key: "{key}", value: 1}}) {{ id }} }}'})


def keys(server):
    response = plain_http.post(f"{server.url}/graphql", json={"query": "{ key_value { key } }"})
    return {row["key"] for row in response.json()["data"]["key_value"]}


def send(server, method="POST", path="/graphql", body=None, **headers):
    """Send a request with these headers, and return its status and its JSON."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, JSON | named)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    return response.status, json.loads(text) if text else None


def code(body):
    return body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "localhost:4200", "LocalHost:1", "[::1]", "192.168.1.7"]
)
def test_request_to_the_loopback_or_an_address_is_executed(server, host):
    answered, body = send(server, body='{"query": "{ hello }"}', Host=host)

    assert (answered, body) == (200, {"data": {"hello": "👋"}})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Host": "evil.example"}, (421, "FOREIGN_HOST")),
        ({"Host": "evil.example:4200", "Origin": "http://evil.example:4200"}, (421, "FOREIGN_HOST")),
        ({"Host": ""}, (400, "BAD_USER_INPUT")),
        ({"Host": "localhost, evil.example"}, (400, "BAD_USER_INPUT")),
        ({"Origin": "https://evil.example"}, (403, "FOREIGN_ORIGIN")),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}, (403, "FOREIGN_ORIGIN")),
        ({"Origin": "null"}, (403, "FOREIGN_ORIGIN")),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, (403, "FOREIGN_ORIGIN")),
    ],
)
def test_mutation_of_a_foreign_page_is_refused_and_writes_nothing(server, headers, expected):
    # When
    answered, body = send(server, body=write("foreign"), **headers)

    # Then
    assert (answered, code(body)) == expected
    assert "foreign" not in keys(server)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("path", ["/", "/graphql?query={hello}", "/graphql/alpha", "/health", "/nothing"])
def test_foreign_host_is_refused_whatever_it_asks_for(server, method, path):
    answered, body = send(server, method, path, Host="evil.example")

    assert answered == 421
    assert method == "HEAD" or code(body) == "FOREIGN_HOST"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET /health HTTP/1.1\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n evil.example\r\n", 400),
        (b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n", 421),
        (b"GET http://[evil/health HTTP/1.1\r\nHost: localhost\r\n", 400),
        (b"GET /health HTTP/1.0\r\n", 200),
        (b"GET /health HTTP/1.0\r\nHost: evil.example\r\n", 421),
    ],
)
def test_host_is_judged_as_it_was_sent(server, head, expected):
    assert status(exchange(server.port, head + b"Connection: close\r\n\r\n")) == expected


def test_refused_request_leaves_the_connection_usable(server):
    with httpx.Client(base_url=server.url) as client:
        refused = client.post("/graphql", content=write("refused"), headers=JSON | {"host": "evil.example"})
        after = client.get("/health")
        first, second = (
            response.extensions["network_stream"].get_extra_info("client_addr")
            for response in (refused, after)
        )

    assert (refused.status_code, after.status_code) == (421, 200)
    assert first == second


def test_server_for_other_machines_is_called_by_its_address_and_by_allowed_names(tmp_path):
    digest = sha256(b"a token").hexdigest()
    settings = {"HOST": "0", "AUTH_TOKEN_SHA256": digest, "ALLOWED_HOSTS": "runs.example,other"}
    with running_server(tmp_path, STORE="memory", **settings) as server:
        known = {"Authorization": "Bearer a token"}
        statuses = {
            host: send(server, body='{"query": "{ hello }"}', Host=host, **known)[0]
            for host in ("127.0.0.1", "10.1.2.3:4200", "Runs.Example:80", "other", "another", "evil.example")
        }
        tokenless = send(server, body='{"query": "{ hello }"}', Host="runs.example")

    assert statuses == {
        **dict.fromkeys(["127.0.0.1", "10.1.2.3:4200", "Runs.Example:80", "other"], 200),
        **dict.fromkeys(["another", "evil.example"], 421),
    }
    assert code(tokenless[1]) == "UNAUTHENTICATED"
