"""The way from the ids of states and log entries to the flow runs that may hold them."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Final, TypeVar

from domain.ids import flow_run_bounds
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.search import Plan, Search, at_most
from operations.reads.where.constraints import allowed

# How many states or log entries one query may ask for by their ids.
MAX_HOLDERS: Final = 25

T = TypeVar("T")
_PlannerOf = Callable[[Context, Search], Plan[T]]


def with_holders(
    entity: str, column: str, clause: Callable[[list[str]], Where]
) -> Callable[[_PlannerOf[T]], _PlannerOf[T]]:
    """Decorate a planner that needs flow runs: a filter on `id` leads it to the flow runs that hold the rows.

    `clause` makes a filter of the ids of these flow runs. A filter on `column` leads to flow runs by itself.
    """

    def decorate(planner: _PlannerOf[T]) -> _PlannerOf[T]:
        @wraps(planner)
        def planned(context: Context, search: Search) -> Plan[T]:
            ids = allowed(search.where, "id")
            if ids is None or search.owner is not None or allowed(search.where, column) is not None:
                return planner(context, search)
            holders = clause(_holders(context, at_most(MAX_HOLDERS, ids, entity, column)))
            return planner(context, replace(search, where={"_and": [search.where or {}, holders]}))

        return planned

    return decorate


def _holders(context: Context, ids: list[str]) -> list[str]:
    """Return the ids of the flow runs to which these ids lead, as an index had them some moments ago."""
    lists = context.store.run_lists
    bounds = [found for identifier in ids if (found := flow_run_bounds(identifier)) is not None]
    ranges = [part for lower, upper in bounds for part in lists.of_tenant(lower, upper)]
    return list(dict.fromkeys(lists.ids(ranges, descending=False)))
