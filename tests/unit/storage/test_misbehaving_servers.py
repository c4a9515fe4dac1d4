"""Whatever a server does, a caller gets its own item or an error in bounded time, and no false success."""

import json
import ssl
import time
from contextlib import contextmanager, suppress

import pytest

from domain.errors import ApiError
from storage.dynamodb import retries
from storage.dynamodb.connections import Connections
from storage.dynamodb.quick_client import QuickClient, StaticCredentials
from storage.dynamodb.signing import SigningScope
from storage.dynamodb.table import Table
from tests.unit.certificates import signed_certificate
from tests.unit.misbehaviours import HARMLESS, LATE, SLOW, WRONG, Conversation, item, keep, right_body
from tests.unit.socket_server import Request, Server, read_request, response, serving, until

FAILED = "ApiError"
# Seconds in which a call has long failed that ends at all. Each case sets a time-out of its own.
GENEROUS = 30.0


def key(name):
    return {"pk": {"S": name}, "sk": {"S": "item"}}


class Misbehaving(Server):
    """Misbehaves for the first requests, and is DynamoDB for those that come later."""

    def __init__(self, misbehave, times, **more):
        super().__init__(**more)
        self.misbehave, self.times = misbehave, times

    def serve(self, connection):
        conversation = Conversation(connection, self.over)
        while True:
            request = Request(*read_request(connection))
            self.requests.append(request)
            right = right_body(request)
            steps = self.misbehave(right) if len(self.requests) <= self.times else [response(right), keep]
            for step in steps:
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    step(conversation)
            if not steps or steps[-1] is not keep:
                return


