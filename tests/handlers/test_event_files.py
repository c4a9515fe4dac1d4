"""The files of events/ that API Gateway sends, through the real handler."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from handlers import http_api
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.reading import get_flow_run
from tests.handlers.aws import ROOT, Account, aws_account, event_file
from tests.handlers.invocation import invocation

# The ids in the files; events/README.md names them.
FLOW_ID = "5d0c2a3e-8f6b-4f57-9a63-1d9c8c1e7a10"
FLOW_RUN_ID = "0199a3f2-7c10-7d3e-8f4a-3b5c6d7e8f90"
FLOW = {"name": "My Flow Name", "parameters": [{"name": "name", "required": True}]}


@pytest.fixture
def account(monkeypatch) -> Iterator[Account]:
    with aws_account(monkeypatch) as account:
        yield account


def send(name: str, flow_id: str = FLOW_ID, flow_run_id: str = FLOW_RUN_ID) -> dict[str, Any]:
    """Return the response to the request of a file, with the ids of an existing flow and run."""
    event = event_file(name)
    event["body"] = event["body"].replace(FLOW_ID, flow_id).replace(FLOW_RUN_ID, flow_run_id)
    response = http_api.handler(event, invocation())
    body = response["body"]
    raw = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
    if response["headers"].get("content-encoding") == "gzip":
        raw = gzip.decompress(raw)
    return {"status": response["statusCode"], **json.loads(raw)}


def test_create_and_replay_return_the_same_run(account):
    flow_id = account.register(FLOW)

    created = send("graphql_create", flow_id)
    replayed = send("graphql_replay", flow_id)

    flow_run_id = created["data"]["create_flow_run"]["id"]
    run = get_flow_run(account.context(), flow_run_id)
    assert created["status"] == 200
    assert (run.flow_id, run.name, run.labels) == (flow_id, "nightly", ["example"])
    assert replayed == created


def test_state_is_set_once_and_a_stale_version_refused(account):
    # Given
    flow_id = account.register(FLOW)
    request = CreateFlowRun(flow_id=flow_id, parameters={"name": "Marvin"})
    flow_run_id = create_flow_run(account.context(), request)

    # When
    updated = send("graphql_state_update", flow_run_id=flow_run_id)
    conflict = send("graphql_version_conflict", flow_run_id=flow_run_id)

    # Then
    run = get_flow_run(account.context(), flow_run_id)
    assert "errors" not in updated
    assert (run.version, run.state.type) == (2, "Running")
    (error,) = conflict["errors"]
    assert error["extensions"]["code"] == "VERSION_LOCKING_ERROR"
    assert error["extensions"]["given_version"] == 1
    assert error["extensions"]["current_version"] == 2


def test_bad_query_is_the_callers_error(account):
    response = send("graphql_bad_query")

    (error,) = response["errors"]
    assert "data" not in response
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


def test_compressed_body_in_base64_is_read(account):
    response = send("graphql_base64_body")

    assert response["status"] == 200
    assert set(response["data"]) == {"hello"}


def test_readme_names_every_event_file():
    readme = (ROOT / "events" / "README.md").read_text("utf-8")

    assert [path.name for path in (ROOT / "events").glob("*.json") if f"`{path.name}`" not in readme] == []
    assert FLOW_ID in readme
    assert FLOW_RUN_ID in readme
