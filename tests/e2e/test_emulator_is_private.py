"""The data of a server with a token, attacked past the server: by web pages and by other programs."""

import hashlib
import http.client
import json
import socket
import sys
from contextlib import contextmanager

import pytest

from local_server.hidden_address import REFUSED_BY_BROWSERS
from tests.e2e import plain_http
from tests.e2e.browser import find_chromium, found_by_page
from tests.e2e.listeners import emulator_address, listeners
from tests.e2e.server_process import needs_dynoxide, running_emulator, running_server
from tests.networks import can_have_a_network

pytestmark = needs_dynoxide

TOKEN = "a token of thirty-two characters"
GUARDED = {"AUTH_TOKEN_SHA256": hashlib.sha256(TOKEN.encode()).hexdigest()}
CANARY = "A name that only its owners read"
WARNING = "AUTH_TOKEN_SHA256 does not keep other users of this machine from the data"
# A server on a system that gives no network.
SHARED = (
    "-c",
    """if True:
        from local_server import private_network, server
        private_network.enter = lambda: False
        raise SystemExit(server.main())
    """,
)

# What the server itself says to pages of elsewhere, and to whoever has no token.
REFUSALS = {"FOREIGN_HOST", "FOREIGN_ORIGIN", "UNAUTHENTICATED"}

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)
DYNAMODB = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-date": "20260101T000000Z",
    "authorization": SIGNED,
}
ORIGIN = {"origin": "http://evil.example"}
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,x-amz-date,x-amz-target",
    "access-control-request-private-network": "true",
}
SCAN = json.dumps({"TableName": "flow-runs"})
PLANT = json.dumps({"TableName": "flow-runs", "Item": {"pk": {"S": "planted"}, "sk": {"S": "planted"}}})


def target(operation):
    return DYNAMODB | {"x-amz-target": f"DynamoDB_20120810.{operation}"}


# Method, headers and body of what browsers send for a page: with asking first, without, and to a name of the
# page's own that stands for this machine; and of what other programs send.
EXCHANGES = {
    "health": ("GET", ORIGIN, None),
    "preflight": ("OPTIONS", ORIGIN | PREFLIGHT, None),
    "scan": ("POST", ORIGIN | target("Scan"), SCAN),
    "plant": ("POST", ORIGIN | target("PutItem"), PLANT),
    "no-cors": ("POST", ORIGIN | {"content-type": "text/plain"}, PLANT),
    "form": ("POST", ORIGIN | {"content-type": "application/x-www-form-urlencoded"}, PLANT),
    "rebinding": ("POST", {"host": "evil.example"} | target("Scan"), SCAN),
    "program": ("POST", target("Scan"), SCAN),
    "program that plants": ("POST", target("PutItem"), PLANT),
}


@contextmanager
def guarded_server(folder, program=("-m", "local_server")):
    """Yield a server with a token and data. Afterwards assert that its table has every item that it had."""
    folder.mkdir()
    with running_server(folder, program=program, **GUARDED) as server:
        create = f'mutation {{ create_project(input: {{name: "{CANARY}"}}) {{ id }} }}'
        assert "errors" not in ask(server, create, TOKEN)
        yield server
        assert ask(server, "{ project { name } }", TOKEN)["data"]["project"][0]["name"] == CANARY
    with running_emulator(server.data) as endpoint:
        scanned = exchange(endpoint.removeprefix("http://").split(":"), *EXCHANGES["program"])[2]
    assert CANARY in scanned
    assert "planted" not in scanned


def ask(server, query, token):
    headers = {"authorization": f"Bearer {token}"}
    return plain_http.post(f"{server.url}/graphql", json={"query": query}, headers=headers, timeout=60).json()


