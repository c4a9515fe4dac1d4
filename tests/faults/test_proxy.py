"""The proxy does to each request what the chosen fault says, and nothing else."""

import http.client
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from storage.dynamodb.responses import read_response
from tests.faults.mischief import Act, Fault, Mischief, refused_by_the_gateway, refused_by_the_table
from tests.faults.proxy import Proxy


class _Target(ThreadingHTTPServer):
    """The server behind the proxy, with the bodies that it has received."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.seen: list[bytes] = []


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        assert isinstance(self.server, _Target)
        self.server.seen.append(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Planned:
    """The acts that a test wants, one after the other."""

    def __init__(self):
        self.acts = []

    def act(self, request):
        return self.acts.pop(0) if self.acts else Act()


@pytest.fixture
def target():
    server = _Target()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def plan():
    return _Planned()


@pytest.fixture
def proxy(target, plan):
    proxy = Proxy(target.server_port, plan)
    yield proxy
    proxy.close()


@pytest.fixture
def ask(proxy):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)

    def ask(body):
        connection.request("POST", "/", body)
        response = connection.getresponse()
        return response.status, response.read()

    yield ask
    connection.close()


def test_requests_of_one_connection_pass_one_after_the_other(ask, target):
    assert [ask(b"one"), ask(b""), ask(b"two" * 100_000)] == [
        (200, b"one"),
        (200, b""),
        (200, b"two" * 100_000),
    ]
    assert target.seen[0] == b"one"


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [(Fault.LOSE_REQUEST, []), (Fault.LOSE_RESPONSE, [b"one"])],
    ids=["request", "response"],
)
def test_lost_request_or_response_ends_the_connection(ask, plan, target, fault, arrives):
    plan.acts = [Act(fault)]
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(b"one")
    assert target.seen == arrives


def test_late_request_arrives_after_its_sender_has_given_up(ask, proxy, plan, target):
    plan.acts = [Act(Fault.LATE, seconds=0.1)]
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(b"one")
    assert target.seen == []
    proxy.settle()
    assert target.seen == [b"one"]


def test_delayed_or_doubled_request_has_a_response(ask, plan, target):
    plan.acts = [Act(Fault.DELAY, seconds=0.05), Act(Fault.TWICE)]
    begun = time.monotonic()
    assert ask(b"one") == (200, b"one")
    assert time.monotonic() - begun >= 0.05
    assert ask(b"two") == (200, b"two")
    assert target.seen == [b"one", b"two", b"two"]


def test_refusal_does_not_reach_the_target(ask, plan, target):
    plan.acts = [Act(Fault.REFUSE, refusal=refused_by_the_gateway(None, b""))]
    assert ask(b"one") == (503, b'{"message":"Service Unavailable"}')
    assert target.seen == []


def test_missing_target_ends_the_connection(ask, proxy):
    proxy.target = 1
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        ask(b"one")


def _call(operation, body=b"{}"):
    return f"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.{operation}\r\n\r\n".encode() + body


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", "TransactWriteItems"])
def test_refusals_of_the_proxy_read_like_those_of_dynamodb(operation):
    dice, codes = random.Random(1), set()
    body = json.dumps({"TransactItems": [{}, {}]}).encode()
    for _ in range(50):
        head, _, told = refused_by_the_table(dice, _call(operation, body)).partition(b"\r\n\r\n")
        codes.add(read_response(int(head.split()[1]), {}, told)["Error"]["Code"])
    assert "ThrottlingException" in codes
    assert ("TransactionCanceledException" in codes) == (operation == "TransactWriteItems")


def test_the_same_seed_chooses_the_same_faults_for_the_same_requests():
    rates = {Fault.DELAY: 0.2, Fault.LOSE_RESPONSE: 0.2}
    chosen = []
    for _ in range(2):
        mischief = Mischief("seed", rates, refused_by_the_table)
        chosen.append([mischief.act(_call("PutItem")).fault for _ in range(100)])
    assert chosen[0] == chosen[1]
    assert set(chosen[0]) == {None, Fault.DELAY, Fault.LOSE_RESPONSE}


def test_only_repeatable_requests_come_twice():
    mischief = Mischief("seed", {Fault.TWICE: 1.0}, refused_by_the_gateway)
    assert mischief.act(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n").fault is None
    assert mischief.act(b"POST / HTTP/1.1\r\nX-Repeatable: yes\r\n\r\n").fault is Fault.TWICE
    mischief.on = False
    assert mischief.act(_call("PutItem")).fault is None
