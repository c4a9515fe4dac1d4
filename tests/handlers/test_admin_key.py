"""`flow-runs admin create-key`: its keys are those of the service, which lets them in."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from typer.testing import CliRunner

from domain.access.api_keys import KeyKind, digest_of, key_id
from domain.access.key_forms import beginning_of, is_of_our_form
from domain.access.scopes import Scope
from flow_runs.admin.key_items import KeyOfTable, new_secret
from flow_runs.cli.app import app
from operations.access.api_keys import WantedKey, new_key
from storage.access.api_keys import ApiKeys
from tests.handlers.aws import TABLE
from tests.handlers.closed import Closed, closed_service
from wiring import DEFAULT_TENANT_ID

ASK = "{ auth_info { scope projects expires_at key_id } }"


@pytest.fixture(scope="module")
def closed() -> Iterator[Closed]:
    with closed_service() as closed:
        yield closed


def command(*arguments: str, table: str = TABLE) -> Any:
    return CliRunner().invoke(app, ["admin", "create-key", "--table", table, *arguments])


def asked(closed, token):
    return closed.service.send(ASK, authorization=f"Bearer {token}")


@pytest.mark.parametrize("scope", Scope, ids=lambda scope: scope.value)
def test_key_of_the_command_is_let_in(closed, scope):
    result = command("--scope", scope.value, "--name", "first", "--json")

    made = json.loads(result.stdout)
    told = asked(closed, made["key"])["data"]["auth_info"]
    assert told == {"scope": scope.value, "projects": None, "expires_at": None, "key_id": made["id"]}
    assert result.exit_code == 0


def test_key_of_the_command_is_listed_as_any_other_and_can_be_rotated_and_deleted(closed):
    token = command("--name", "to be rotated", "--expires", "90d").stdout.strip()

    rows = closed.send(Scope.ADMIN, "{ auth_api_key { id name scope beginning owner made_by expires_at } }")
    (row,) = [row for row in rows["data"]["auth_api_key"] if row["name"] == "to be rotated"]
    assert (row["scope"], row["beginning"], row["made_by"]) == (
        "admin",
        beginning_of(token),
        "flow-runs admin",
    )
    text = "mutation($input: rotate_api_key_input!) { rotate_api_key(input: $input) { key } }"
    rotated = closed.service.send(text, {"input": {"overlap": 0}}, authorization=f"Bearer {token}")
    assert "errors" in asked(closed, token)
    assert "errors" not in asked(closed, rotated["data"]["rotate_api_key"]["key"])


def test_key_of_the_command_is_limited_to_projects_by_name_or_id(closed):
    created = closed.send(Scope.ADMIN, 'mutation { create_project(input: {name: "The project"}) { id } }')[
        "data"
    ]["create_project"]["id"]
    for project in ("The project", created):
        token = command("--scope", "runner", "--project", project).stdout.strip()
        assert asked(closed, token)["data"]["auth_info"]["projects"] == [created]

    for unknown in ("No such project", DEFAULT_TENANT_ID):
        before = closed.service.items()
        result = command("--project", unknown)
        assert (result.exit_code, result.stdout) == (3, "")
        assert closed.service.items() == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--expires", "2020-01-01"], 2, "later than now"),
        (["--name", " "], 2, "control character"),
        (["--scope", "root"], 2, "root"),
    ],
    ids=["past", "no name", "scope"],
)
def test_unusable_key_is_refused_before_anything_is_written(closed, arguments, code, says):
    before = closed.service.items()
    result = command(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert closed.service.items() == before


def test_table_that_does_not_exist_is_said(closed):
    result = command(table="another")
    assert result.exit_code == 3
    assert "no table 'another'" in result.stderr


def test_command_without_its_library_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "flow_runs.admin.tables", raising=False)

    result = command()

    assert result.exit_code == 2
    assert "pip install 'flow-runs[admin]'" in result.stderr


@pytest.mark.parametrize("scope", Scope, ids=lambda scope: scope.value)
@pytest.mark.parametrize("bits", [0, 1, 2**255 + 12_345, 2**256 - 1])
def test_form_of_the_key_is_that_of_the_service(scope, bits):
    secret = new_secret(scope.value, bits)
    assert is_of_our_form(secret)
    made = key_made_by_the_command(secret, scope, None)
    assert made.id == key_id(digest_of(secret))


@pytest.mark.parametrize("expires_at", [None, datetime(2030, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)], ids=repr)
@pytest.mark.parametrize("projects", [None, ["b", "a"]], ids=repr)
def test_item_of_the_key_is_that_of_the_service(closed, expires_at, projects):
    context = closed.service.account.context()
    wanted = WantedKey(
        kind=KeyKind.KEY,
        name="first",
        scope=Scope.ADMIN,
        declared="ADMIN",
        projects=None if projects is None else frozenset(projects),
        expires_at=expires_at,
        owner="flow-runs admin",
    )
    theirs, secret = new_key(context, wanted, context.now())
    made = key_made_by_the_command(secret, Scope.ADMIN, projects, theirs.created, expires_at)
    store = context.store.api_keys
    assert isinstance(store, ApiKeys)
    assert made.item() == {**store._item(theirs), "by": {"S": "flow-runs admin"}}


def key_made_by_the_command(
    secret, scope, projects, created=datetime(2026, 1, 1, tzinfo=UTC), expires_at=None
):
    return KeyOfTable(
        tenant_id=DEFAULT_TENANT_ID,
        name="first",
        scope=scope.value,
        projects=projects,
        created=created,
        expires_at=expires_at,
        secret=secret,
    )


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="http://x"), ReadTimeoutError(endpoint_url="http://x")]
)
def test_table_that_does_not_respond_is_a_failure_of_the_service(error, monkeypatch):
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    assert command().exit_code == 5


def test_key_is_made_with_credentials_that_may_only_write(closed, monkeypatch):
    call = vars(BaseClient)["_make_api_call"]

    def refuse_reads(client: Any, operation: str, given: Any) -> Any:
        if operation == "BatchGetItem":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)
        return call(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_reads)
    result = command()
    assert "could not be read" in result.stderr
    assert "errors" not in asked(closed, result.stdout.strip())
