"""Each root field of the schema with a key of each scope, sent through the handler."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLField, get_named_type, is_object_type, is_required_argument

from domain.access.scopes import Scope
from graphql_api.mutations.dialects import camel_case
from graphql_api.permissions.table import PERMISSIONS
from graphql_api.schema import build_schema
from tests.handlers.closed import CREATE_KEY, Closed, closed_service

SCHEMA = build_schema()
TWINS = {camel_case(name): name for name in PERMISSIONS}


@pytest.fixture(scope="module")
def closed() -> Iterator[Closed]:
    with closed_service() as found:
        yield found


def document(kind: str, name: str, field: GraphQLField) -> str:
    """Return a document of one root field, whose required arguments are variables that nobody gives."""
    required = {key: value for key, value in field.args.items() if is_required_argument(value)}
    declared = ", ".join(f"${key}: {value.type}" for key, value in required.items())
    given = ", ".join(f"{key}: ${key}" for key in required)
    selection = "{ __typename }" if is_object_type(get_named_type(field.type)) else ""
    return (
        f"{kind}{f'({declared})' if declared else ''} {{ {name}{f'({given})' if given else ''} {selection} }}"
    )


def fields() -> list[Any]:
    assert SCHEMA.query_type is not None
    assert SCHEMA.mutation_type is not None
    return [
        pytest.param(kind, name, field, id=name)
        for kind, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
        for name, field in root.fields.items()
    ]


@pytest.mark.parametrize(("kind", "name", "field"), fields())
def test_field_is_forbidden_to_each_scope_that_the_table_does_not_name(closed, kind, name, field):
    scopes = PERMISSIONS[TWINS.get(name, name)]
    text = document(kind, name, field)
    for scope in Scope:
        response = closed.send(scope, text)
        codes = [error["extensions"]["code"] for error in response.get("errors", ())]

        assert (codes == ["FORBIDDEN"]) is (scope not in scopes), (scope, response)
        assert "INTERNAL_ERROR" not in codes
        if scope not in scopes:
            assert "data" not in response
            (error,) = response["errors"]
            assert error["extensions"]["field"] == name
            assert error["extensions"]["scope"] == scope.value
            assert Scope(error["extensions"]["needs"]) in scopes


def test_document_with_one_forbidden_field_does_nothing_at_all(closed):
    text = """mutation($project: create_project_input!, $key: create_api_key_input!) {
        create_project(input: $project) { id }
        create_api_key(input: $key) { key }
    }"""
    before = closed.service.items()

    response = closed.send(Scope.USER, text, {"project": {"name": "half"}, "key": {"name": "k"}})

    assert [error["extensions"]["needs"] for error in response["errors"]] == ["admin"]
    assert closed.service.items() == before


@pytest.mark.parametrize(
    ("scope", "word"),
    [(Scope.ADMIN, "RUNNER"), (Scope.USER, "RUNNER"), (Scope.RUNNER, "RUNNER"), (Scope.READ, "USER")],
)
def test_agents_of_old_releases_are_told_whether_they_may_run(closed, scope, word):
    response = closed.send(scope, "{ auth_info { api_token_scope scope projects expires_at } }")

    assert response["data"]["auth_info"] == {
        "api_token_scope": word,
        "scope": scope.value,
        "projects": None,
        "expires_at": None,
    }


def test_key_limits_its_bearer_on_a_server_that_demands_none(closed, monkeypatch):
    account = closed.service.account
    monkeypatch.setattr(account._app, "settings", replace(account.settings, token_digests=frozenset()))

    assert "errors" in closed.send(Scope.RUNNER, "{ project { id } }")
    assert "errors" not in closed.service.send("{ project { id } }")


def test_key_of_a_project_reads_and_changes_this_project_alone(closed):
    create = "mutation($input: create_project_input!) { create_project(input: $input) { id } }"
    rename = "mutation($input: set_project_name_input!) { set_project_name(input: $input) { success error } }"
    own, other = (
        closed.send(Scope.ADMIN, create, {"input": {"name": name}})["data"]["create_project"]["id"]
        for name in ("own", "other")
    )
    limited = {"input": {"name": "limited", "scope": "user", "projects": [own]}}
    key = closed.send(Scope.ADMIN, CREATE_KEY, limited)["data"]["create_api_key"]["key"]

    def send(text: str, variables: Any = None) -> Any:
        return closed.service.send(text, variables, authorization=f"Bearer {key}")

    assert send("{ project { id } }") == {"data": {"project": [{"id": own}]}}
    assert send("{ auth_info { projects } }") == {"data": {"auth_info": {"projects": [own]}}}
    found = [
        send(rename, {"input": {"project_id": project_id, "name": f"renamed {number}"}})["data"]
        for number, project_id in enumerate((own, other))
    ]
    assert [one["set_project_name"]["success"] for one in found] == [True, False]
    assert found[1]["set_project_name"]["error"] == f"There is no project {other}."
    (refused,) = send(create, {"input": {"name": "third"}})["errors"]
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert refused["message"] == (
        "create_project concerns all projects; this key is limited to some of them."
    )
