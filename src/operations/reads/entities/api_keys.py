"""The entities of API keys and API tokens, and of the user who has them."""

from typing import Final

from domain.access.api_keys import SOON
from operations.reads.entities.description import (
    BOOLEAN,
    ID,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.access_plans import plan_api_keys, plan_api_tokens, plan_users

_KEY_COLUMNS: Final = {
    **ID,
    **TENANT_ID,
    "name": Column(STRING, named("name"), "The name of the key or token; need not be unique."),
    "created": Column(TIME, named("created"), "The time of creation."),
    "tenants": Column(
        JSON,
        lambda api_key: list(api_key.tenant_ids),
        "The ids of the tenants that it opens, the one first for requests that name none.",
    ),
    "projects": Column(
        JSON,
        lambda api_key: None if api_key.projects is None else sorted(api_key.projects),
        "The ids of the projects to which it is limited; null for all.",
        nullable=True,
    ),
    "expires_at": Column(
        TIME,
        named("expires_at"),
        "The time at which the key or token becomes invalid; null means never.",
        nullable=True,
    ),
    "ends_soon": Column(
        BOOLEAN, named("ends_soon"), f"True if it is valid, and becomes invalid within {SOON.days} days."
    ),
    "beginning": Column(
        STRING,
        named("beginning"),
        "The first characters of the key, to find it by; null for older keys.",
        nullable=True,
    ),
    "owner": Column(
        STRING,
        named("owner"),
        "Who answers for it; null for older keys.",
        nullable=True,
    ),
    "made_by": Column(
        STRING,
        lambda api_key: api_key.maker and api_key.maker.name,
        "Who made it: the name of a key, or `operator`; null for older keys.",
        nullable=True,
    ),
    "made_by_key_id": Column(
        UUID,
        lambda api_key: api_key.maker and api_key.maker.key_id,
        "The API key that made it; null if a token of the operator did, or nobody knows.",
        nullable=True,
    ),
    "successor_id": Column(
        UUID, named("successor"), "The key that takes its place; null if it was not rotated.", nullable=True
    ),
    "used": Column(
        TIME, named("used"), "The time of its last use, at most an hour old; null for none.", nullable=True
    ),
}

AUTH_API_KEY: Final = Entity(
    "auth_api_key",
    "An API key; the service does not keep its secret.",
    {
        **_KEY_COLUMNS,
        "scope": Column(
            STRING, lambda api_key: api_key.scope.value, "What it may do: admin, user, read or runner."
        ),
    },
    TO_TENANT,
    plan=plan_api_keys,
)

API_TOKEN: Final = Entity(
    "api_token",
    "An API token, as API keys were called before release 0.15.",
    {
        **_KEY_COLUMNS,
        "scope": Column(
            STRING, named("declared"), "The declared purpose of the token: USER, TENANT or RUNNER."
        ),
        "permits": Column(
            STRING,
            lambda token: token.scope.value,
            "What it may do, in the words of API keys: admin, user, read or runner.",
        ),
    },
    TO_TENANT,
    plan=plan_api_tokens,
)

USER: Final = Entity(
    "user",
    "The caller. The tenant of the request is its only user.",
    {**ID, "name": Column(STRING, named("name"), "The tenant's name.")},
    {
        "default_membership": Relation(
            "tenant_membership", "The caller's membership in the tenant.", contained=lambda tenant: tenant
        )
    },
    by_id=False,
    plan=plan_users,
)

TENANT_MEMBERSHIP: Final = Entity(
    "tenant_membership",
    "The membership of a user in a tenant.",
    {"tenant_id": Column(UUID, named("id"), "The tenant.")},
    TO_TENANT,
    by_id=False,
    plan=None,
)
