"""The address of requests, and the token, which no other address gets."""

import logging

import httpx
import pytest

from flow_runs import Client, ConfigurationError, FlowRunsError
from tests.unit.client.client_service import LOST, NO_CONNECTION, refusal, service

SECRET = "s3cret-token"
TENANT, OTHER_TENANT = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21", "6f1f0000-0000-5000-8000-00000000000a"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("FLOW_RUNS_URL", raising=False)
    monkeypatch.delenv("FLOW_RUNS_TOKEN", raising=False)
    monkeypatch.delenv("FLOW_RUNS_TENANT", raising=False)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (None, "http://127.0.0.1:4200/graphql"),
        ("http://127.0.0.1:4200", "http://127.0.0.1:4200/graphql"),
        ("http://127.0.0.1:4200/", "http://127.0.0.1:4200/graphql"),
        ("http://127.0.0.1:4200/graphql", "http://127.0.0.1:4200/graphql"),
        ("http://127.0.0.1:4200/graphql/", "http://127.0.0.1:4200/graphql"),
        ("http://127.0.0.1:4200/graphql/alpha", "http://127.0.0.1:4200/graphql/alpha"),
        (" https://api.example.com/prod ", "https://api.example.com/prod/graphql"),
        ("https://api.example.com/prod/graphql?x=1#y", "https://api.example.com/prod/graphql"),
        ("http://[::1]:4200", "http://[::1]:4200/graphql"),
    ],
)
def test_url_is_accepted_with_and_without_graphql(given, asked):
    there = service({"hello": "x"})

    there.client(given).graphql("{ hello }")

    assert str(there.requests[0].url) == asked
    assert there.requests[0].method == "POST"


def test_url_argument_overrides_the_environment_and_that_the_default(monkeypatch):
    monkeypatch.setenv("FLOW_RUNS_URL", "https://from.environment")
    monkeypatch.setenv("FLOW_RUNS_TOKEN", "of-the-environment")
    there = service({"hello": "x"}, {"hello": "x"})

    there.client().graphql("{ hello }")
    there.client("https://from.argument", "of-the-argument").graphql("{ hello }")

    assert [request.url.host for request in there.requests] == ["from.environment", "from.argument"]
    tokens = [request.headers["Authorization"] for request in there.requests]
    assert tokens == ["Bearer of-the-environment", "Bearer of-the-argument"]


def test_request_without_token_has_no_authorization():
    there = service({"hello": "x"})

    there.client(token="  ", tenant_id=" ").graphql("{ hello }")

    assert "Authorization" not in there.requests[0].headers
    assert "X-PREFECT-TENANT-ID" not in there.requests[0].headers


def test_tenant_of_the_argument_overrides_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("FLOW_RUNS_TENANT", TENANT)
    there = service({"hello": "x"}, {"hello": "x"})

    there.client().graphql("{ hello }")
    there.client(tenant_id=f" {OTHER_TENANT.upper()} ").graphql("{ hello }")

    told = [request.headers["X-PREFECT-TENANT-ID"] for request in there.requests]
    assert told == [TENANT, OTHER_TENANT]


@pytest.mark.parametrize("tenant", ["second", f"{TENANT}\nX-Other: 1", "é"])
def test_tenant_that_is_no_id_is_refused(tenant):
    with pytest.raises(ConfigurationError, match="is no id"):
        Client(tenant_id=tenant)


@pytest.mark.parametrize("url", ["localhost:4200", "ftp://host", "http://", "/graphql", "http://a:b:c", "x"])
def test_invalid_url_is_refused_with_an_example(url):
    with pytest.raises(ConfigurationError, match="URL"):
        Client(url)


def test_password_in_the_url_is_refused_and_not_repeated():
    with pytest.raises(ConfigurationError) as caught:
        Client(f"https://user:{SECRET}@host")

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("token", [f"{SECRET}\nX-Other: 1", f"{SECRET} b", f"{SECRET}é", f"{SECRET}\x00"])
def test_token_that_no_header_can_hold_is_refused_and_not_repeated(token):
    with pytest.raises(ConfigurationError) as caught:
        Client(token=token)

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "response",
    [
        LOST,
        NO_CONNECTION,
        refusal("NOT_FOUND"),
        refusal("FORBIDDEN"),
        httpx.Response(401),
        httpx.Response(502),
    ],
)
def test_token_is_in_no_error_repr_or_log_line(response, caplog):
    caplog.set_level(logging.DEBUG)
    client = service(response).client(token=SECRET, retries=0)

    with pytest.raises(FlowRunsError) as caught:
        client.graphql("{ hello }")

    shown = [repr(client), str(client), repr(caught.value), str(caught.value), caplog.text]
    shown += [repr(caught.value.__cause__), repr(caught.value.extensions)]
    assert not any(SECRET in text for text in shown)
    assert repr(client) == "Client(url='http://127.0.0.1:4200/graphql')"


def test_redirect_is_not_followed_so_that_it_gets_no_token():
    there = service(httpx.Response(307, headers={"Location": "https://elsewhere.example"}))

    with pytest.raises(FlowRunsError, match="307"):
        there.client(token=SECRET).graphql("{ hello }")

    assert len(there.requests) == 1


def test_client_closes_its_connections_at_the_end_of_a_with():
    with service().client() as client:
        pass

    with pytest.raises(RuntimeError, match="closed"):
        client.graphql("{ hello }")
