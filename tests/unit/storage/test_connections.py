"""Connections to a server of sockets that responds as a test needs it."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from storage.dynamodb import connections
from storage.dynamodb.connections import Connections
from tests.unit.socket_server import ANSWER, served

CHUNKED = b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend"


def test_two_requests_share_a_connection_and_arrive_as_they_were_sent():
    with served(ANSWER, CHUNKED) as (server, there):
        first, second = there.post({"X-A": "1"}, b"one"), there.post({"X-A": "2"}, b"x" * 300_000)

    assert (first.status_code, first.headers.get("x-name"), first.content) == (200, "a", b"{}")
    assert (second.status_code, second.content) == (400, b"{}")
    assert server.connections == 1
    (head, body), (_, large) = server.requests
    assert head == (f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-A: 1\r\nContent-Length: 3")
    assert (body, len(large)) == (b"one", 300_000)


def test_connection_that_the_server_closes_is_not_used_again():
    with served(LAST) as (server, there):
        assert [there.post({}, b"").content for _ in range(2)] == [b"end"] * 2

    assert server.connections == 2


def test_connection_that_ended_while_idle_is_not_used_again(monkeypatch):
    monkeypatch.setattr(connections, "_CHECK_AFTER", 0.0)
    with served(ANSWER) as (server, there):
        for _ in range(2):
            assert there.post({}, b"").content == b"{}"
            time.sleep(0.05)

    assert server.connections == 2


def test_eight_callers_at_once_open_at_most_eight_connections():
    with served(*[ANSWER] * 50, pause=0.02) as (server, there), ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda _: there.post({}, b"").content, range(40)))

    assert contents == [b"{}"] * 40
    assert server.connections <= 8


@pytest.mark.parametrize("answers", [(), (b"",), (ANSWER[:20],), (b"not HTTP at all\r\n\r\n",)])
def test_end_before_the_response_is_a_connection_closed_error(answers):
    with served(*answers) as (_, there), pytest.raises(ConnectionClosedError):
        there.post({}, b"")


def test_response_that_is_cut_short_is_a_connection_closed_error():
    with served(ANSWER[:-1]) as (_, there), pytest.raises(ConnectionClosedError):
        there.post({}, b"")


def test_late_response_is_a_timeout_and_its_connection_is_not_used_again():
    with served(ANSWER, pause=0.5) as (server, there):
        with pytest.raises(ReadTimeoutError):
            there.post({}, b"")
        server.pause = 0
        assert there.post({}, b"").content == b"{}"

    assert server.connections == 2


def test_refused_connection_is_an_endpoint_connection_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(EndpointConnectionError):
        Connections(f"http://127.0.0.1:{port}", connect_timeout=1, read_timeout=1).post({}, b"")


def test_url_without_a_host_is_refused():
    with pytest.raises(ValueError, match="not the URL of an endpoint"):
        Connections("nonsense", connect_timeout=1, read_timeout=1)


def test_late_connection_is_a_connect_timeout_error(monkeypatch):
    def silent(*_):
        raise TimeoutError

    monkeypatch.setattr("socket.create_connection", silent)

    with pytest.raises(ConnectTimeoutError):
        Connections("http://127.0.0.1:1", connect_timeout=1, read_timeout=1).post({}, b"")


class TestTls:
    def test_trusted_server_gets_two_requests_on_one_connection(self, tls, certificate):
        with served(ANSWER, ANSWER, tls=tls, scheme="https", ca_bundle=str(certificate)) as (server, there):
            assert [there.post({}, b"x" * 100_000).content for _ in range(2)] == [b"{}"] * 2

        assert server.connections == 1

    def test_untrusted_server_is_sent_nothing(self, tls):
        with served(ANSWER, tls=tls, scheme="https") as (server, there), pytest.raises(SSLError):
            there.post({}, b"")

        assert server.requests == []
