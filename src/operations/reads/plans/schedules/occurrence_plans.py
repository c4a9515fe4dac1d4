"""The plan for occurrences that did not run: of flow groups, or of the tenant, in the order of time."""

import heapq
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from domain.errors import BadUserInput
from operations.context import Context
from operations.reads.plans.search import BATCH, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed, bounds, of_owner

if TYPE_CHECKING:
    from domain.schedules.rules.skips import SkippedOccurrence

# How many flow groups a plan follows, because each is a query of its own.
MAX_GROUPS: Final = 100
# How many are read at once at least: they cost as much as a single one.
_SMALLEST_PAGE: Final = 16


def plan_occurrences(context: Context, search: Search) -> "Plan[SkippedOccurrence]":
    """Find the occurrences of the flow groups that the filter names, else all of the tenant."""
    in_order = not search.order or search.order[0].path == ("scheduled_time",)
    descending = not search.order or search.order[0].descending
    times = bounds(search.where, "scheduled_time")
    page = min(BATCH, max(search.page, _SMALLEST_PAGE)) if in_order and search.page else BATCH
    of_group = of_owner(search.where, "flow_group", "flow_group_id")
    group_ids = allowed(of_group, "id")
    if group_ids is None:
        group_ids = _groups_in(context, allowed(of_group, "project_id"))
    store = context.store.occurrences
    if group_ids is None:
        path, found = "index by_tenant", store.of_tenant(times, descending=descending, page=page)
    else:
        bounded(MAX_GROUPS, group_ids, "occurrence", "flow_group_id")
        lists = [store.of_group(group_id, times, descending=descending, page=page) for group_id in group_ids]
        path, found = "of flow groups", heapq.merge(*lists, key=attrgetter("time"), reverse=descending)
    most = max(context.most_rows, search.page) if in_order else context.most_rows
    batches = in_batches(_up_to(found, most), search.enough if in_order else None)
    return Plan(f"{path}, {'as they come' if in_order else 'all, to be sorted'}", batches, in_order)


def _groups_in(context: Context, projects: list[str] | None) -> list[str] | None:
    """Return the flow groups in some projects; None if they are too many to follow each."""
    if projects is None or len(projects) > MAX_GROUPS:
        return None
    found = context.store.flow_lists.group_ids(projects, None, MAX_GROUPS + 1)
    return found if len(found) <= MAX_GROUPS else None


def _up_to(found: "Iterator[SkippedOccurrence]", most: int) -> "Iterator[SkippedOccurrence]":
    """Yield as many occurrences as may be looked at. Raises BadUserInput if there are more."""
    for number, occurrence in enumerate(found):
        if number == most:
            raise BadUserInput(
                f"occurrence: this query would have to look at more than {most:,} rows. Narrow it by "
                "flow_group_id, or by a range of scheduled_time."
            )
        yield occurrence
