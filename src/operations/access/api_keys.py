"""The use cases of API keys, and of the API tokens of clients before release 0.15."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import ApiKey, KeyKind, digest_of, key_id
from domain.access.callers import Caller, check_grant
from domain.access.key_forms import SECRET_BITS, is_of_our_form, new_secret
from domain.access.scopes import Scope
from domain.errors import BadUserInput, NotFound
from domain.names import check_name
from domain.times import format_time
from operations.context import Context

# How long clients consider their token as fresh.
_FRESH_FOR: Final = timedelta(days=3650)
# As many projects as one key can be limited to.
MOST_PROJECTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """The key that a request asks for; docs/security.md describes scopes. `projects` is None for all."""

    kind: KeyKind
    name: str
    scope: Scope = Scope.USER
    declared: str = Scope.USER.name
    projects: frozenset[str] | None = None
    expires_at: datetime | None = None


def create_api_key(context: Context, wanted: WantedKey) -> tuple[str, str]:
    """Create a key. Return its id and its token; only the caller knows the token afterwards.

    Raises BadUserInput for an unusable name, an end in the past or too many projects, Forbidden for what the
    caller does not have itself, NotFound for an unknown project, ApiError.
    """
    check_name(wanted.name, "name")
    now = context.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise BadUserInput(f"expires_at must be later than now ({format_time(now)}), or null for never.")
    check_grant(context.caller, wanted.scope, wanted.projects, wanted.expires_at)
    if wanted.projects is not None:
        _check_projects(context, wanted.projects)
    token = new_secret(wanted.scope, context.random_bits(SECRET_BITS))
    digest = digest_of(token)
    api_key = ApiKey(
        id=key_id(digest),
        tenant_id=context.tenant.id,
        kind=wanted.kind,
        name=wanted.name,
        declared=wanted.declared,
        scope=wanted.scope,
        projects=wanted.projects,
        digest=digest,
        created=now,
        expires_at=wanted.expires_at,
    )
    context.store.api_keys.create(api_key)
    return api_key.id, token


def _check_projects(context: Context, projects: frozenset[str]) -> None:
    if not 1 <= len(projects) <= MOST_PROJECTS:
        raise BadUserInput(f"projects must name from 1 to {MOST_PROJECTS} projects, or be null for all.")
    existing = {project.id for project in context.store.projects.get(sorted(projects))}
    for project_id in sorted(projects - existing):
        raise NotFound(f"projects: there is no project {project_id}.")


def delete_api_key(context: Context, kind: KeyKind, api_key_id: str) -> bool:
    """Delete a key, which gives no access afterwards. Return False if there is no such key."""
    return context.store.api_keys.delete(kind, api_key_id)


def caller_of_key(context: Context, token: str) -> Caller | None:
    """Return the caller whose key the token is, None if no key that exists and has not ended has this token.

    Only a token of our form costs a read.
    """
    if not is_of_our_form(token):
        return None
    digest = digest_of(token)
    found = context.store.api_keys.find(key_id(digest))
    return found.caller() if found is not None and found.lets_in(digest, context.now()) else None


def fresh_until(context: Context) -> datetime:
    """Return when a client should ask for a token again: years from now, because it would get the same."""
    return context.now() + _FRESH_FOR
