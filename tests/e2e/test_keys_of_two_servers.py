"""Keys over two server processes with one table: what one process takes away, the other refuses at once."""

from hashlib import sha256

import pytest

from tests.e2e import plain_http
from tests.e2e.server_process import needs_dynoxide, running_emulator, running_server

pytestmark = needs_dynoxide
OPERATOR = "the token that the operator gave out"
OWN = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine", "AWS_REGION": "eu-west-1"}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("store", "first", "second")]
    with running_emulator(folders[0]) as endpoint:
        settings = {
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AUTH_TOKEN_SHA256": sha256(OPERATOR.encode()).hexdigest(),
            **OWN,
        }
        with (
            running_server(folders[1], **settings) as first,
            running_server(folders[2], **settings) as second,
        ):
            yield first, second


def send(server, token, query):
    headers = {"authorization": f"Bearer {token}"}
    return plain_http.post(f"{server.url}/graphql", json={"query": query}, headers=headers).json()


def scope(server, token):
    found = send(server, token, "{ auth_info { scope } }")
    return (
        found["data"]["auth_info"]["scope"] if "data" in found else found["errors"][0]["extensions"]["code"]
    )


def create(server):
    query = 'mutation { create_api_key(input: {name: "k", scope: runner}) { id key } }'
    made = send(server, OPERATOR, query)["data"]["create_api_key"]
    return made["id"], made["key"]


def test_deleted_key_is_refused_by_the_next_request_of_each_process(servers):
    for turn in range(10):
        here, there = servers if turn % 2 else servers[::-1]
        key_id, key = create(here)
        assert [scope(server, key) for server in (there, here, there)] == ["runner"] * 3

        deletion = f'mutation {{ delete_api_key(input: {{key_id: "{key_id}"}}) {{ success }} }}'
        assert send(here, OPERATOR, deletion)["data"]["delete_api_key"]["success"]

        assert [scope(server, key) for server in (there, here, there)] == ["UNAUTHENTICATED"] * 3


def test_rotated_key_is_refused_at_the_end_of_its_overlap_by_each_process(servers):
    first, _ = servers
    key_id, key = create(first)
    rotation = f'mutation {{ rotate_api_key(input: {{key_id: "{key_id}", overlap: 0}}) {{ key }} }}'
    successor = send(first, OPERATOR, rotation)["data"]["rotate_api_key"]["key"]

    assert [scope(server, key) for server in servers] == ["UNAUTHENTICATED"] * 2
    assert [scope(server, successor) for server in servers] == ["runner"] * 2


def test_key_ends_in_each_process(servers):
    first, second = servers
    query = (
        'mutation { create_api_key(input: {name: "k", scope: read, expires_at: "2100-01-01T00:00:00Z"}) '
        "{ id key } }"
    )
    made = send(first, OPERATOR, query)["data"]["create_api_key"]

    assert scope(second, made["key"]) == "read"
    listed = send(second, OPERATOR, "{ auth_api_key { id expires_at used } }")["data"]["auth_api_key"]
    (own,) = [key for key in listed if key["id"] == made["id"]]
    assert own["expires_at"].startswith("2100-01-01")
    assert own["used"] is not None