@contextmanager
def table_at(server, *, timeout, scheme="http", ca_bundle=None):
    url = f"{scheme}://127.0.0.1:{server.port}"
    connections = Connections(url, timeout=timeout, connect_timeout=timeout, ca_bundle=ca_bundle)
    credentials = StaticCredentials("key", "secret", None)
    client = QuickClient(SigningScope(url, "eu-west-1", "dynamodb"), credentials, connections, lambda: None)
    try:
        yield Table(client, "t")
    finally:
        client.close()


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Try three times, without pauses."""
    monkeypatch.setattr(retries, "ATTEMPTS", 3)
    monkeypatch.setattr(retries, "FIRST_PAUSE", 0.0)


def outcome(call):
    """Return the result of a call, which must end with one or with an ApiError."""
    began = time.monotonic()
    try:
        return call()
    except ApiError:
        return FAILED
    finally:
        assert time.monotonic() - began < GENEROUS


@pytest.mark.parametrize("misbehave", HARMLESS.values(), ids=list(HARMLESS))
def test_whole_response_is_taken_and_nothing_of_it_is_left_for_the_next_call(misbehave):
    with serving(Misbehaving(misbehave, times=99)) as server, table_at(server, timeout=10) as table:
        found = [table.get(key(name)) for name in "abc"]
        table.put(Item=key("d"))
        found.append(table.get(key("e")))

    assert found == [item(key(name)) for name in "abce"]


@pytest.mark.parametrize("misbehave", LATE.values(), ids=list(LATE))
def test_what_comes_after_a_response_is_not_taken_for_the_next_one(misbehave):
    found = []
    with serving(Misbehaving(misbehave, times=99)) as server, table_at(server, timeout=10) as table:
        for name in "abcd":
            found.append(table.get(key(name)))
            (idle,) = table._client._connections._idle
            until(idle.is_disturbed)

    assert found == [item(key(name)) for name in "abcd"]
    assert server.connections == 4


@pytest.mark.parametrize("misbehave", WRONG.values(), ids=list(WRONG))
class TestWrongResponses:
    def test_wrong_response_is_never_a_result(self, misbehave):
        with serving(Misbehaving(misbehave, times=99)) as server, table_at(server, timeout=10) as table:
            assert outcome(lambda: table.get(key("a"))) == FAILED
            assert outcome(lambda: table.put(Item=key("a"))) == FAILED
            assert outcome(lambda: table.update(Key=key("a"))) == FAILED

    def test_call_after_a_wrong_response_gets_its_own_item(self, misbehave):
        with serving(Misbehaving(misbehave, times=1)) as server, table_at(server, timeout=10) as table:
            found = [table.get(key(name)) for name in "abc"]
            found += table.batch_get([key("d"), key("e")])

        assert found == [item(key(name)) for name in "abcde"]
        assert [request.arguments.get("Key") for request in server.requests[:4]] == [
            key(name) for name in "aabc"
        ]


@pytest.mark.parametrize("misbehave", SLOW.values(), ids=list(SLOW))
class TestSlowResponses:
    def test_call_ends_by_its_time_however_often_a_byte_comes(self, misbehave, monkeypatch):
        monkeypatch.setattr(retries, "LONGEST_CALL", 0.3)
        monkeypatch.setattr(retries, "PATIENCE", 0.8)
        with serving(Misbehaving(misbehave, times=99)) as server, table_at(server, timeout=0.3) as table:
            assert outcome(lambda: table.put(Item=key("a"))) == FAILED

        assert 1 <= len(server.requests) <= 2

    def test_call_after_a_slow_response_gets_its_own_item(self, misbehave):
        with serving(Misbehaving(misbehave, times=1)) as server, table_at(server, timeout=1) as table:
            found = [table.get(key(name)) for name in "ab"]

        assert found == [item(key(name)) for name in "ab"]


def test_server_that_reads_nothing_ends_a_call_by_its_time():
    class Deaf(Server):
        def serve(self, connection):
            self.over.wait()

    large = {**key("a"), "text": {"S": "x" * 20_000_000}}
    with serving(Deaf()) as server, table_at(server, timeout=0.3) as table:
        assert outcome(lambda: table.put(Item=large)) == FAILED


@pytest.mark.parametrize("early", [b"", response(b"{}")], ids=["an end", "a response and an end"])
def test_end_while_a_request_is_sent_is_no_success(early):
    class Leaving(Server):
        def serve(self, connection):
            connection.recv(10)
            connection.sendall(early)

    large = {**key("a"), "text": {"S": "x" * 20_000_000}}
    with serving(Leaving()) as server, table_at(server, timeout=10) as table:
        assert outcome(lambda: table.put(Item=large)) == FAILED


def another(body, status="200 OK"):
    return lambda _: [response(body, status), keep]


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda table: table.query(), b"{}"),
        (lambda table: table.query(), b'{"Count": 1, "ScannedCount": 1}'),
        (lambda table: table.query(), b'{"Item": {"pk": {"S": "a"}}}'),
        (lambda table: table.count(), b"{}"),
        (lambda table: table.scan(), b"{}"),
        (lambda table: table.batch_get([key("a")]), b"{}"),
        (lambda table: table.batch_get([key("a")]), b'{"Responses": {"t": {}}, "UnprocessedKeys": {}}'),
        (lambda table: table.batch_get([key("a")]), b'{"Responses": {"t": [{"pk": {"S": "b"}}]}}'),
        (lambda table: table.batch_get([key("a")]), b'{"Responses": {"other": [{"pk": {"S": "a"}}]}}'),
        (lambda table: table.get(key("a")), b'{"Item": {"pk": {"S": "b"}, "sk": {"S": "item"}}}'),
        (lambda table: table.update(Key=key("a")), b"{}"),
        (lambda table: table.update(Key=key("a")), b'{"Attributes": {"pk": {"S": "b"}}}'),
    ],
)
def test_response_to_another_call_is_not_taken(call, body):
    with serving(Misbehaving(another(body), times=99)) as server, table_at(server, timeout=10) as table:
        assert outcome(lambda: call(table)) == FAILED


REFUSAL = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "message": "no"}


@pytest.mark.parametrize("reasons", ["text", ["text"], [{"Item": "text"}], [{"Item": {"pk": 1}}]], ids=str)
def test_refusal_with_wrong_types_is_no_refusal(reasons):
    body = json.dumps({**REFUSAL, "CancellationReasons": reasons}).encode()
    with (
        serving(Misbehaving(another(body, "400 Bad Request"), times=99)) as server,
        table_at(server, timeout=10) as table,
    ):
        assert outcome(lambda: table.transact([{"Put": {"Item": key("a")}}])) == FAILED


class TestTls:
    @staticmethod
    def context(certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return context

    def found(self, context, ca_bundle, timeout=10, kind=Misbehaving):
        server = kind(HARMLESS["a right response"], times=99, tls=context)
        there = table_at(server, timeout=timeout, scheme="https", ca_bundle=str(ca_bundle))
        with serving(server), there as table:
            results = [outcome(lambda: table.get(key("a"))) for _ in range(2)]
        return results, server

    def test_trusted_server_is_called(self, tmp_path):
        good = signed_certificate(tmp_path)

        results, server = self.found(self.context(good), good)

        assert results == [item(key("a"))] * 2
        assert server.connections == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"names": ["localhost"], "addresses": []},
            {"names": [], "addresses": ["127.0.0.2"]},
            {"names": [], "addresses": [], "common_name": "127.0.0.1"},
            {"days": (-10, -1)},
            {"days": (1, 10)},
        ],
        ids=["another name", "another address", "common name alone", "expired", "not yet valid"],
    )
    def test_server_with_a_wrong_certificate_is_sent_nothing(self, tmp_path, wrong):
        certificate = signed_certificate(tmp_path, **wrong)

        results, server = self.found(self.context(certificate), certificate)

        assert results == [FAILED] * 2
        assert server.requests == []

    def test_server_of_an_unknown_authority_is_sent_nothing(self, tmp_path):
        theirs, ours = signed_certificate(tmp_path / "theirs"), signed_certificate(tmp_path / "ours")

        results, server = self.found(self.context(theirs), ours)

        assert results == [FAILED] * 2
        assert server.requests == []

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
    def test_server_with_old_tls_is_sent_nothing(self, tmp_path, version):
        certificate = signed_certificate(tmp_path)
        context = self.context(certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version

        results, server = self.found(context, certificate)

        assert results == [FAILED] * 2
        assert server.requests == []

    def test_server_without_tls_is_sent_nothing(self, tmp_path):
        results, server = self.found(None, signed_certificate(tmp_path), timeout=0.5)

        assert results == [FAILED] * 2
        assert server.requests == []

    def test_handshake_that_hangs_ends_by_the_time_of_a_call(self, tmp_path):
        class Silent(Misbehaving):
            def serve(self, connection):
                self.over.wait()

        results, _ = self.found(None, signed_certificate(tmp_path), timeout=0.3, kind=Silent)

        assert results == [FAILED] * 2

    def test_handshake_that_drips_ends_by_the_time_of_a_call(self, tmp_path):
        class Dripping(Misbehaving):
            def serve(self, connection):
                connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
                while not self.over.wait(0.05):
                    connection.sendall(b"\x03")

        results, _ = self.found(None, signed_certificate(tmp_path), timeout=0.3, kind=Dripping)

        assert results == [FAILED] * 2

    @pytest.mark.parametrize("misbehave", [SLOW["a body that drips"], SLOW["header lines that drip"]])
    def test_response_that_drips_ends_by_the_time_of_a_call(self, tmp_path, misbehave, monkeypatch):
        certificate = signed_certificate(tmp_path)
        server = Misbehaving(misbehave, times=99, tls=self.context(certificate))
        there = table_at(server, timeout=1, scheme="https", ca_bundle=str(certificate))
        monkeypatch.setattr(retries, "ATTEMPTS", 1)
        with serving(server), there as table:
            assert outcome(lambda: table.get(key("a"))) == FAILED

        assert len(server.requests) == 1

    @pytest.mark.parametrize("end", [b"", b"garbage"], ids=["an end", "garbage"])
    def test_handshake_that_breaks_is_a_failure(self, tmp_path, end):
        class Breaking(Misbehaving):
            def serve(self, connection):
                with suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(end)

        results, _ = self.found(None, signed_certificate(tmp_path), kind=Breaking)

        assert results == [FAILED] * 2
