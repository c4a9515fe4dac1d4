"""The plan for entries of the audit trail: by id, else in the order of time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from domain.errors import BadUserInput
from operations.context import Context
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed, bounds

if TYPE_CHECKING:
    from domain.access.audit import AuditEntry

# How many entries are read of a shard at once at least: they cost as much as a few.
_SMALLEST_PAGE: Final = 16


def plan_audit_entries(context: Context, search: Search) -> "Plan[AuditEntry]":
    """Find entries of the audit trail by id, else in the order of time."""
    trail = context.store.audit_trail
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([trail.get(bounded(MAX_ROWS, ids, "audit_entry", "id"))]))
    in_order = not search.order or search.order[0].path == ("created",)
    descending = not search.order or search.order[0].descending
    page = min(BATCH, max(search.page, _SMALLEST_PAGE)) if in_order and search.page else BATCH
    found = trail.in_order(bounds(search.where, "created"), descending=descending, page=page)
    most = max(context.most_rows, search.page) if in_order else context.most_rows
    batches = in_batches(_up_to(found, most), search.enough if in_order else None)
    return Plan(f"audit trail, {'as they come' if in_order else 'all, to be sorted'}", batches, in_order)


def _up_to(found: "Iterator[AuditEntry]", most: int) -> "Iterator[AuditEntry]":
    """Yield as many entries as may be looked at. Raises BadUserInput if there are more."""
    for number, entry in enumerate(found):
        if number == most:
            raise BadUserInput(
                f"audit_entry: this query would have to look at more than {most:,} rows. "
                "Narrow it by a range of created."
            )
        yield entry
