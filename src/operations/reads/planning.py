"""The choice of a plan for a list: one plan, or the union of one plan for each alternative of its filter."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import merge
from itertools import chain
from typing import Any

from operations.context import Context
from operations.reads.entities.description import Entity
from operations.reads.plans.search import Plan, Search, in_batches
from operations.reads.ways import asked
from operations.reads.where.constraints import allowed, alternatives, leads
from operations.reads.where.terms import Term
from operations.reads.where.weights import values_of


def plan(context: Context, entity: Entity, search: Search) -> Plan[object]:
    """Choose where to look for an entity's rows: once, or once for each alternative that the filter names."""
    planner = entity.planner()
    tenants = allowed(search.where, "tenant_id")
    if tenants is not None and context.tenant.id not in tenants:
        return Plan("of no tenant of this request", iter(()))
    own = asked(entity.name, search.where, context.caller.projects)
    if search.owner is None and not leads(own, entity.leads):
        parts = alternatives(search.where, entity.leads)
        if parts == []:
            return Plan("nowhere: no alternative is given", iter(()), in_order=True)
        if parts is not None:
            context.work.draw(len(parts) * values_of(search.where), "where")
            # Equal alternatives find the same rows, which are read once.
            parts = list({repr(part): part for part in parts}.values())
            search = replace(search, order=search.order or _newest(entity), distinct=None, is_part=True)
            return _union(entity, search, [planner(context, replace(search, where=part)) for part in parts])
    return planner(context, search)


def _newest(entity: Entity) -> Sequence[Term]:
    """Return the order of a list without one: the newest rows first, as they come from one index."""
    return [Term((entity.newest_by,), descending=True, nulls_first=True)] if entity.newest_by else ()


def _union(entity: Entity, search: Search, plans: Sequence[Plan[object]]) -> Plan[object]:
    """Put plans together as if they were one plan: a row that several of them find comes once.

    The candidates come in the order of the list if those of each plan do. They are read only as far as they
    are used.
    """
    in_order = bool(search.order) and all(part.in_order for part in plans)
    streams = [chain.from_iterable(part.batches) for part in plans]
    found = _merged(entity, streams, search.order[0]) if in_order else chain.from_iterable(streams)
    path = f"any of: {'; '.join(part.path for part in plans)}"
    return Plan(path, in_batches(_unrepeated(entity, found), search.enough if in_order else None), in_order)


def _merged(entity: Entity, streams: Sequence[Iterator[object]], term: Term) -> Iterator[object]:
    get = entity.columns[term.path[0]].get

    def sort_key(record: object) -> tuple[Any, ...]:
        value = get(record)  # null if the row changed since the index was read: the filter leaves it out
        return () if value is None else (value,)

    return merge(*streams, key=sort_key, reverse=term.descending)


def _unrepeated(entity: Entity, records: Iterator[object]) -> Iterator[object]:
    get_id = entity.columns["id"].get
    seen: set[str] = set()
    for record in records:
        identifier = get_id(record)
        if identifier not in seen:
            seen.add(identifier)
            yield record
