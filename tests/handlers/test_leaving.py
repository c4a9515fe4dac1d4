"""The handler for a client that leaves: a query is stopped, a mutation is finished."""

import json
from typing import Any

import pytest

from handlers import http_api
from local_server.lambda_context import LambdaContext
from tests.handlers.aws import aws_account
from tests.handlers.events import graphql_event

LISTS = "{" + " ".join(f"f{number}: project(limit: 1) {{ id }}" for number in range(20)) + "}"


@pytest.fixture
def account(monkeypatch):
    with aws_account(monkeypatch) as found:
        yield found


def send(query: str, *, stays_for: int) -> dict[str, Any]:
    """Send a request of a client that is still there when it is looked for this often."""
    looks = iter(range(stays_for))
    context = LambdaContext(
        aws_request_id="r", timeout=25.0, client_has_left=lambda: next(looks, None) is None
    )
    event = graphql_event(query, headers={"x-flow-runs-cost": "1"})
    body: dict[str, Any] = json.loads(http_api.handler(event, context)["body"])
    return body


@pytest.mark.usefixtures("account")
def test_query_reads_nothing_after_its_client_has_left():
    whole, half, none = (send(LISTS, stays_for=looks) for looks in (10_000, 10, 0))

    assert "errors" not in whole
    assert {error["extensions"]["code"] for error in half["errors"]} == {"CLIENT_LEFT"}
    assert reads(none) == 0
    assert 0 < reads(half) < reads(whole) / 2


@pytest.mark.usefixtures("account")
def test_mutations_of_a_document_are_done_one_by_one_until_its_client_has_left():
    names = [f"P{number}" for number in range(5)]
    fields = [f'p{name}: create_project(input: {{name: "{name}"}}) {{ id }}' for name in names]

    changed = send(f"mutation {{ {' '.join(fields)} }}", stays_for=2)
    found = send("{ project { name } }", stays_for=10_000)

    done = {f"p{name}": name for name in names[:3]}
    assert [error["path"] for error in changed["errors"]] == [["pP3"], ["pP4"]]
    assert {alias for alias, payload in changed["data"].items() if payload} == set(done)
    assert {row["name"] for row in found["data"]["project"]} == set(done.values())


@pytest.mark.usefixtures("account")
def test_single_mutation_is_done_though_its_client_has_left():
    assert "errors" not in send('mutation { create_project(input: {name: "P"}) { id } }', stays_for=0)


@pytest.mark.usefixtures("account")
def test_context_of_lambda_knows_nothing_of_clients():
    class Context:
        aws_request_id = "r"

        def get_remaining_time_in_millis(self) -> int:
            return 25_000

    assert "errors" not in json.loads(http_api.handler(graphql_event(LISTS), Context())["body"])


def reads(body: dict[str, Any]) -> float:
    return float(body["extensions"]["cost"]["read_units"])
