import pytest

import wiring
from handlers import http_api
from tests.handlers import http_client
from tests.handlers.aws import aws_account
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation

wiring_app = wiring.app
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


@pytest.mark.parametrize("header", [None, "Bearer anything", "nonsense"])
def test_server_without_tokens_accepts_every_request(api, header):
    assert api.post("{ hello }", headers={"authorization": header} if header else {}).status == 200


@pytest.mark.parametrize("header", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_known_token_is_accepted(api, header):
    api.accept_only(TOKEN)
    assert api.post("{ hello }", headers={"authorization": header}).json == {"data": {"hello": "👋 hello"}}


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer wrong", "Bearer é"]
)
@pytest.mark.parametrize(
    ("accept", "status"),
    [("*/*", 200), ("application/json", 200), ("application/graphql-response+json", 401)],
)
def test_request_without_a_known_token_is_refused_readably(api, header, accept, status):
    api.accept_only(TOKEN)
    headers = {"accept": accept} | ({"authorization": header} if header is not None else {})
    response = api.post('mutation { write(text: "x") }', headers=headers)
    assert (response.status, response.codes) == (status, ["UNAUTHENTICATED"])
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert api.writes == []


def test_malformed_header_has_the_message_that_core_looks_for(api):
    api.accept_only(TOKEN)
    assert "Malformed Authorization header" in api.post("{ hello }", headers={"authorization": TOKEN}).message


def test_digest_is_no_token(api):
    api.accept_only(TOKEN)
    digest = next(iter(api.settings.token_digests))
    assert api.post("{ hello }", headers={"authorization": f"Bearer {digest}"}).codes == ["UNAUTHENTICATED"]


def test_token_is_checked_before_the_body_is_read(api):
    api.accept_only(TOKEN)
    assert api.post_body("{").codes == ["UNAUTHENTICATED"]


def test_health_needs_no_token(api):
    api.accept_only(TOKEN)
    assert api.request(path="/health").status == 200


@pytest.mark.parametrize("digests", [" ", ",", "a plain token", "é", "0" * 63])
def test_function_whose_setting_of_tokens_cannot_be_used_serves_nobody(monkeypatch, digests):
    # Given a function of the stack whose variable was changed by hand
    with aws_account(monkeypatch) as account, monkeypatch.context() as patch:
        patch.setattr(wiring, "app", wiring_app)
        patch.setenv("AUTH_TOKEN_SHA256", digests)
        wiring_app.cache_clear()

        # When
        refused = [
            http_api.handler(graphql_event(query, headers=headers), invocation())
            for query in ("{ hello }", 'mutation { create_project(input: {name: "P"}) { id } }')
            for headers in ({}, {"authorization": "Bearer a plain token"})
        ]

        # Then
        assert [response["statusCode"] for response in refused] == [500] * 4
        assert "plain token" not in "".join(response["body"] for response in refused)
        assert account.context().store.projects.named("P") is None
        wiring_app.cache_clear()
