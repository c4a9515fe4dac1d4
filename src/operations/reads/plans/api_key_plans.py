"""The plans for API keys and API tokens: a tenant has tens of them."""

from domain.access.api_keys import ApiKey, KeyKind
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


def plan_api_keys(context: Context, search: Search) -> Plan[ApiKey]:
    """Find API keys by id, else all of the tenant."""
    return _plan(context, search, "auth_api_key", KeyKind.KEY)


def plan_api_tokens(context: Context, search: Search) -> Plan[ApiKey]:
    """Find API tokens by id, else all of the tenant."""
    return _plan(context, search, "api_token", KeyKind.TOKEN)


def _plan(context: Context, search: Search, entity: str, kind: KeyKind) -> Plan[ApiKey]:
    api_keys = context.store.api_keys
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([api_keys.get(kind, bounded(MAX_ROWS, ids, entity, "id"))]))
    ids = at_most(MAX_ROWS, api_keys.ids(kind, MAX_ROWS + 1), entity, "id")
    return Plan("index by_tenant, all", iter([api_keys.get(kind, ids)]))
