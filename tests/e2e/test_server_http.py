"""The server seen by an HTTP client: limits, connections, concurrency, and the headers of API Gateway."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection

import httpx
import pytest

from tests.e2e.server_process import TOY, running_server

LIMIT = 10 * 1024 * 1024
TOO_LARGE = {"message": "Request Entity Too Large"}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("toy"), STORE="memory", **TOY) as running:
        yield running


@pytest.fixture
def client(toy):
    with httpx.Client(base_url=toy.url, timeout=30) as client:
        yield client


def _chunks(size):
    for start in range(0, size, 65536):
        yield b"x" * min(65536, size - start)


def _connection(response):
    return response.extensions["network_stream"].get_extra_info("client_addr")


class TestBodies:
    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_body_of_exactly_the_limit_reaches_the_handler(self, client, framing):
        content = b"x" * LIMIT if framing == "length" else _chunks(LIMIT)
        assert client.post("/length", content=content, headers={"content-type": "text/plain"}).text == str(
            LIMIT
        )

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    @pytest.mark.parametrize("size", [LIMIT + 1, 5 * LIMIT])
    def test_body_above_the_limit_is_413_and_the_connection_stays_open(self, client, framing, size):
        # When
        refused = client.post("/length", content=b"x" * size if framing == "length" else _chunks(size))
        after = client.post("/length", content=b"abc")
        # Then
        assert (refused.status_code, refused.json()) == (413, TOO_LARGE)
        assert after.text == "3"
        assert _connection(refused) == _connection(after)

    def test_expect_100_continue_with_a_too_large_body_is_413_at_once(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(
                b"POST /length HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                b"Content-Length: 99999999\r\n\r\n"
            )
            response = connection.makefile("rb").read()
        assert response.startswith(b"HTTP/1.1 413 ")
        assert response.endswith(b'{"message": "Request Entity Too Large"}')

    def test_expect_100_continue_with_a_small_body_is_continued(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(
                b"POST /length HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                b"Content-Length: 3\r\nConnection: close\r\n\r\n"
            )
            responses = connection.makefile("rb")
            assert responses.readline() == b"HTTP/1.1 100 Continue\r\n"
            connection.sendall(b"abc")
            assert responses.read().endswith(b"\r\n3")

    def test_invalid_http_request_is_400_as_json(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
            response = connection.makefile("rb").read()
        assert response.startswith(b"HTTP/1.0 400 ")
        assert response.endswith(b'{"message": "Bad Request"}')


class TestConnections:
    def test_requests_share_a_kept_connection(self, client):
        assert len({_connection(client.get("/health")) for _ in range(20)}) == 1

    def test_32_kept_connections_are_served_at_the_same_time(self, toy):
        def ask_twice(_):
            with httpx.Client(base_url=toy.url, timeout=30) as client:
                # The handler responds only after all 32 requests have arrived.
                responses = [client.get("/together"), client.get("/together")]
                return [response.text for response in responses], {
                    _connection(response) for response in responses
                }

        with ThreadPoolExecutor(32) as threads:
            results = list(threads.map(ask_twice, range(32)))
        assert len({identity for identities, _ in results for identity in identities}) == 64
        assert all(len(connections) == 1 for _, connections in results)

    def test_more_connections_than_threads_wait_for_their_turn(self, toy):
        def ask(_):
            with closing(HTTPConnection("127.0.0.1", toy.port, timeout=30)) as connection:
                connection.request("GET", "/health")
                return connection.getresponse().status

        with ThreadPoolExecutor(100) as threads:
            assert list(threads.map(ask, range(500))) == [200] * 500


class TestGateway:
    def test_handler_that_raises_is_a_500_and_the_server_stays_up(self, toy, client):
        response = client.get("/raises")
        assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
        assert f"Request {response.headers['apigw-requestid']} failed:\nTraceback" in toy.stderr
        assert "RuntimeError: raised for the test" in toy.stderr
        assert client.get("/health").status_code == 200

    def test_handler_gets_an_http_api_event(self, client):
        headers = {
            "content-type": "application/json",
            "cookie": "a=1; b=2",
            "User-Agent": "tests",
            "X-Two": "1",
        }
        event = client.post("/event?x=1&x=2&y=%C3%A4", content='{"ä": 1}', headers=headers).json()
        assert event["version"] == "2.0"
        assert event["rawPath"] == "/event"
        assert event["rawQueryString"] == "x=1&x=2&y=%C3%A4"
        assert event["queryStringParameters"] == {"x": "1,2", "y": "ä"}
        assert event["cookies"] == ["a=1", "b=2"]
        assert event["headers"]["x-two"] == "1"
        assert event["requestContext"]["http"]["method"] == "POST"
        assert event["requestContext"]["http"]["userAgent"] == "tests"
        assert (event["body"], event["isBase64Encoded"]) == ('{"ä": 1}', False)

    def test_head_request_returns_the_headers_without_a_body(self, client):
        response = client.head("/health")
        assert (response.status_code, response.headers["content-length"], response.content) == (200, "2", b"")
        assert client.get("/health").text == "ok"
