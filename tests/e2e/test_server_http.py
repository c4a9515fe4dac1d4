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


def _connection(answer):
    return answer.extensions["network_stream"].get_extra_info("client_addr")


class TestBodies:
    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_a_body_of_exactly_the_limit_reaches_the_handler(self, client, framing):
        content = b"x" * LIMIT if framing == "length" else _chunks(LIMIT)
        assert client.post("/length", content=content, headers={"content-type": "text/plain"}).text == str(
            LIMIT
        )

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    @pytest.mark.parametrize("size", [LIMIT + 1, 5 * LIMIT])
    def test_a_larger_one_is_413_and_the_connection_goes_on(self, client, framing, size):
        # When
        refused = client.post("/length", content=b"x" * size if framing == "length" else _chunks(size))
        after = client.post("/length", content=b"abc")
        # Then
        assert (refused.status_code, refused.json()) == (413, TOO_LARGE)
        assert after.text == "3"
        assert _connection(refused) == _connection(after)

    def test_a_client_that_asks_first_is_refused_before_it_sends(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(
                b"POST /length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Length: 99999999\r\n\r\n"
            )
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b'{"message": "Request Entity Too Large"}')

    def test_a_client_that_asks_first_is_told_to_go_on(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(
                b"POST /length HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                b"Content-Length: 3\r\nConnection: close\r\n\r\n"
            )
            answers = connection.makefile("rb")
            assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
            connection.sendall(b"abc")
            assert answers.read().endswith(b"\r\n3")

    def test_what_is_no_http_is_400_as_json(self, toy):
        with socket.create_connection(("127.0.0.1", toy.port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.0 400 ")
        assert answer.endswith(b'{"message": "Bad Request"}')


class TestConnections:
    def test_requests_share_a_kept_connection(self, client):
        assert len({_connection(client.get("/health")) for _ in range(20)}) == 1

    def test_32_kept_connections_are_served_at_the_same_time(self, toy):
        def ask_twice(_):
            with httpx.Client(base_url=toy.url, timeout=30) as client:
                # The handler responds to none before all 32 have arrived.
                answers = [client.get("/together"), client.get("/together")]
                return [answer.text for answer in answers], {_connection(answer) for answer in answers}

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
    def test_a_handler_that_raises_is_a_500_and_the_server_goes_on(self, toy, client):
        answer = client.get("/raises")
        assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
        assert f"Request {answer.headers['apigw-requestid']} failed:\nTraceback" in toy.stderr
        assert "RuntimeError: as the test wants it" in toy.stderr
        assert client.get("/health").status_code == 200

    def test_the_handler_gets_an_http_api_event(self, client):
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

    def test_head_gets_the_headers_alone(self, client):
        answer = client.head("/health")
        assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "2", b"")
        assert client.get("/health").text == "ok"