def exchange(address, method, headers, body):
    """Return status, headers in lower case and body of a response."""
    connection = http.client.HTTPConnection(address[0], int(address[1]), timeout=30)
    try:
        connection.request(method, "/", body, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return response.status, names, response.read().decode()
    finally:
        connection.close()


def is_refused(address):
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_attacks_are_ones_that_an_open_emulator_lets_in(tmp_path):
    (tmp_path / "open").mkdir()
    with running_server(tmp_path / "open") as server:
        pass
    with running_emulator(server.data) as endpoint:
        address = endpoint.removeprefix("http://").split(":")
        seen = {name: exchange(address, *parts) for name, parts in EXCHANGES.items()}

    assert {name for name, (status, _, _) in seen.items() if status == 200} == {
        *("health", "preflight", "scan", "plant", "rebinding", "program", "program that plants")
    }
    assert "planted" in seen["program"][2]
    assert seen["preflight"][1]["access-control-allow-origin"] == "*"


def test_nobody_connects_to_an_emulator_in_a_network_of_its_own(tmp_path):
    with guarded_server(tmp_path / "own") as server:
        address = emulator_address(server)

        if can_have_a_network():
            assert listeners(server) == {("127.0.0.1", server.port)}
            assert is_refused(address)
            assert WARNING not in server.stdout
        else:
            assert address[1] in REFUSED_BY_BROWSERS
            assert WARNING in server.stdout


@pytest.mark.parametrize("attack", EXCHANGES)
def test_no_exchange_with_what_a_server_listens_on_tells_or_changes_anything(guarded, attack):
    for address in listeners(guarded):
        _, headers, body = exchange(address, *EXCHANGES[attack])

        assert json.loads(body)["errors"][0]["extensions"]["code"] in REFUSALS
        assert not {name for name in headers if name.startswith("access-control-")}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """Return a server with a token whose emulator nobody else can call."""
    if not can_have_a_network():
        pytest.skip("this system gives no network: NOT TESTED that only the server's own port is open")
    with guarded_server(tmp_path_factory.mktemp("guarded") / "server") as server:
        yield server


def test_emulator_in_a_shared_network_is_on_a_port_that_browsers_refuse(tmp_path):
    with guarded_server(tmp_path / "shared", SHARED) as server:
        host, port = emulator_address(server)

        assert listeners(server) == {("127.0.0.1", server.port), (host, port)}
        assert port in REFUSED_BY_BROWSERS
        assert host != "127.0.0.1" or sys.platform != "linux"
        assert server.stdout.startswith(WARNING)


def test_server_without_a_token_says_nothing_of_other_users(tmp_path):
    with running_server(tmp_path, program=SHARED) as server:
        assert WARNING not in server.stdout


def test_page_in_chromium_reads_and_plants_nothing(tmp_path):
    # Given an emulator as it was, to show that the page's attacks work, and servers on both kinds of systems
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium: NOT TESTED what a page of a real browser can do")
    (tmp_path / "open").mkdir()
    with running_server(tmp_path / "open") as once:
        pass
    with (
        running_emulator(once.data) as victim,
        guarded_server(tmp_path / "own") as own,
        guarded_server(tmp_path / "shared", SHARED) as shared,
    ):
        # When it is given the addresses that it would have to find
        addresses = {
            "victim": f"{victim}/",
            "own": "http://{}:{}/".format(*emulator_address(own)),
            "shared": "http://{}:{}/".format(*emulator_address(shared)),
            "server": f"{own.url}/",
        }
        guesses = [f"http://127.0.0.1:{port}/" for port in REFUSED_BY_BROWSERS]
        seen = found_by_page(chromium, tmp_path, [*addresses.values(), *guesses])

        # Then
        found = {name: seen[address] for name, address in addresses.items()}
        assert found["victim"]["health"].startswith("healthy: dynamodb")
        assert "Items" in found["victim"]["scan"]
        assert found["victim"]["plant"] == "{}"
        for name in ("own", "shared"):
            assert {attack: outcome[:8] for attack, outcome in found[name].items()} == dict.fromkeys(
                found[name], "refused:"
            )
        assert {found["server"][attack][:8] for attack in ("health", "scan", "plant")} == {"refused:"}
        assert not [url for url in guesses if not seen[url]["scan"].startswith("refused:")]
        assert CANARY not in json.dumps(seen)
