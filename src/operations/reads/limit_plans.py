"""Plans for concurrency limits: tenants have tens of them, which are read by id, by name or all."""

from domain.limits import LimitKind
from operations.context import Context
from operations.reads.constraints import allowed
from operations.reads.search import MAX_READ, Plan, Search, at_most


def plan_tag_limits(context: Context, search: Search) -> Plan:
    """Limits on tags by id or tag, else all of the tenant."""
    return _plan(context, search, LimitKind.TAG, "task_tag_limit", "tag")


def plan_label_limits(context: Context, search: Search) -> Plan:
    """Limits on labels by id or label, else all of the tenant."""
    return _plan(context, search, LimitKind.LABEL, "flow_concurrency_limit", "name")


def _plan(context: Context, search: Search, kind: LimitKind, entity: str, column: str) -> Plan:
    store = context.store.limits
    if (names := allowed(search.where, column)) is not None:
        return Plan("by name", iter([store.named(kind, at_most(MAX_READ, names, entity, column))]))
    if (ids := allowed(search.where, "id")) is None:
        ids = store.ids(kind, MAX_READ + 1)
    found = store.get(at_most(MAX_READ, ids, entity, "id"))
    return Plan("by id", iter([[limit for limit in found if limit.kind is kind]]))
