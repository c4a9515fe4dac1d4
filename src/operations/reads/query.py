"""Queries: from the arguments of a list to its rows with everything that belongs to them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.left_by import with_parts_of
from domain.parts import Part
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.reads.aggregates import Aggregate
from operations.reads.arguments import Arguments, NestedList, Where
from operations.reads.counts.counts import count_keys, plan_count
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.planning import plan
from operations.reads.plans.search import Search, check_total
from operations.reads.relations import attach
from operations.reads.rows import Need, Row, Undecided
from operations.reads.where import ordering
from operations.reads.where.constraints import allowed
from operations.reads.where.filters import Predicate, compile_where
from operations.reads.where.settling import settle
from operations.reads.where.terms import Term, parse_order

# How many rows may have a list inside that is found by a plan of its own, which is a query each at least.
MAX_OWNERS: Final = 200


def list_rows(context: Context, entity_name: str, arguments: Arguments, need: Need) -> list[Row]:
    """The rows that a list asks for, with everything that the need names. Raises BadUserInput."""
    rows = _select(context, entity_name, arguments, need)
    _load(context, ENTITIES[entity_name], rows, need)
    return rows


def aggregate_rows(context: Context, entity_name: str, arguments: Arguments, need: Need) -> Aggregate:
    """What the rows of a list come to; where the need is empty, only how many there are."""
    found = _aggregate(context, entity_name, arguments, need)
    _load(context, ENTITIES[entity_name], found.rows, need)
    return found


def row_by_id(context: Context, entity_name: str, identifier: str, need: Need) -> Row | None:
    """The row with this id, as of all writes that were acknowledged."""
    rows = list_rows(context, entity_name, Arguments(where={"id": {"_eq": identifier}}), need)
    return rows[0] if rows else None


def row_of_known(context: Context, entity_name: str, known: FlowRun | TaskRun, need: Need) -> Row:
    """Return the row of a run as a change left it, with its newest state whole.

    What the change does not tell is read, and nothing else: parts that stand beside the run, and what belongs
    to it.
    """
    entity = ENTITIES[entity_name]
    parts = need.parts(entity) - {Part.STATE}
    row = Row(_with_parts(context, known, parts) if parts else known)
    _load(context, entity, [row], need)
    return row


def _with_parts(context: Context, known: FlowRun | TaskRun, parts: Collection[Part]) -> FlowRun | TaskRun:
    read: Sequence[FlowRun | TaskRun]
    if isinstance(known, FlowRun):
        read = context.store.flow_runs.get([known.id], parts, consistent=True)
    else:
        read = context.store.task_runs.get([known.address], parts)
    return with_parts_of(known, read[0]) if read else known


def related_rows(entity_name: str, rows: list[Row], arguments: Arguments) -> list[Row]:
    """Apply a list's arguments to related rows that are there already, with what the arguments look at."""
    arguments.checked()
    entity = ENTITIES[entity_name]
    matches = compile_where(entity, arguments.where, Need())
    kept = [row for row in rows if matches(row) is True]
    return _page(entity, kept, parse_order(arguments.order_by), arguments, in_order=False)


def _load(context: Context, entity: Entity, rows: Sequence[Row], need: Need, *, lists: bool = True) -> None:
    """Give the rows all that the need names and that isn't there yet, level by level."""
    if not rows:
        return
    for name, below in need.relations.items():
        target = ENTITIES[entity.relations[name].target]
        parts = below.parts(target)
        waiting = [row for row in rows if row.lacks(name, parts)]
        if waiting:
            attach(context, entity, name, waiting, below)
        for row in waiting:
            row.loaded[name] = parts
        related = [row.related[name] for row in rows if row.related[name] is not None]
        flat = [each for part in related for each in (part if isinstance(part, list) else [part])]
        _load(context, target, list({id(row): row for row in flat}.values()), below, lists=lists)
    if lists:
        _load_lists(context, entity, rows, need.lists)


def _load_lists(
    context: Context, entity: Entity, rows: Sequence[Row], lists: Mapping[NestedList, Need]
) -> None:
    """Find the lists inside of rows: all of one level side by side, then what belongs to their rows."""
    for wanted in lists:
        _check_owners(entity, wanted.relation, len(rows))
    places = [(row, wanted) for wanted in lists for row in rows if wanted not in row.lists]
    calls = [partial(_list_inside, context, entity, row, wanted, lists[wanted]) for row, wanted in places]
    for (row, wanted), found in zip(places, context.store.parallel(calls), strict=True):
        row.lists[wanted] = found
    for wanted, below in lists.items():
        inside = [row.lists[wanted] for row in rows]
        flat = [each for part in inside for each in (part.rows if isinstance(part, Aggregate) else part)]
        _load(context, ENTITIES[entity.relations[wanted.relation].target], flat, below)


def _check_owners(entity: Entity, relation: str, count: int) -> None:
    if count > MAX_OWNERS:
        target = entity.relations[relation].target
        raise BadUserInput(
            f"{entity.name}.{relation} would have to be looked up for {count:,} rows; it can be for at most "
            f"{MAX_OWNERS}. Give the list of {entity.name} a limit, or list {target} itself."
        )


