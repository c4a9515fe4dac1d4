"""Plans for API keys and tokens, of which tenants have tens, and for the user who has them."""

from domain.access.api_keys import KeyKind
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most
from operations.reads.where.constraints import allowed


def plan_api_keys(context: Context, search: Search) -> Plan:
    """API keys by id, else all of the tenant."""
    return _plan(context, search, "auth_api_key", KeyKind.KEY)


def plan_api_tokens(context: Context, search: Search) -> Plan:
    """API tokens by id, else all of the tenant."""
    return _plan(context, search, "api_token", KeyKind.TOKEN)


def plan_users(context: Context, _: Search) -> Plan:
    """The only user there is: the tenant."""
    return Plan("of the deployment", iter([[context.tenant]]))


def _plan(context: Context, search: Search, entity: str, kind: KeyKind) -> Plan:
    store = context.store.api_keys
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([store.get(kind, at_most(MAX_ROWS, ids, entity, "id"))]))
    ids = at_most(MAX_ROWS, store.ids(kind, MAX_ROWS + 1), entity, "id")
    return Plan("index by_tenant, all", iter([store.get(kind, ids)]))
