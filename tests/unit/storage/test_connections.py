"""Connections to a server of sockets that responds as a test needs it."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)

from storage.dynamodb.connections import Connections
from storage.dynamodb.deadlines import DeadlineSocket
from tests.unit.socket_server import ANSWER, Server, read_request, response, served, serving, until

CHUNKED = b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend"


def test_two_requests_share_a_connection_and_arrive_as_they_were_sent():
    with served(ANSWER, CHUNKED) as (server, there):
        first, second = there.post({"X-A": "1"}, b"one"), there.post({"X-A": "2"}, b"x" * 300_000)

    assert (first.status_code, first.headers.get("x-name"), first.content) == (200, "a", b"{}")
    assert (second.status_code, second.content) == (400, b"{}")
    assert server.connections == 1
    (head, body), (_, large) = server.requests
    start, *lines = head.split("\r\n")
    assert start == "POST / HTTP/1.1"
    assert sorted(lines) == [
        "Accept-Encoding: identity",
        "Content-Length: 3",
        f"Host: 127.0.0.1:{server.port}",
        "X-A: 1",
    ]
    assert (body, len(large)) == (b"one", 300_000)


def test_connection_that_the_server_closes_is_not_used_again():
    with served(LAST) as (server, there):
        assert [there.post({}, b"").content for _ in range(2)] == [b"end"] * 2

    assert server.connections == 2


def test_connection_that_ended_while_idle_is_not_used_again():
    with served(ANSWER) as (server, there):
        for _ in range(2):
            assert there.post({}, b"").content == b"{}"
            until(there._idle[0].is_disturbed)

    assert server.connections == 2


@pytest.mark.parametrize("part", [response(b"2"), b"H"], ids=["a second response", "a byte"])
def test_connection_on_which_something_waits_is_not_used_again(part):
    more = threading.Event()

    class Talkative(Server):
        def serve(self, connection):
            number = self.connections
            self.requests.append(read_request(connection))
            connection.sendall(response(b"%d" % number))
            more.wait()
            connection.sendall(part)
            self.over.wait()

    with serving(Talkative()) as server:
        there = Connections(f"http://127.0.0.1:{server.port}", timeout=5)
        first = there.post({}, b"").content
        more.set()
        until(there._idle[0].is_disturbed)
        second = there.post({}, b"").content
        there.close()

    assert (first, second) == (b"1", b"2")
    assert server.connections == 2


class Kept:
    """An idle connection that may have ended."""

    def __init__(self, *, disturbed):
        self.disturbed, self.closed = disturbed, False

    def is_disturbed(self):
        return self.disturbed

    def close(self):
        self.closed = True


def test_connections_that_the_server_has_closed_do_not_pile_up_below_the_used_one():
    there: Any = Connections("http://127.0.0.1:1", timeout=1)
    ended, used = [Kept(disturbed=True) for _ in range(5)], Kept(disturbed=False)
    there._idle[:] = [*ended, used]

    for calls in range(1, 6):
        assert there._take() is used
        there._idle.append(used)
        assert sum(one.closed for one in ended) == calls

    assert there._idle == [used]
    there._idle.clear()


def test_eight_callers_at_once_open_at_most_eight_connections():
    with served(*[ANSWER] * 50, pause=0.02) as (server, there), ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda _: there.post({}, b"").content, range(40)))

    assert contents == [b"{}"] * 40
    assert server.connections <= 8


@pytest.mark.parametrize("responses", [(), (b"",), (ANSWER[:20],), (b"not HTTP at all\r\n\r\n",)])
def test_end_before_the_response_is_a_connection_closed_error(responses):
    with served(*responses) as (_, there), pytest.raises(ConnectionClosedError):
        there.post({}, b"")


def test_response_that_is_cut_short_is_a_connection_closed_error():
    with served(ANSWER[:-1]) as (_, there), pytest.raises(ConnectionClosedError):
        there.post({}, b"")


def test_late_response_is_a_timeout_and_its_connection_is_not_used_again():
    with served(ANSWER, pause=1.5, timeout=1) as (server, there):
        with pytest.raises(ReadTimeoutError):
            there.post({}, b"")
        server.pause = 0
        assert there.post({}, b"").content == b"{}"

    assert server.connections == 2


def test_refused_connection_is_an_endpoint_connection_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(EndpointConnectionError):
        Connections(f"http://127.0.0.1:{port}", timeout=1).post({}, b"")


def test_url_without_a_host_is_refused():
    with pytest.raises(ValueError, match="not the URL of an endpoint"):
        Connections("nonsense", timeout=1)


def test_late_connection_is_a_connect_timeout_error(monkeypatch):
    def silent(*_):
        raise TimeoutError

    monkeypatch.setattr(DeadlineSocket, "connect", silent)

    with pytest.raises(ConnectTimeoutError):
        Connections("http://127.0.0.1:1", timeout=1).post({}, b"")


def test_addresses_that_do_not_respond_take_the_time_of_one_call_together(monkeypatch):
    clock, tried = [0.0], []

    def silent(tried_socket, _address):
        tried.append(tried_socket.gettimeout())
        clock[0] += tried_socket.gettimeout()
        raise TimeoutError

    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [address] * 20)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr(DeadlineSocket, "connect", silent)

    with pytest.raises(ConnectTimeoutError):
        Connections("http://127.0.0.1:1", connect_timeout=2, timeout=5).post({}, b"")

    assert tried == [2, 2, 1]


class TestTls:
    def test_trusted_server_gets_two_requests_on_one_connection(self, tls, certificate):
        with served(ANSWER, ANSWER, tls=tls, scheme="https", ca_bundle=str(certificate)) as (server, there):
            assert [there.post({}, b"x" * 100_000).content for _ in range(2)] == [b"{}"] * 2

        assert server.connections == 1

    def test_untrusted_server_is_sent_nothing(self, tls):
        with served(ANSWER, tls=tls, scheme="https") as (server, there), pytest.raises(SSLError):
            there.post({}, b"")

        assert server.requests == []
