"""The plan for backfills: one by its id, else all of the tenant, which are few."""

from typing import TYPE_CHECKING

from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed

if TYPE_CHECKING:
    from domain.schedules.runs.backfills import Backfill


def plan_backfills(context: Context, search: Search) -> "Plan[Backfill]":
    """Find backfills by id, else all."""
    store = context.store.backfills
    ids = allowed(search.where, "id")
    if ids is None:
        return Plan("index by_tenant", in_batches(store.of_tenant()))
    bounded(MAX_ROWS, ids, "backfill", "id")
    batches = in_batches(ids, search.first)
    return Plan("by id", map(store.of_ids, batches), in_order=not search.order)
