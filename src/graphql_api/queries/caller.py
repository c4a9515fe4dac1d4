"""The fields by which clients ask about themselves: the scope and the tenant of their token."""

from typing import Final

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString

from domain.access.scopes import Scope, covers
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, UUID
from graphql_api.mutations.dialects import CAMEL_CASE, SNAKE_CASE, Dialect
from operations.context import Context

# The word that agents up to release 0.15 demand before they start, and the word of those who run nothing.
_RUNNER: Final = "RUNNER"
_READER: Final = "USER"


def caller_fields() -> dict[str, GraphQLField]:
    """Return `auth_info` and `authInfo`, which differ only in the spelling of their fields."""
    return {dialect.spell("auth_info"): _auth_info(dialect) for dialect in (SNAKE_CASE, CAMEL_CASE)}


def _auth_info(dialect: Dialect) -> GraphQLField:
    fields = {
        "api_token_scope": GraphQLField(
            GraphQLNonNull(GraphQLString),
            resolve=lambda context, _info: _RUNNER if _may_run(context) else _READER,
            description="`RUNNER` if the caller may act as an agent, which agents ask before they start.",
        ),
        "scope": GraphQLField(
            GraphQLNonNull(GraphQLString),
            resolve=lambda context, _info: context.caller.scope.value,
            description="What the caller may do: `admin`, `user`, `read` or `runner`.",
        ),
        "projects": GraphQLField(
            GraphQLList(GraphQLNonNull(UUID)),
            resolve=lambda context, _info: _projects(context),
            description="The ids of the projects to which the caller is limited; null for all.",
        ),
        "key_id": GraphQLField(
            UUID,
            resolve=lambda context, _info: context.caller.key_id,
            description="The API key that the request was sent with; null without one.",
        ),
        "expires_at": GraphQLField(
            DATE_TIME,
            resolve=lambda context, _info: context.caller.expires_at,
            description="The time at which the caller's access ends; null means never.",
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


def _may_run(context: Context) -> bool:
    return covers(context.caller.scope, Scope.RUNNER)


def _projects(context: Context) -> list[str] | None:
    projects = context.caller.projects
    return None if projects is None else sorted(projects)


def _context(_root: None, info: Info) -> Context:
    return info.context
