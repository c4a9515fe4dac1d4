"""The fields by which clients ask about themselves: the scope and the tenant of their token."""

from typing import Final

from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString

from graphql_api.info import Info
from graphql_api.language.scalars import UUID
from graphql_api.mutations.dialects import CAMEL_CASE, SNAKE_CASE, Dialect
from operations.context import Context

# The scope that agents up to release 0.15 demand before they start.
_SCOPE: Final = "RUNNER"


def caller_fields() -> dict[str, GraphQLField]:
    """Return `auth_info` and `authInfo`, which differ only in the spelling of their fields."""
    return {dialect.spell("auth_info"): _auth_info(dialect) for dialect in (SNAKE_CASE, CAMEL_CASE)}


def _auth_info(dialect: Dialect) -> GraphQLField:
    fields = {
        "api_token_scope": GraphQLField(
            GraphQLNonNull(GraphQLString),
            resolve=lambda _context, _info: _SCOPE,
            description="The scope of the caller's token; every token of a deployment may do everything.",
        ),
        "tenant_id": GraphQLField(
            GraphQLNonNull(UUID),
            resolve=lambda context, _info: context.tenant.id,
            description="The caller's tenant.",
        ),
        "user_id": GraphQLField(
            GraphQLNonNull(UUID),
            resolve=lambda context, _info: context.tenant.id,
            description="The id of the tenant, because the tenant is the only user.",
        ),
    }
    kind = GraphQLObjectType(
        dialect.spell("auth_info"), {dialect.spell(name): field for name, field in fields.items()}
    )
    return GraphQLField(
        GraphQLNonNull(kind), resolve=_context, description="The caller's scope, tenant and user."
    )


def _context(_root: None, info: Info) -> Context:
    return info.context
