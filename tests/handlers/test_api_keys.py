"""API keys and tokens, by the documents that clients send, on servers with and without tokens."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from domain.times import format_time
from handlers.http import log as http_log
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code
from wiring import DEFAULT_TENANT_ID

OPERATOR = "the token that the operator gave out"
CREATE_KEY = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }"
OLD_CREATE_TOKEN = "mutation($input: createAPITokenInput!) { createAPIToken(input: $input) { token } }"
NEW_CREATE_TOKEN = "mutation($input: create_api_token_input!) { create_api_token(input: $input) { token } }"
LOGIN = """
mutation($input: switchTenantInput!) {
    switchTenant(input: $input) {
        accessToken
        expiresAt
        refreshToken
    }
}
"""


@pytest.fixture
def closed(service, monkeypatch):
    """Return a service that accepts the operator's token."""
    digests = frozenset({sha256(OPERATOR.encode()).hexdigest()})
    settings = replace(service.account.settings, token_digests=digests)
    monkeypatch.setattr(service.account._app, "settings", settings)
    return service


def by(token):
    return {"authorization": f"Bearer {token}"}


def create_key(service, **given):
    return service.data(CREATE_KEY, {"input": {"name": "my key", **given}}, **by(OPERATOR))["create_api_key"][
        "key"
    ]


def is_let_in(service, token):
    response = service.send("query { auth_info { tenant_id } }", **by(token))
    if "errors" in response:
        assert [code(error) for error in response["errors"]] == ["UNAUTHENTICATED"]
    return "errors" not in response


@contextmanager
def reads_of(service):
    """Yield a list that collects the reads of the table."""
    table = service.account._app._dynamodb
    made, send = [], table.get_item

    def note(**arguments):
        made.append(arguments["Key"])
        return send(**arguments)

    table.get_item = note
    try:
        yield made
    finally:
        table.get_item = send


def test_request_with_an_api_key_is_authenticated(closed):
    assert is_let_in(closed, create_key(closed, user_id=DEFAULT_TENANT_ID, expires_at=None))


def test_expired_key_is_refused_while_its_item_still_exists(closed):
    now = datetime.now(UTC)
    key = create_key(closed, expires_at=format_time(now + timedelta(minutes=5)))
    assert is_let_in(closed, key)

    closed.account.later = timedelta(minutes=6)

    assert not is_let_in(closed, key)
    assert any("api-key" in json.dumps(item) for item in closed.items())


def test_deleted_key_is_refused(closed):
    key = create_key(closed, scope="admin")
    (listed,) = closed.data("query { auth_api_key { id } }", **by(key))["auth_api_key"]

    document = "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success } }"
    deleted = closed.data(document, {"input": {"key_id": listed["id"]}}, **by(key))

    assert deleted == {"delete_api_key": {"success": True}}
    assert not is_let_in(closed, key)


def test_stored_and_listed_parts_of_a_key_are_no_token(closed):
    key = create_key(closed, expires_at="2200-01-01T00:00:00+00:00", scope="admin")
    digest = sha256(key.encode()).hexdigest()

    listed = closed.data("query { auth_api_key { id name expires_at } }", **by(key))["auth_api_key"]

    assert [(key["name"], key["expires_at"]) for key in listed] == [("my key", "2200-01-01T00:00:00+00:00")]
    assert key not in json.dumps(closed.items())
    assert not is_let_in(closed, digest)
    assert not is_let_in(closed, "flowruns_" + digest)
    assert not is_let_in(closed, listed[0]["id"])


def test_token_of_another_form_is_refused_without_a_read(closed):
    with reads_of(closed) as reads:
        assert not is_let_in(closed, "anything")
        assert not is_let_in(closed, "flowruns_" + "A" * 64)
        assert is_let_in(closed, OPERATOR)
    assert reads == []


def test_token_in_the_form_of_a_key_costs_one_read(closed):
    with reads_of(closed) as reads:
        assert not is_let_in(closed, "flowruns_" + "0" * 64)
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("query", "given"),
    [
        (OLD_CREATE_TOKEN, {"name": "t", "role": "RUNNER"}),
        (NEW_CREATE_TOKEN, {"name": "t", "scope": "RUNNER"}),
    ],
    ids=["0.8.1", "0.15"],
)
def test_api_tokens_authenticate_and_are_not_listed_as_keys(closed, query, given):
    (made,) = closed.data(query, {"input": given}, **by(OPERATOR)).values()

    assert is_let_in(closed, made["token"])
    lists = closed.data("query { api_token { id name scope } auth_api_key { id } }", **by(OPERATOR))
    assert [(token["name"], token["scope"]) for token in lists["api_token"]] == [("t", "RUNNER")]
    assert lists["auth_api_key"] == []


@both_dialects
def test_api_token_is_not_deleted_as_a_key(service, dialect):
    made = service.mutate(dialect, "create_api_token", {"name": "t"}, "id token")

    assert service.mutate(dialect, "delete_api_key", {"key_id": made["id"]}, "success")["success"] is False
    assert service.mutate(dialect, "delete_api_token", {"token_id": made["id"]}, "success") == {
        "success": True
    }
    assert service.data("query { api_token { id } }") == {"api_token": []}


