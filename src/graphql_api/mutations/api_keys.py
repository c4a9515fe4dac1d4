"""Mutations of API keys and tokens, and those by which old clients change the one for the other."""

from collections.abc import Mapping
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from domain.access.api_keys import KeyKind
from domain.errors import Forbidden
from graphql_api.language.scalars import DATE_TIME, UUID
from graphql_api.mutations.dialects import CAMEL_CASE, SNAKE_CASE, Input, Mutation, Required
from graphql_api.mutations.flows import Given
from graphql_api.mutations.payloads import Payloads
from operations.access import api_keys
from operations.context import Context
from operations.tenants import check_tenant

_YES: Final = Required.YES
_DEFAULT_SCOPE: Final = "USER"
_SCOPE: Final = GraphQLEnumType("api_token_scope", {name: name for name in ("USER", "TENANT", "RUNNER")})
_NAME: Final = Input("name", GraphQLString, "What it is called; need not be unique.", _YES)

_FRESH: Final[Mapping[str, tuple[GraphQLOutputType, str]]] = {
    "access_token": (GraphQLString, "The bearer token of this request: it needs no other."),
    "refresh_token": (GraphQLString, "The same."),
    "expires_at": (GraphQLNonNull(DATE_TIME), "When to ask again: years from now."),
}


def api_key_mutations(payloads: Payloads) -> tuple[Mutation, ...]:
    """The mutations of API keys and tokens."""
    login = _login_payload()
    return (
        Mutation(
            "create_api_key",
            "Make an API key, which is shown this once.",
            (
                _NAME,
                Input("user_id", UUID, "Whose it is: `auth_info`'s; need not be given."),
                Input("expires_at", DATE_TIME, "When it stops letting anybody in; null is never."),
            ),
            _secret_payload("key"),
            _create_key,
        ),
        Mutation(
            "delete_api_key",
            "Delete an API key: it lets nobody in any more.",
            (Input("key_id", UUID, "The key.", _YES),),
            payloads.success,
            _delete_key,
        ),
        Mutation(
            "create_api_token",
            "Make an API token, as API keys were called before release 0.15; it is shown this once.",
            (
                _NAME,
                Input("role", _SCOPE, "What it is for, as clients before 0.10 say it; kept, not enforced."),
                Input("scope", _SCOPE, "The same, as later ones say it; `USER` if neither is given."),
            ),
            _secret_payload("token"),
            _create_token,
        ),
        Mutation(
            "delete_api_token",
            "Delete an API token: it lets nobody in any more.",
            (Input("token_id", UUID, "The token.", _YES),),
            payloads.success,
            _delete_token,
        ),
        Mutation(
            "switch_tenant",
            "Log in to the caller's tenant: there is nothing to do, the same token goes on.",
            (Input("tenant_id", UUID, "The tenant.", _YES),),
            login,
            _switch_tenant,
        ),
        Mutation(
            "refresh_token",
            "Change a token that ends for another: none does, the same one goes on.",
            (Input("access_token", GraphQLString, "The token that ends."),),
            login,
            _refresh_token,
        ),
    )


def _create_key(context: Context, given: Given) -> Given:
    if given.get("user_id") not in (None, context.tenant.id):
        raise Forbidden(f"user_id: there is no other user than {context.tenant.id}.")
    identifier, secret = api_keys.create_api_key(
        context,
        KeyKind.KEY,
        name=given["name"],
        scope=_DEFAULT_SCOPE,
        expires_at=given.get("expires_at"),
    )
    return {"id": identifier, "key": secret}


def _create_token(context: Context, given: Given) -> Given:
    scope = given.get("scope") or given.get("role") or _DEFAULT_SCOPE
    identifier, secret = api_keys.create_api_key(
        context, KeyKind.TOKEN, name=given["name"], scope=scope, expires_at=None
    )
    return {"id": identifier, "token": secret}


def _delete_key(context: Context, given: Given) -> Given:
    return _found(api_keys.delete_api_key(context, KeyKind.KEY, given["key_id"]), "key", given["key_id"])


def _delete_token(context: Context, given: Given) -> Given:
    found = api_keys.delete_api_key(context, KeyKind.TOKEN, given["token_id"])
    return _found(found, "token", given["token_id"])


def _found(found: bool, what: str, identifier: str) -> Given:
    return {"success": found, "error": None if found else f"There is no API {what} {identifier}."}


def _switch_tenant(context: Context, given: Given) -> Given:
    check_tenant(context, given["tenant_id"])
    return _fresh(context)


def _refresh_token(context: Context, _: Given) -> Given:
    return _fresh(context)


def _fresh(context: Context) -> Given:
    found = {
        "access_token": context.bearer,
        "refresh_token": context.bearer,
        "expires_at": api_keys.fresh_until(context),
    }
    return {
        dialect.spell(name): value for name, value in found.items() for dialect in (SNAKE_CASE, CAMEL_CASE)
    }


def _login_payload() -> GraphQLObjectType:
    """Old clients spell the fields of this payload too in camelCase, as of no other."""
    fields = {
        dialect.spell(name): GraphQLField(kind, description=description)
        for name, (kind, description) in _FRESH.items()
        for dialect in (SNAKE_CASE, CAMEL_CASE)
    }
    return GraphQLObjectType("tenant_login_payload", fields)


def _secret_payload(name: str) -> GraphQLObjectType:
    return GraphQLObjectType(
        f"create_api_{name}_payload",
        {
            "id": GraphQLField(
                GraphQLNonNull(UUID), description=f"The API {name}'s id, by which it is deleted."
            ),
            name: GraphQLField(
                GraphQLNonNull(GraphQLString), description="The bearer token. The service does not keep it."
            ),
        },
    )