def _list_inside(
    context: Context, entity: Entity, row: Row, wanted: NestedList, need: Need
) -> list[Row] | Aggregate:
    relation, given = entity.relations[wanted.relation], wanted.arguments
    owner: Where = {relation.owner_column or "": {"_eq": entity.columns["id"].get(row.value)}}
    arguments = replace(given, where={"_and": [owner, given.where or {}]})
    if wanted.aggregate:
        return _aggregate(context, relation.target, arguments, need, owner=row.value)
    return _select(context, relation.target, arguments, need, owner=row.value)


def _aggregate(
    context: Context, entity_name: str, arguments: Arguments, need: Need, owner: Any = None
) -> Aggregate:
    entity = ENTITIES[entity_name]
    if entity_name == "flow_run" and not need and not arguments.distinct_on:
        settled = replace(arguments.checked(), where=settle(entity, arguments.where))
        counted = _counted(context, settled, owner)
        if counted is not None:
            return Aggregate(entity, (), arguments.page(counted))
    return Aggregate(entity, _select(context, entity_name, arguments, need, owner, whole=True))


def _counted(context: Context, arguments: Arguments, owner: Any) -> int | None:
    """How many runs there are, as far as possible without reading them; None when all have to be read."""
    found = plan_count(context, arguments.where, owner)
    if found is None:
        return None
    total = found.known + (count_keys(context, found.ranges) if found.ranges else 0)
    # Runs that change meanwhile may be counted on one side only.
    total = max(0, total - (count_keys(context, found.others) if found.others else 0))
    return total + sum(
        len(_select(context, "flow_run", Arguments(where=where), Need(), whole=True)) for where in found.rest
    )


def _select(
    context: Context,
    entity_name: str,
    arguments: Arguments,
    need: Need,
    owner: Any = None,
    *,
    whole: bool = False,
) -> list[Row]:
    """The rows of a list, with what its filter and order look at; `need` says what must be read of each.

    Of a `whole` list nothing is left out, whatever it takes.
    """
    arguments.checked()
    check_total(context)
    entity = ENTITIES[entity_name]
    where = settle(entity, arguments.where)
    looked_at = Need()
    matches = compile_where(entity, where, looked_at)
    terms = parse_order(arguments.order_by)
    ordering.add_need(terms, looked_at)
    looked_at.columns |= set(arguments.distinct_on)
    by_id = allowed(where, "id") is not None
    full = arguments.limit + (arguments.offset or 0) if arguments.limit is not None else None
    enough = None if arguments.distinct_on else full
    search = Search(
        where,
        terms,
        Need().merge(looked_at).merge(need).parts(entity),
        consistent=by_id,
        enough=enough,
        unlimited=not whole and arguments.is_unlimited,
        owner=owner,
    )
    candidates = plan(context, entity, search)
    context.plans.append(f"{entity_name}: {candidates.path}")
    stop_at = enough if candidates.in_order else None
    rows = _collect(context, entity, candidates.batches, matches, looked_at, terms, stop_at)
    return _page(entity, rows, terms, arguments, in_order=candidates.in_order)


def _collect(
    context: Context,
    entity: Entity,
    batches: Iterable[Sequence[object]],
    matches: Predicate,
    looked_at: Need,
    terms: Sequence[Term],
    enough: int | None,
) -> list[Row]:
    """The candidates that match; no more batches than fill the page, when they come in its order."""
    found: list[Row] = []
    if enough == 0:
        return found
    for batch in batches:
        rows = [Row(value) for value in batch]
        _load(context, entity, rows, looked_at, lists=False)
        found += _matching(context, entity, rows, matches, looked_at)
        if enough is not None and len(found) >= enough and not _tied(entity, found, terms, enough):
            break
    return found


def _matching(
    context: Context, entity: Entity, rows: list[Row], matches: Predicate, looked_at: Need
) -> list[Row]:
    """The rows that match. Lists that the filter looks at are found only for rows that it depends on."""
    undecided = [row for row in rows if not _decided(matches, row)] if looked_at.has_lists() else []
    _load(context, entity, undecided, looked_at)
    return [row for row in rows if matches(row) is True]


def _decided(matches: Predicate, row: Row) -> bool:
    try:
        matches(row)
    except Undecided:
        return False
    return True


def _tied(entity: Entity, found: list[Row], terms: Sequence[Term], enough: int) -> bool:
    """Whether rows still to come may belong on the page by the order's further terms."""
    first = terms[:1]
    return len(terms) > 1 and ordering.same(entity, found[enough - 1], found[-1], first)


def _page(
    entity: Entity, rows: list[Row], terms: Sequence[Term], arguments: Arguments, *, in_order: bool
) -> list[Row]:
    if len(terms) > int(in_order):
        rows = ordering.sort(entity, rows, terms)
    if arguments.distinct_on:
        rows = ordering.distinct(entity, rows, arguments.distinct_on)
    start = arguments.offset or 0
    return rows[start : None if arguments.limit is None else start + arguments.limit]
