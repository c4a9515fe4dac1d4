"""Mutations of API keys and API tokens, and the token exchange of old clients."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from domain.access.api_keys import KeyKind
from domain.access.scopes import Scope
from domain.errors import Forbidden
from graphql_api.language.scalars import DATE_TIME, UUID
from graphql_api.mutations.dialects import DIALECTS, Mutation
from graphql_api.mutations.inputs import (
    ID,
    IDS,
    INTEGER,
    TEXT,
    TIME,
    InputKind,
    MutationInput,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.access import api_keys
from operations.context import Context
from operations.tenants import token_of, usable_tenant

# The words of API tokens, and the scopes that they are. A token for a tenant does all that its tenant can.
_TOKEN_SCOPES: Final = {"USER": Scope.USER, "TENANT": Scope.ADMIN, "RUNNER": Scope.RUNNER}
_DEFAULT_WORD: Final = "USER"
_TOKEN_SCOPE: Final[InputKind[str]] = InputKind(
    GraphQLEnumType("api_token_scope", {name: name for name in _TOKEN_SCOPES})
)
_SCOPE: Final[InputKind[Scope]] = InputKind(
    GraphQLEnumType(
        "api_key_scope",
        {
            scope.value: GraphQLEnumValue(scope, description=description)
            for scope, description in (
                (Scope.ADMIN, "Everything, with API keys and tenants."),
                (Scope.USER, "Everything but API keys and tenants."),
                (Scope.READ, "Reading, but for the values of secrets."),
                (Scope.RUNNER, "What agents and the runs that they start need, and nothing else."),
            )
        },
        description="What the bearer of a key may do.",
    )
)
_NAME: Final = required(TEXT, "The name of the key or token; need not be unique.")

_LOGIN_FIELDS: Final[Mapping[str, tuple[GraphQLOutputType, str]]] = {
    "access_token": (
        GraphQLString,
        "The caller's token, for another tenant than its own with `~` and the tenant's id. It stays valid.",
    ),
    "refresh_token": (GraphQLString, "The same token."),
    "expires_at": (GraphQLNonNull(DATE_TIME), "The time to ask again: years from now."),
}


class CreateApiKeyInput(MutationInput):
    """A new API key."""

    name = _NAME
    user_id = optional(ID, "The owner of the key: `user_id` of `auth_info`; need not be given.")
    owner = optional(
        TEXT, "Who answers for the key: a name, an address; the caller's name if null.", readable=True
    )
    expires_at = optional(
        TIME, "The time at which the key becomes invalid; if null as the deployment has it, or never."
    )
    scope = optional(_SCOPE, "What the key may do; `user` if null. No key gives more than its maker has.")
    projects = optional(
        IDS, "The projects to which the key is limited; null for all that the caller may use."
    )
    tenants = optional(
        IDS,
        "The tenants that the key opens, up to 40, and first the one for requests that name none; null for "
        "the tenant of this request. In requests for the home tenant, its admins give away any.",
    )


class ApiKeyInput(MutationInput):
    """The id of an API key."""

    key_id = required(ID, "The key.")


class RotateApiKeyInput(MutationInput):
    """The rotation of an API key or token."""

    key_id = optional(ID, "The key or token; the one of this request if null.")
    overlap = optional(
        INTEGER, "For how many seconds the key stays valid beside its successor, 0 for none; a day if null."
    )
    idempotency_key = optional(
        TEXT, "A repeat with the same key returns a successor too, as long as the first one was not used."
    )


class CreateApiTokenInput(MutationInput):
    """A new API token."""

    name = _NAME
    role = optional(_TOKEN_SCOPE, "What the token may do, from clients before 0.10.")
    scope = optional(_TOKEN_SCOPE, "What the token may do, from later clients; `USER` if neither is given.")


class ApiTokenInput(MutationInput):
    """The id of an API token."""

    token_id = required(ID, "The token.")


class SwitchTenantInput(MutationInput):
    """The tenant to log in to."""

    tenant_id = required(ID, "The tenant.")


class RefreshTokenInput(MutationInput):
    """The token to exchange."""

    access_token = optional(TEXT, "The token that expires.")


def api_key_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of API keys and API tokens."""
    login = _login_payload()
    return (
        Mutation(
            "create_api_key",
            "Create an API key. Only this payload shows its secret.",
            CreateApiKeyInput,
            _secret_payload("key"),
            _create_key,
        ),
        Mutation(
            "delete_api_key",
            "Delete an API key, which becomes invalid.",
            ApiKeyInput,
            payloads.success,
            _delete_key,
        ),
        Mutation(
            "rotate_api_key",
            "Give an API key or token a successor with all that it has, and let it end after an overlap. "
            "Only this payload shows the successor's secret.",
            RotateApiKeyInput,
            _rotation_payload(),
            _rotate_key,
            camel_case=False,
        ),
        Mutation(
            "create_api_token",
            "Create an API token, the API key of releases before 0.15. Only this payload shows its secret.",
            CreateApiTokenInput,
            _secret_payload("token"),
            _create_token,
        ),
        Mutation(
            "delete_api_token",
            "Delete an API token, which becomes invalid.",
            ApiTokenInput,
            payloads.success,
            _delete_token,
        ),
        Mutation(
            "switch_tenant",
            "Return a token with which requests are for a tenant. The caller's own token stays valid.",
            SwitchTenantInput,
            login,
            _switch_tenant,
        ),
        Mutation(
            "refresh_token",
            "Exchange a token for the tenant of the request. The caller's own token stays valid.",
            RefreshTokenInput,
            login,
            _refresh_token,
        ),
    )


