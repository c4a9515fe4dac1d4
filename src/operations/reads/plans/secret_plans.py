"""The plans for secrets and key-values: a tenant has tens of them."""

from domain.access.secrets import KeyValue, Secret
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


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