def test_keys_can_be_created_on_a_server_without_tokens(service):
    key = service.data(CREATE_KEY, {"input": {"name": "k", "user_id": DEFAULT_TENANT_ID, "expires_at": None}})

    assert key["create_api_key"]["key"].startswith("flowruns_")
    assert is_let_in(service, "anything")


def test_key_that_is_gone_lets_nobody_do_more_on_an_open_server(service):
    made = service.data('mutation { create_api_key(input: {name: "k", scope: runner}) { id key } }')[
        "create_api_key"
    ]
    document = "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success } }"
    service.data(document, {"input": {"key_id": made["id"]}})

    assert not is_let_in(service, made["key"])
    assert is_let_in(service, made["key"][:-1])


@pytest.mark.parametrize(
    ("given", "expected", "says"),
    [
        ({"name": "k", "expires_at": "2020-01-01T00:00:00Z"}, "BAD_USER_INPUT", "expires_at must be later"),
        ({"name": ""}, "BAD_USER_INPUT", "name must not be empty"),
        ({"name": "k", "user_id": "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"}, "FORBIDDEN", "user_id"),
    ],
    ids=["past", "no name", "somebody else's"],
)
def test_unusable_key_is_refused(service, given, expected, says):
    error = service.refuse(SNAKE, "create_api_key", given)

    assert code(error) == expected
    assert says in error["message"]


def test_login_of_old_clients_returns_their_token(closed):
    user = closed.data("query { user { default_membership { tenant_id } } }", **by(OPERATOR))["user"]
    tenant_id = user[0]["default_membership"]["tenant_id"]

    login = closed.data(LOGIN, {"input": {"tenantId": tenant_id}}, **by(OPERATOR))["switchTenant"]

    assert tenant_id == DEFAULT_TENANT_ID
    assert (login["accessToken"], login["refreshToken"]) == (OPERATOR, OPERATOR)
    assert datetime.fromisoformat(login["expiresAt"]) > datetime.now(UTC) + timedelta(days=3000)


@both_dialects
def test_refreshed_token_is_the_same_token(closed, dialect):
    names = [dialect.spell(name) for name in ("access_token", "expires_at", "refresh_token")]
    document = dialect.document("refresh_token", " ".join(names))
    data = closed.data(document, {"input": {names[0]: OPERATOR}}, **by(OPERATOR))

    assert data[dialect.spell("refresh_token")][names[0]] == OPERATOR


def test_login_without_a_token_returns_no_token(service):
    login = service.data(LOGIN, {"input": {"tenantId": DEFAULT_TENANT_ID}})["switchTenant"]

    assert (login["accessToken"], login["refreshToken"]) == (None, None)


def test_login_to_another_tenant_is_forbidden(service):
    error = service.refuse(CAMEL, "switch_tenant", {"tenant_id": "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"})

    assert code(error) == "FORBIDDEN"


def test_user_is_a_member_of_the_tenant(service):
    found = service.data("query { user { id name default_membership { tenant { slug } } } }")

    assert found["user"][0]["default_membership"] == {"tenant": {"slug": "default"}}
    assert found["user"][0]["id"] == service.data("query { auth_info { user_id } }")["auth_info"]["user_id"]


def test_listed_key_shows_its_life_and_no_secret(closed):
    key = create_key(closed, scope="runner", owner="team@example.org", expires_at="2200-01-01T00:00:00+00:00")
    assert is_let_in(closed, key)

    (listed,) = closed.data(
        "{ auth_api_key { beginning owner made_by made_by_key_id used ends_soon } }", **by(OPERATOR)
    )["auth_api_key"]

    assert datetime.now(UTC) - datetime.fromisoformat(listed.pop("used")) < timedelta(hours=1)
    assert listed == {
        "beginning": key[: len("flowruns_runner_") + 4],
        "owner": "team@example.org",
        "made_by": "operator",
        "made_by_key_id": None,
        "ends_soon": False,
    }


def test_key_that_ends_soon_is_named_in_the_log_once_an_hour(closed, monkeypatch):
    lines = []
    monkeypatch.setattr(
        http_log.logger(), "warning", lambda line, extra: lines.append((line, extra["facts"]))
    )
    key = create_key(closed, expires_at=format_time(datetime.now(UTC) + timedelta(days=13)))
    for _ in range(3):
        assert is_let_in(closed, key)

    closed.account.later = timedelta(hours=1)
    assert is_let_in(closed, key)

    assert [line for line, _ in lines] == ["API key ends soon"] * 2
    assert lines[0][1]["key_name"] == "my key"
    assert key not in repr(lines)


@both_dialects
def test_key_without_an_end_gets_that_of_the_settings(service, monkeypatch, dialect):
    settings = replace(service.account.settings, keys_last=timedelta(days=30))
    monkeypatch.setattr(service.account._app, "settings", settings)

    service.mutate(dialect, "create_api_key", {"name": "k", "expires_at": None}, "id")
    service.mutate(dialect, "create_api_token", {"name": "t"}, "id")

    listed = service.data("{ auth_api_key { expires_at } api_token { expires_at } }")
    for (row,) in listed.values():
        end = datetime.fromisoformat(row["expires_at"])
        assert timedelta(days=29) < end - datetime.now(UTC) <= timedelta(days=30)