def _create_key(context: Context, given: CreateApiKeyInput) -> Payload:
    if given.user_id not in (None, context.tenant.id):
        raise Forbidden(f"user_id: there is no other user than {context.tenant.id}.")
    scope = given.scope or Scope.USER
    wanted = api_keys.WantedKey(
        kind=KeyKind.KEY,
        name=given.name,
        scope=scope,
        declared=scope.name,
        projects=context.caller.projects if given.projects is None else frozenset(given.projects),
        expires_at=given.expires_at or api_keys.usual_end(context),
        owner=given.owner,
        tenants=None if given.tenants is None else tuple(dict.fromkeys(given.tenants)),
    )
    key_id, secret = api_keys.create_api_key(context, wanted)
    return {"id": key_id, "key": secret}


def _create_token(context: Context, given: CreateApiTokenInput) -> Payload:
    word = given.scope or given.role or _DEFAULT_WORD
    wanted = api_keys.WantedKey(
        kind=KeyKind.TOKEN,
        name=given.name,
        scope=_TOKEN_SCOPES[word],
        declared=word,
        projects=context.caller.projects,
        expires_at=api_keys.usual_end(context),
    )
    token_id, secret = api_keys.create_api_key(context, wanted)
    return {"id": token_id, "token": secret}


def _delete_key(context: Context, given: ApiKeyInput) -> Payload:
    is_found = api_keys.delete_api_key(context, KeyKind.KEY, given.key_id)
    return found(is_found, "API key", given.key_id)


def _rotate_key(context: Context, given: RotateApiKeyInput) -> Payload:
    # Hardly any request rotates a key.
    from operations.access.rotating import rotate_api_key

    rotated = rotate_api_key(context, given.key_id, given.overlap, given.idempotency_key)
    return {
        "id": rotated.id,
        "key": rotated.token,
        "expires_at": rotated.expires_at,
        "former_expires_at": rotated.former_expires_at,
    }


def _delete_token(context: Context, given: ApiTokenInput) -> Payload:
    is_found = api_keys.delete_api_key(context, KeyKind.TOKEN, given.token_id)
    return found(is_found, "API token", given.token_id)


def _switch_tenant(context: Context, given: SwitchTenantInput) -> Payload:
    return _login(context, usable_tenant(context, given.tenant_id))


def _refresh_token(context: Context, _: RefreshTokenInput) -> Payload:
    return _login(context, context.tenant.id)


def _login(context: Context, tenant_id: str) -> Payload:
    token = token_of(context, tenant_id)
    values = {
        "access_token": token,
        "refresh_token": token,
        "expires_at": api_keys.fresh_until(context),
    }
    return {dialect.spell(name): value for name, value in values.items() for dialect in DIALECTS}


def _login_payload() -> GraphQLObjectType:
    """Return the one payload whose fields old clients spell in camelCase."""
    fields = {
        dialect.spell(name): GraphQLField(kind, description=description)
        for name, (kind, description) in _LOGIN_FIELDS.items()
        for dialect in DIALECTS
    }
    return GraphQLObjectType("tenant_login_payload", fields)


def _rotation_payload() -> GraphQLObjectType:
    text = GraphQLNonNull(GraphQLString)
    return GraphQLObjectType(
        "rotate_api_key_payload",
        {
            "id": GraphQLField(GraphQLNonNull(UUID), description="The successor's id."),
            "key": GraphQLField(text, description="The bearer token. The service does not keep it."),
            "expires_at": GraphQLField(DATE_TIME, description="The end of the successor; null means never."),
            "former_expires_at": GraphQLField(DATE_TIME, description="The end of the key that was rotated."),
        },
    )


def _secret_payload(name: str) -> GraphQLObjectType:
    text = GraphQLNonNull(GraphQLString)
    return GraphQLObjectType(
        f"create_api_{name}_payload",
        {
            "id": GraphQLField(GraphQLNonNull(UUID), description=f"The API {name}'s id, to delete it by."),
            name: GraphQLField(text, description="The bearer token. The service does not keep it."),
        },
    )
