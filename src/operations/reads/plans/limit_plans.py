"""The plans for concurrency limits: a tenant has a few of them."""

from domain.concurrency.limits import ConcurrencyLimit, LimitKind
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, at_most, bounded
from operations.reads.where.constraints import allowed


def plan_task_tag_limits(context: Context, search: Search) -> Plan[ConcurrencyLimit]:
    """Find the limits of task runs by id or tag, else all of the tenant."""
    return _plan(context, search, "task_tag_limit", LimitKind.TAG, "tag")


def plan_flow_concurrency_limits(context: Context, search: Search) -> Plan[ConcurrencyLimit]:
    """Find the limits of flow runs by id or label, else all of the tenant."""
    return _plan(context, search, "flow_concurrency_limit", LimitKind.LABEL, "name")


def _plan(
    context: Context, search: Search, entity: str, kind: LimitKind, name_column: str
) -> Plan[ConcurrencyLimit]:
    limits = context.store.limits
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([limits.get(kind, bounded(MAX_ROWS, ids, entity, "id"))]))
    if (names := allowed(search.where, name_column)) is not None:
        named = limits.named(kind, bounded(MAX_ROWS, names, entity, name_column), consistent=True)
        return Plan("by name", iter([named]))
    ids = at_most(MAX_ROWS, limits.ids(kind, MAX_ROWS + 1), entity, name_column)
    return Plan("index by_tenant, all", iter([limits.get(kind, ids)]))
