"""Lists with all that belongs to their rows: a list finds rows, which have lists inside, level by level."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.errors import BadUserInput, TooMuchWork
from domain.parts import Part
from operations.context import Context
from operations.reads.aggregates import Aggregate
from operations.reads.arguments import Arguments, Where
from operations.reads.compiling import compile_list, list_of_owner
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.found_rows import FoundRows, memory_of
from operations.reads.planning import plan
from operations.reads.plans.search import Distinct, Plan, Search
from operations.reads.relations import attach
from operations.reads.rows import Filter, Inside, Listing, Need, NestedList, Row, UndecidedError
from operations.reads.where import ordering
from operations.reads.where.constraints import allowed
from operations.reads.where.terms import parse_order

# How many rows may have a nested list that is found by a plan of its own: each costs one query at least.
MAX_OWNERS: Final = 200
# What a list inside of a row takes in units, beside its reads, rows and comparisons: to plan it.
_INSIDE: Final = 250


def select(
    context: Context,
    entity: Entity,
    listing: Listing,
    need: Need,
    owner: object | None = None,
    *,
    complete: bool = False,
) -> list[Row]:
    """Return the rows of a list, loaded with the needs of its filter and order. Raises BadUserInput.

    `need` tells which parts to read with them. `owner` is the object whose rows they are, for a nested list.
    A plan may leave out rows of a list that is not `complete`, if the response says so.
    """
    arguments = listing.arguments
    parts = listing.need.parts(entity) | need.parts(entity)
    later = _read_later(entity, listing, need)
    search = Search(
        listing.filter.where,
        listing.order,
        parts - later,
        consistent=allowed(listing.filter.where, "id") is not None,
        enough=arguments.enough,
        unlimited=arguments.is_unlimited and not complete,
        complete=complete,
        owner=owner,
        distinct=_distinct(entity, arguments),
        width=need.width,
    )
    rows = rows_of(context, entity, listing, search)
    if later:
        _add_heartbeats(context, rows, consistent=search.consistent)
    return rows


def rows_of(context: Context, entity: Entity, listing: Listing, search: Search) -> list[Row]:
    """Return the rows of a list that a search of its own finds. Raises BadUserInput."""
    context.work.draw(listing.filter.values, "where")
    candidates = plan(context, entity, search)
    return rows_among(context, entity, listing, candidates, search.distinct)


def rows_among(
    context: Context,
    entity: Entity,
    listing: Listing,
    candidates: Plan[object],
    distinct: Distinct | None = None,
) -> list[Row]:
    """Return the rows of a list among candidates that were found for it. Raises BadUserInput."""
    context.plans.append(f"{entity.name}: {candidates.path}")
    found = FoundRows(entity, listing, candidates, distinct, context.work)
    rows = _matching_rows(context, entity, candidates, found)
    in_order = candidates.in_order and not candidates.may_stray
    return ordering.page(entity, rows, listing, context.work, in_order=in_order)


def _read_later(entity: Entity, listing: Listing, need: Need) -> frozenset[Part]:
    """Return the parts that only the rows of the page need: heartbeats, which have items of their own."""
    if entity.name != "flow_run" or Part.HEARTBEAT in listing.need.parts(entity):
        return frozenset()
    return need.parts(entity) & {Part.HEARTBEAT}


def _add_heartbeats(context: Context, rows: list[Row], *, consistent: bool) -> None:
    runs = context.store.flow_runs.with_heartbeats([row.value for row in rows], consistent=consistent)
    for row, run in zip(rows, runs, strict=True):
        row.value = run


def _distinct(entity: Entity, arguments: Arguments) -> Distinct | None:
    kinds = {entity.columns[name].kind for name in arguments.distinct_on}
    if not kinds or ColumnKind.JSON in kinds:
        return None
    enough = None if arguments.limit is None else arguments.limit + (arguments.offset or 0)
    return Distinct(tuple(dict.fromkeys(arguments.distinct_on)), enough)


def aggregate(
    context: Context, entity: Entity, listing: Listing, need: Need, owner: object | None = None
) -> Aggregate:
    """Return the aggregate of a list; if nothing is needed of its rows, they are only counted."""
    counting, arguments, where = entity.counting, listing.arguments, listing.filter.where
    if counting is not None and not need and not arguments.distinct_on:
        counted = counting.rows(context, where, owner, partial(_read_number, context, entity))
        if counted is not None:
            return Aggregate(entity, (), arguments.page_size(counted))
    if counting is not None and not need and list(arguments.distinct_on) == ["name"]:
        named = counting.names(context, where)
        if named is not None:
            return Aggregate(entity, (), arguments.page_size(named))
    if need.columns and not (need.every_row or need.relations or need.lists):
        ends = _ends(context, entity, listing, need, owner)
        if ends is not None:
            return ends
    return Aggregate(entity, select(context, entity, listing, need, owner, complete=True), work=context.work)


def _ends(
    context: Context, entity: Entity, listing: Listing, need: Need, owner: object | None
) -> Aggregate | None:
    """Return the aggregate with only the rows at the ends of an order; None if all must be read."""
    counting, arguments, where = entity.counting, listing.arguments, listing.filter.where
    if counting is None or not arguments.is_unlimited or len(need.columns) > 1:
        return None
    (column,) = need.columns
    if not counting.has_ends(where, column):
        return None
    counted = None
    if need.counts is not False:
        counted = counting.rows(context, where, owner, partial(_read_number, context, entity))
        if counted is None:
            return None
    rows = []
    for direction in ("asc", "desc_nulls_last"):
        order = [{column: direction}]
        terms = parse_order(order)
        end = replace(listing, arguments=replace(arguments, order_by=order, limit=1), order=terms)
        rows += select(context, entity, end, Need({column}), owner, complete=True)
    return Aggregate(entity, rows, counted, work=context.work)


def load(
    context: Context, entity: Entity, rows: Sequence[Row], need: Need, *, with_lists: bool = True
) -> None:
    """Load into the rows all that is needed and not there yet, level by level."""
    if not rows:
        return
    for name, below in need.relations.items():
        with Inside(name):
            _load_relation(context, entity, name, rows, below)
            related = _flat([row.related[name] for row in rows])
            load(context, ENTITIES[entity.relations[name].target], related, below, with_lists=with_lists)
    if with_lists:
        for row in rows if need.fields else ():
            # Most rows are loaded once, and then share their fields.
            row.fields = row.fields | need.fields if row.fields else need.fields
        _load_lists(context, entity, rows, need.lists)


def _read_number(context: Context, entity: Entity, where: Where) -> int:
    """Return the number of rows that pass a settled filter, which are read."""
    listing = compile_list(entity, Arguments(where=where), context.work, context.caller.projects)
    return len(select(context, entity, listing, Need(), complete=True))


def _load_relation(context: Context, entity: Entity, name: str, rows: Sequence[Row], need: Need) -> None:
    parts = need.parts(ENTITIES[entity.relations[name].target])
    lacking = [row for row in rows if row.lacks(name, parts)]
    if lacking:
        attach(context, entity, name, lacking, need)
        if entity.relations[name].many:
            context.work.draw_rows(sum(len(row.related[name]) for row in lacking))
    for row in lacking:
        row.loaded[name] = parts


def _flat(related: Sequence[Row | list[Row] | None]) -> list[Row]:
    """Return each related row once."""
    lists = [found if isinstance(found, list) else [found] for found in related if found is not None]
    return list({id(row): row for rows in lists for row in rows}.values())


def _load_lists(
    context: Context, entity: Entity, rows: Sequence[Row], lists: Mapping[NestedList, Need]
) -> None:
    """Find the nested lists of the rows: all of one level side by side, then the needs of their rows."""
    if not lists:
        return
    for nested in lists:
        _check_owners(entity, nested.relation, len(rows))
    side_by_side = replace(context, compared={} if len(rows) > 1 else None)
    missing = {nested: [row for row in rows if nested not in row.lists] for nested in lists}
    # The lists of one kind share what the first of them has found in the statuses of runs.
    shares = {
        nested: nested.aggregate or entity.relations[nested.relation].target == "flow_run" for nested in lists
    }
    first = [(nested, row) for nested, lacking in missing.items() if shares[nested] for row in lacking[:1]]
    rest = [(nested, row) for nested, lacking in missing.items() for row in lacking[int(shares[nested]) :]]
    # Counts may read the keys of all runs of a flow, among which its lists then find theirs.
    counts = [(nested, row) for nested, row in rest if nested.aggregate]
    for part in (first, counts, [(nested, row) for nested, row in rest if not nested.aggregate]):
        calls = [
            partial(_list_inside, side_by_side, entity, row, nested, lists[nested]) for nested, row in part
        ]
        for (nested, row), found in zip(part, context.store.parallel(calls), strict=True):
            row.lists[nested] = found
    for nested, below in lists.items():
        inside = [row.lists[nested] for row in rows]
        flat = [row for found in inside for row in (found.rows if isinstance(found, Aggregate) else found)]
        with Inside(nested.relation):
            load(context, ENTITIES[entity.relations[nested.relation].target], flat, below)


def _check_owners(entity: Entity, relation: str, count: int) -> None:
    if count > MAX_OWNERS:
        target = entity.relations[relation].target
        raise BadUserInput(
            f"{entity.name}.{relation} would have to be looked up for {count:,} rows; it can be for at most "
            f"{MAX_OWNERS}. Give the list of {entity.name} a limit, or list {target} itself."
        )


def _list_inside(
    context: Context, entity: Entity, row: Row, nested: NestedList, need: Need
) -> list[Row] | Aggregate:
    relation = entity.relations[nested.relation]
    target, owner_id = ENTITIES[relation.target], entity.columns["id"].get(row.value)
    listing = list_of_owner(target, nested.listing, relation.owner_column or "", owner_id)
    find = aggregate if nested.aggregate else select
    with Inside(nested.relation):
        context.work.draw(_INSIDE, nested.relation)
        return find(context, target, listing, replace(need, width=nested.width), row.value)


def _matching_rows(context: Context, entity: Entity, candidates: Plan[object], found: FoundRows) -> list[Row]:
    """Return the candidates that match; if they come in order, only as many batches as fill the page."""
    listing, memory = found.listing, context.work.memory
    if found.is_unwanted:
        return []
    try:
        for batch in candidates.batches:
            context.work.draw_rows(len(batch))
            rows = [Row(record) for record in batch]
            kept = matching(context, entity, rows, listing)
            if len(kept) < len(rows):
                memory.give_back(memory_of(rows) - memory_of(kept))
            found.add(kept)
            if found.is_full():
                break
    except TooMuchWork as error:
        if candidates.progress is not None:
            error.tell(candidates.progress.facts())
        raise
    return found.rows


def matching(context: Context, entity: Entity, rows: list[Row], listing: Listing) -> list[Row]:
    """Return the rows that match, loaded with what the order needs.

    Related rows that the filter looks at are read only for rows that depend on them, and so are its lists.
    """
    need = listing.filter.need
    if need.relations:
        load(context, entity, _undecided(context, listing.filter, rows), need, with_lists=False)
    if need.has_lists():
        load(context, entity, _undecided(context, listing.filter, rows), need)
    found = listing.filter.passed(rows, context.work)
    load(context, entity, found, listing.need, with_lists=False)
    return found


def _undecided(context: Context, compiled: Filter, rows: list[Row]) -> list[Row]:
    context.work.draw(len(rows) * compiled.clauses, "where")
    return [row for row in rows if not _is_decided(compiled, row)]


def _is_decided(compiled: Filter, row: Row) -> bool:
    try:
        compiled.matches(row)
    except UndecidedError:
        return False
    return True
