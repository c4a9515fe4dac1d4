"""Plans for secrets and key-values: tenants have tens of them."""

from domain.access.secrets import Secret
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most
from operations.reads.where.constraints import allowed


def plan_secrets(context: Context, _: Search) -> Plan:
    """The names of all secrets."""
    return Plan("of the secret store, all names", iter([[Secret(name) for name in context.secrets.names()]]))


def plan_key_values(context: Context, search: Search) -> Plan:
    """Values by id or key, else all of the tenant."""
    store = context.store.key_values
    if (names := allowed(search.where, "key")) is not None:
        return Plan("by key", iter([store.named(at_most(MAX_ROWS, names, "key_value", "key"))]))
    if (ids := allowed(search.where, "id")) is None:
        ids = store.ids(MAX_ROWS + 1)
    return Plan("by id", iter([store.get(at_most(MAX_ROWS, ids, "key_value", "id"))]))
