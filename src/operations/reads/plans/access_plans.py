"""The plans for the tenant and its keys: API keys and tokens, secrets and key-values, tens of each."""

from domain.access.api_keys import ApiKey, KeyKind
from domain.access.secrets import KeyValue, Secret
from operations.context import Context, Tenant
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


def plan_tenants(context: Context, _: Search) -> Plan[Tenant]:
    """Find the tenant of the deployment."""
    return Plan("of the deployment", iter([[context.tenant]]))


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
