"""The plans for the tenant and its keys: API keys and tokens, secrets and key-values, tens of each."""

from domain.access.api_keys import ApiKey, KeyKind
from domain.access.secrets import KeyValue, Secret
from domain.access.tenants import Tenant, tenant_id_of
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


def plan_users(context: Context, _: Search) -> Plan[Tenant]:
    """Find the tenant of the request, which is its only user."""
    return Plan("of the request", iter([[context.tenant]]))


def plan_tenants(context: Context, search: Search) -> Plan[Tenant]:
    """Find the tenants that the caller may use: that of the request first, because agents take the first."""
    found = {tenant.id: tenant for tenant in (context.tenant, context.home_tenant)}
    usable, asked = context.caller.tenants, _asked_tenants(context, search)
    if asked is None and usable is None:
        found |= {tenant.id: tenant for tenant in context.store.tenants.all()}
        return Plan("all tenants", iter([list(found.values())]))
    own = (context.tenant.id, *(usable or ()))
    ids = own if asked is None else [tenant_id for tenant_id in asked if usable is None or tenant_id in own]
    unknown = [tenant_id for tenant_id in dict.fromkeys(ids) if tenant_id not in found]
    found |= {tenant.id: tenant for tenant in (context.store.tenants.get(unknown) if unknown else ())}
    rows = [found[tenant_id] for tenant_id in dict.fromkeys(ids) if tenant_id in found]
    return Plan("tenants of the caller", iter([rows]))


def _asked_tenants(context: Context, search: Search) -> list[str] | None:
    """Return the ids of the tenants that a filter names by id or slug, None if it names none."""
    if (ids := allowed(search.where, "id")) is not None:
        return bounded(MAX_ROWS, ids, "tenant", "id")
    if (slugs := allowed(search.where, "slug")) is None:
        return None
    home = context.home_tenant
    named = bounded(MAX_ROWS, slugs, "tenant", "slug")
    return [home.id if slug == home.slug else tenant_id_of(home.id, slug) for slug in named]


def plan_api_keys(context: Context, search: Search) -> Plan[ApiKey]:
    """Find API keys by id, else all of the tenant."""
    return _plan_of_kind(context, search, "auth_api_key", KeyKind.KEY)


def plan_api_tokens(context: Context, search: Search) -> Plan[ApiKey]:
    """Find API tokens by id, else all of the tenant."""
    return _plan_of_kind(context, search, "api_token", KeyKind.TOKEN)


def _plan_of_kind(context: Context, search: Search, entity: str, kind: KeyKind) -> Plan[ApiKey]:
    api_keys, now = context.store.api_keys, context.now()
    path, ids = "by id", allowed(search.where, "id")
    if ids is None:
        path, ids = "index by_tenant, all", at_most(MAX_ROWS, api_keys.ids(kind, MAX_ROWS + 1), entity, "id")
    else:
        ids = bounded(MAX_ROWS, ids, entity, "id")
    return Plan(path, iter([[api_key.listed_at(now) for api_key in api_keys.get(kind, ids)]]))


def plan_secrets(context: Context, _: Search) -> Plan[Secret]:
    """Find the names of all secrets."""
    return Plan("of the secret store, all names", iter([[Secret(name) for name in context.secrets.names()]]))


def plan_key_values(context: Context, search: Search) -> Plan[KeyValue]:
    """Find key-values by id or key, else all of the tenant."""
    key_values = context.store.key_values
    if (keys := allowed(search.where, "key")) is not None:
        return Plan("by key", iter([key_values.named(bounded(MAX_ROWS, keys, "key_value", "key"))]))
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([key_values.get(bounded(MAX_ROWS, ids, "key_value", "id"))]))
    ids = at_most(MAX_ROWS, key_values.ids(MAX_ROWS + 1), "key_value", "key")
    return Plan("index by_tenant, all", iter([key_values.get(ids)]))
