"""The fields by which clients ask about themselves: the scope and the tenant of their token, and its use."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from domain.access.scopes import Scope, covers
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, UUID
from graphql_api.mutations.dialects import CAMEL_CASE, SNAKE_CASE, Dialect
from operations.context import Context

if TYPE_CHECKING:
    from domain.access.usage import DayOfUse

# The word that agents up to release 0.15 demand before they start, and the word of those who run nothing.
_RUNNER: Final = "RUNNER"
_READER: Final = "USER"
_DAYS: Final = 31
_NUMBER: Final = GraphQLNonNull(GraphQLFloat)
_DAY_OF_USE: Final = GraphQLObjectType(
    "tenant_usage",
    {
        "day": GraphQLField(
            GraphQLNonNull(DATE_TIME),
            resolve=lambda day, _info: _start(day),
            description="Its begin, in UTC.",
        ),
        "requests": GraphQLField(_NUMBER, description="Requests that were let in."),
        "runs": GraphQLField(
            _NUMBER, description="Flow runs that were created, by requests, schedules and events."
        ),
        "read_units": GraphQLField(_NUMBER, description="Read units of DynamoDB that requests consumed."),
        "write_units": GraphQLField(_NUMBER, description="Write units of DynamoDB that requests consumed."),
    },
    description="The use that a tenant beside the home tenant has made of the service on a day.",
)


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


def usage_fields() -> dict[str, GraphQLField]:
    """Return the query `tenant_usage`."""
    return {
        "tenant_usage": GraphQLField(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(_DAY_OF_USE))),
            {"days": GraphQLArgument(GraphQLInt, description=f"How many days, up to 366; {_DAYS} if null.")},
            _usage,
            description="The days on which the tenant has used the service, the newest first.",
        )
    }


def _usage(_root: None, info: Info, *, days: int | None = None) -> Any:
    from operations.access.usage import usage_of  # noqa: PLC0415  (few requests ask for it)

    return usage_of(info.context, _DAYS if days is None else days)


def _start(day: "DayOfUse") -> datetime:
    return datetime(day.day.year, day.day.month, day.day.day, tzinfo=UTC)
