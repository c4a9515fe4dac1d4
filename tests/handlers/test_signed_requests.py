"""Requests that are signed by IAM, on the route where API Gateway checks signatures."""

import json
from dataclasses import replace
from typing import Any

import pytest

from domain.access.iam_roles import caller_of_arn, parse_roles
from domain.access.scopes import Scope
from domain.errors import BadUserInput, Forbidden
from handlers import http_api
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation
from tests.handlers.service import Service

ACCOUNT = "arn:aws:iam::123456789012"
ROLES = f"{ACCOUNT}:role/teams/Deploy=user,{ACCOUNT}:user/ann=admin,{ACCOUNT}:role/Agent=runner"
DEPLOY = "arn:aws:sts::123456789012:assumed-role/Deploy/a-session"


@pytest.fixture
def closed(service, monkeypatch):
    settings = replace(service.account.settings, allow_anonymous=False, iam_roles=parse_roles(ROLES))
    monkeypatch.setattr(service.account._app, "settings", settings)
    return service


def send(_: Service, arn: str | None, text: str, path: str = "/iam/graphql", **headers: str) -> Any:
    event = graphql_event(text, path=path, headers=headers)
    if arn is not None:
        # As API Gateway writes it for a route with IAM's authorizer.
        signer = {"userArn": arn, "accountId": "123456789012", "callerId": "AROA:a-session"}
        event["requestContext"]["authorizer"] = {"iam": {**signer, "cognitoIdentity": None}}
    response = http_api.handler(json.loads(json.dumps(event)), invocation())
    return json.loads(response["body"])


@pytest.mark.parametrize(
    ("arn", "scope"),
    [
        (DEPLOY, "user"),
        (f"{ACCOUNT}:user/ann", "admin"),
        ("arn:aws:sts::123456789012:assumed-role/Agent/i-0123", "runner"),
    ],
)
def test_signer_has_the_scope_of_its_role(closed, arn, scope):
    assert send(closed, arn, "{ auth_info { scope } }")["data"]["auth_info"]["scope"] == scope


def test_scope_of_a_signer_is_enforced(closed):
    response = send(closed, DEPLOY, "{ auth_api_key { id } }")

    assert response["errors"][0]["extensions"]["needs"] == "admin"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::123456789012:assumed-role/Other/a-session",
        "arn:aws:sts::999999999999:assumed-role/Deploy/a-session",
        "arn:aws:sts::123456789012:assumed-role/Deploy",
        "arn:aws:sts::123456789012:federated-user/Deploy",
        "arn:aws:iam::123456789012:root",
        f"{ACCOUNT}:user/Deploy",
        f"{ACCOUNT}:role/Deploy/a-session",
        "",
    ],
)
def test_anybody_else_is_forbidden(closed, arn):
    response = send(closed, arn, "{ hello }")

    assert response["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_request_without_a_checked_signature_is_refused_on_the_path_of_signatures(closed):
    assert send(closed, None, "{ hello }")["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_claimed_signer_counts_for_nothing_on_other_paths(closed):
    response = send(closed, f"{ACCOUNT}:user/ann", "{ hello }", path="/graphql")

    assert response["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_session_is_named_in_full_so_that_the_trail_tells_it():
    assert caller_of_arn(parse_roles(ROLES), DEPLOY).name == DEPLOY


@pytest.mark.parametrize(
    "text",
    [
        "Deploy=user",
        f"{ACCOUNT}:role/*=user",
        "arn:aws:iam::123:role/Deploy=user",
        f"{ACCOUNT}:role/Deploy=root",
        f"{ACCOUNT}:role/Deploy",
        "arn:aws:sts::123456789012:assumed-role/Deploy/x=user",
    ],
)
def test_setting_that_is_no_list_of_roles_is_refused(text):
    with pytest.raises(BadUserInput, match="IAM_SCOPES"):
        parse_roles(text)


def test_empty_setting_lets_nobody_in():
    assert parse_roles("") == {}
    with pytest.raises(Forbidden):
        caller_of_arn({}, DEPLOY)


def test_role_of_another_partition_is_another_role():
    roles = parse_roles("arn:aws-us-gov:iam::123456789012:role/Deploy=user")

    with pytest.raises(Forbidden):
        caller_of_arn(roles, DEPLOY)
    assert caller_of_arn(roles, DEPLOY.replace("arn:aws:", "arn:aws-us-gov:")).scope is Scope.USER
