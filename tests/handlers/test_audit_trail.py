"""The audit trail of requests: where they came from, who may read it, and that no secret is in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access.scopes import Scope
from tests.handlers.closed import Closed, closed_service
from tests.handlers.service import SNAKE
from wiring import DEFAULT_TENANT_ID as HOME

TENANT = "mutation($input: create_tenant_input!) { create_tenant(input: $input) { id } }"
LIST = "{ audit_entry { by mutation targets outcome code source_ip user_agent request_id } }"
CANARY = "canary-5f1c"


@pytest.fixture(scope="module")
def closed() -> Iterator[Closed]:
    with closed_service() as closed, pytest.MonkeyPatch.context() as patch:
        settings = replace(closed.service.account.settings, audit_kept=timedelta(days=90))
        patch.setattr(closed.service.account._app, "settings", settings)
        yield closed


def test_entry_tells_the_key_and_the_request(closed):
    text = SNAKE.document("set_secret", "success")
    given = {"input": {"name": "database", "value": CANARY}}
    answer = closed.service.send(
        text, given, **{"authorization": f"Bearer {closed.keys[Scope.USER]}", "user-agent": "curl/8.5"}
    )
    assert answer["data"]["set_secret"]["success"], answer

    (entry,) = closed.send(Scope.ADMIN, LIST)["data"]["audit_entry"]

    assert entry.pop("source_ip")
    assert entry.pop("request_id")
    assert entry == {
        "by": "user",
        "mutation": "set_secret",
        "targets": ["database"],
        "outcome": "begun",
        "code": None,
        "user_agent": "curl/8.5",
    }
    trail = repr([item for item in closed.service.items() if "#audit#" in repr(item)])
    assert "set_secret" in trail
    assert CANARY not in trail
    assert not any(key in trail for key in closed.keys.values())


@pytest.mark.parametrize("scope", [Scope.USER, Scope.READ, Scope.RUNNER], ids=lambda scope: scope.value)
def test_only_admins_read_the_trail(closed, scope):
    (error,) = closed.send(scope, LIST)["errors"]
    assert error["extensions"]["needs"] == "admin"


def test_forbidden_change_has_no_entry(closed):
    before = closed.send(Scope.ADMIN, LIST)
    closed.send(Scope.READ, SNAKE.document("create_project", "id"), {"input": {"name": "p"}})
    assert closed.send(Scope.ADMIN, LIST) == before


def test_change_of_the_deployment_is_only_in_the_trail_of_the_home_tenant(closed):
    def send(text, tenant_id=None, key=closed.keys[Scope.ADMIN], **given):
        headers = {} if tenant_id is None else {"x-prefect-tenant-id": tenant_id}
        variables = {"input": given} if given else None
        return closed.service.send(text, variables, authorization=f"Bearer {key}", **headers)

    new_key = SNAKE.document("create_api_key", "id key")
    rotate = "mutation($input: rotate_api_key_input!) { rotate_api_key(input: $input) { id } }"
    limit = SNAKE.document("set_tenant_limits", "id")
    team = send(TENANT, name="T", slug="team")["data"]["create_tenant"]["id"]
    both = send(new_key, name="b", scope="admin", tenants=[HOME, team])["data"]["create_api_key"]
    before = send(LIST)

    for text, given in (
        (TENANT, {"name": "U", "slug": "u"}),
        (limit, {"slug": "team"}),
        (new_key, {"name": "hidden", "tenants": [HOME]}),
        (rotate, {"overlap": 60}),
    ):
        (error,) = send(text, team, both["key"], **given)["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "home tenant" in error["message"]

    assert send(LIST) == before
    refused = send(LIST, team, both["key"])["data"]["audit_entry"]
    assert [entry["outcome"] for entry in refused] == ["refused"] * 4
    listed = send("{ auth_api_key { id tenants } }")["data"]["auth_api_key"]
    assert {"id": both["id"], "tenants": [HOME, team]} in listed
    assert send(rotate, None, both["key"], overlap=60)["data"]["rotate_api_key"]["id"]


def test_settings_say_how_long_entries_are_kept_or_that_there_are_none(closed):
    wiring = type(closed.service.account.settings)
    assert wiring.from_environment({}).audit_kept == timedelta(days=90)
    assert wiring.from_environment({"AUDIT_DAYS": "7"}).audit_kept == timedelta(days=7)
    assert wiring.from_environment({"AUDIT_DAYS": "0"}).audit_kept is None
