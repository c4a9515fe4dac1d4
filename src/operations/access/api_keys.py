"""The use cases of API keys, and of the API tokens of clients before release 0.15."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.access.api_keys import (
    USE_NOTED_EVERY,
    ApiKey,
    KeyKind,
    digest_of,
    is_use_due,
    key_id,
    listing_tenant,
)
from domain.access.callers import Caller, check_grant
from domain.access.key_forms import SECRET_BITS, beginning_of, is_of_our_form, new_secret
from domain.access.scopes import Scope
from domain.access.tenants import no_such_tenant
from domain.errors import BadUserInput, Forbidden, NotFound
from domain.names import check_name
from domain.times import format_time
from operations.context import Context

# How long clients consider their token as fresh.
_FRESH_FOR: Final = timedelta(days=3650)
# As many projects as one key can be limited to. With that many, the read of the key costs two units.
MOST_PROJECTS: Final = 100
# As many tenants as one key can open: so many that the read of the key still costs one unit, unless its names
# are emoji of the greatest length.
MOST_TENANTS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    """The key that a request asks for; docs/security.md describes scopes. `projects` is None for all.

    `owner` is who answers for the key, None for its maker.
    `tenants` are those that the key opens, the one first for requests that name none; None is the tenant of
    the request.
    """

    kind: KeyKind
    name: str
    scope: Scope = Scope.USER
    declared: str = Scope.USER.name
    projects: frozenset[str] | None = None
    expires_at: datetime | None = None
    owner: str | None = None
    tenants: tuple[str, ...] | None = None


def create_api_key(context: Context, wanted: WantedKey) -> tuple[str, str]:
    """Create a key. Return its id and its token; only the caller knows the token afterwards.

    Raises BadUserInput for an unusable name, an end in the past or too many projects or tenants, Forbidden
    for what the caller does not have itself, NotFound for an unknown project, ApiError.
    """
    check_name(wanted.name, "name")
    if wanted.owner is not None:
        check_name(wanted.owner, "owner")
    now = context.now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise BadUserInput(f"expires_at must be later than now ({format_time(now)}), or null for never.")
    check_grant(context.caller, wanted.scope, wanted.projects, wanted.expires_at)
    _check_tenants(context, wanted)
    if wanted.projects is not None:
        _check_projects(context, wanted.projects)
    api_key, token = new_key(context, wanted, now)
    context.store.api_keys.create(api_key)
    return api_key.id, token


def new_key(context: Context, wanted: WantedKey, now: datetime) -> tuple[ApiKey, str]:
    """Return a key that is not stored yet, and its token. Nothing of what is wanted is checked."""
    token = new_secret(wanted.scope, context.random_bits(SECRET_BITS))
    digest = digest_of(token)
    tenant_ids = wanted.tenants or (context.tenant.id,)
    api_key = ApiKey(
        id=key_id(digest),
        tenant_id=listing_tenant(tenant_ids, context.home_tenant.id),
        tenant_ids=tenant_ids,
        kind=wanted.kind,
        name=wanted.name,
        declared=wanted.declared,
        scope=wanted.scope,
        projects=wanted.projects,
        digest=digest,
        created=now,
        expires_at=wanted.expires_at,
        beginning=beginning_of(token),
        owner=wanted.owner or context.caller.name,
        maker=context.caller.author,
    )
    return api_key, token


def _check_tenants(context: Context, wanted: WantedKey) -> None:
    """Raise BadUserInput or Forbidden unless the caller can make a key for the tenants that are wanted.

    Who administers the deployment gives away any tenant, in requests for the home tenant, so that the audit
    trail there has it. Everybody else makes keys for the tenant of the request alone.
    """
    tenants, home = wanted.tenants, context.home_tenant
    if tenants is None or tenants == (context.tenant.id,):
        return
    if not 1 <= len(tenants) <= MOST_TENANTS:
        raise BadUserInput(f"tenants must name from 1 to {MOST_TENANTS} tenants, or be null for this one.")
    if wanted.projects is not None:
        raise BadUserInput("tenants: a key that is limited to projects opens only their tenant.")
    if context.tenant.id != home.id or not context.caller.administers(home.id):
        raise Forbidden(
            "tenants: a key for other tenants than that of the request is made by who administers the "
            "deployment, in a request for the home tenant."
        )
    unknown = set(tenants) - {home.id}
    usable = {home.id} | {tenant.id for tenant in context.store.tenants.get(sorted(unknown))}
    for tenant_id in tenants:
        if tenant_id not in usable:
            raise no_such_tenant(tenant_id)


def _check_projects(context: Context, projects: frozenset[str]) -> None:
    if not 1 <= len(projects) <= MOST_PROJECTS:
        raise BadUserInput(f"projects must name from 1 to {MOST_PROJECTS} projects, or be null for all.")
    existing = {project.id for project in context.store.projects.get(sorted(projects))}
    for project_id in sorted(projects - existing):
        raise NotFound(f"projects: there is no project {project_id}.")


def usual_end(context: Context) -> datetime | None:
    """Return the end of a key for which none is given: that of its maker, or earlier by the settings."""
    ends = [] if context.keys_last is None else [context.now() + context.keys_last]
    if context.caller.expires_at is not None:
        ends.append(context.caller.expires_at)
    return min(ends, default=None)


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


def note_use(context: Context) -> bool:
    """Note that the caller has used its key. Return True if this request has noted it.

    That is one write an hour and key, and no more than one attempt an hour of this process, so that requests
    at the same time do not all try.
    """
    caller, now = context.caller, context.now()
    if caller.key_id is None or not is_use_due(caller.used, now):
        return False
    if not is_use_due(context.used_keys.get(caller.key_id), now):
        return False
    context.used_keys[caller.key_id] = now
    return context.store.api_keys.note_use(caller.key_id, now, now - USE_NOTED_EVERY)


def fresh_until(context: Context) -> datetime:
    """Return when a client should ask for a token again: years from now, because it would get the same."""
    return context.now() + _FRESH_FOR
