"""Unions: one plan for each alternative of a filter, put together as if it were one plan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from itertools import chain, islice
from typing import Any, Final

from operations.reads.arguments import Where
from operations.reads.entities.description import Entity
from operations.reads.plans.search import BATCH, Plan, Search
from operations.reads.where.ordering import Term

# Where no order is asked for, the newest come first, as they do from one index.
_NEWEST_BY: Final[Mapping[str, str]] = {"flow_run": "created", "task_run": "state_timestamp"}


def plan_union(
    entity: Entity, search: Search, parts: Sequence[Where], plan_of: Callable[[Search], Plan]
) -> Plan:
    """Plan each part of a filter by itself: what any of them finds, once.

    The candidates come in the order that is asked for where those of each part do, and are read only as far
    as they are used.
    """
    search = replace(search, order=search.order or _newest(entity))
    plans = [plan_of(replace(search, where=each)) for each in parts]
    in_order = bool(search.order) and all(each.in_order for each in plans)
    streams = [chain.from_iterable(each.batches) for each in plans]
    found = _merged(entity, streams, search.order[0]) if in_order else chain.from_iterable(streams)
    path = f"any of: {'; '.join(each.path for each in plans)}"
    return Plan(path, _batches(_once(found), search.enough if in_order else None), in_order)


def _newest(entity: Entity) -> Sequence[Term]:
    column = _NEWEST_BY.get(entity.name)
    return [Term((column,), descending=True, nulls_first=True)] if column else ()


def _merged(entity: Entity, streams: Sequence[Iterator[Any]], term: Term) -> Iterator[Any]:
    get = entity.columns[term.path[0]].get

    def place(value: Any) -> tuple[Any, ...]:
        found = get(value)  # null where the row changed since the index was read: its filter leaves it out
        return () if found is None else (found,)

    return merge(*streams, key=place, reverse=term.descending)


def _once(values: Iterator[Any]) -> Iterator[Any]:
    seen: set[str] = set()
    for each in values:
        if each.id not in seen:
            seen.add(each.id)
            yield each


def _batches(values: Iterator[Any], enough: int | None) -> Iterator[list[Any]]:
    """What fills the page first, then twice as much each time: a filter may leave most of it out."""
    size = min(enough or BATCH, BATCH)
    while batch := list(islice(values, size)):
        yield batch
        size = min(2 * size, BATCH)
