"""From the ids of what flow runs hold, as states and log entries, to the flow runs that may hold it."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Final

from domain.ids import flow_run_bounds
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.search import Plan, Planner, Search, at_most
from operations.reads.where.constraints import allowed

# What stands in so many flow runs can be asked for by its own ids in one query.
MAX_HOLDERS: Final = 25


def led_by_ids(column: str, clause: Callable[[list[str]], Where]) -> Callable[[Planner], Planner]:
    """Let a planner that needs flow runs have those to which the filter on `id` leads.

    `clause` says of their ids what the filter could have said. A filter on `column` leads there by itself.
    """

    def decorate(planner: Planner) -> Planner:
        @wraps(planner)
        def planned(context: Context, search: Search) -> Plan:
            ids = allowed(search.where, "id")
            if ids is None or search.owner is not None or allowed(search.where, column) is not None:
                return planner(context, search)
            holders = clause(_holders(context, at_most(MAX_HOLDERS, ids, column.removesuffix("_id"), column)))
            return planner(context, replace(search, where={"_and": [search.where or {}, holders]}))

        return planned

    return decorate


def _holders(context: Context, ids: list[str]) -> list[str]:
    """The ids of the flow runs that an index has where these ids lead, as of some moments ago."""
    lists = context.store.run_lists
    bounds = [found for each in ids if (found := flow_run_bounds(each)) is not None]
    ranges = [part for lower, upper in bounds for part in lists.of_tenant(lower, upper)]
    return list(dict.fromkeys(lists.ids(ranges, descending=False)))
