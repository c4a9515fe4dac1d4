"""Lists with all that belongs to their rows: a list finds rows, which have lists inside, level by level."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.errors import BadUserInput, PayloadTooLarge, TooMuchWork
from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.reads.aggregates import Aggregate
from operations.reads.arguments import Arguments, Where
from operations.reads.compiling import compile_list, list_of_owner
from operations.reads.counts.counts import count_keys, plan_count
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.planning import plan
from operations.reads.plans.flow_counts import count_flows, count_names, has_ends
from operations.reads.plans.search import BATCH, Distinct, Plan, Search
from operations.reads.relations import attach
from operations.reads.rows import Filter, Listing, Need, NestedList, Row, UndecidedError
from operations.reads.where import ordering
from operations.reads.where.constraints import allowed
from operations.reads.where.terms import parse_order

# How many rows may have a nested list that is found by a plan of its own: each costs one query at least.
MAX_OWNERS: Final = 200
# What a list inside of a row takes in units, beside its reads, rows and comparisons: to plan it.
_INSIDE: Final = 250


class Inside:
    """The context of a list: an error that ends a request names the list, and the lists around it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, PayloadTooLarge | TooMuchWork):
            error.inside(self._name)


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
    context.work.draw(listing.filter.values, "where")
    arguments = listing.arguments
    search = Search(
        listing.filter.where,
        listing.order,
        listing.need.parts(entity) | need.parts(entity),
        consistent=allowed(listing.filter.where, "id") is not None,
        enough=arguments.enough,
        unlimited=arguments.is_unlimited and not complete,
        complete=complete,
        owner=owner,
        distinct=_distinct(entity, arguments),
    )
    candidates = plan(context, entity, search)
    context.plans.append(f"{entity.name}: {candidates.path}")
    rows = _matching_rows(context, entity, candidates, listing, search.distinct)
    in_order = candidates.in_order and not candidates.may_stray
    return ordering.page(entity, rows, listing, context.work, in_order=in_order)


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
    if not need and not listing.arguments.distinct_on:
        counted = _counted(context, entity, listing, owner)
        if counted is not None:
            return Aggregate(entity, (), listing.arguments.page_size(counted))
    if not need and entity.name == "flow" and list(listing.arguments.distinct_on) == ["name"]:
        named = count_names(context, listing.filter.where)
        if named is not None:
            return Aggregate(entity, (), listing.arguments.page_size(named))
    if need.columns == {"version"} and not (need.every_row or need.relations or need.lists):
        ends = _ends(context, entity, listing, owner)
        if ends is not None:
            return ends
    return Aggregate(entity, select(context, entity, listing, need, owner, complete=True), work=context.work)


def _ends(context: Context, entity: Entity, listing: Listing, owner: object | None) -> Aggregate | None:
    """Return the aggregate of flows with only their lowest and highest versions; None if all must be read."""
    arguments = listing.arguments
    if entity.name != "flow" or not arguments.is_unlimited or not has_ends(listing.filter.where):
        return None
    counted = _counted(context, entity, listing, owner)
    if counted is None:
        return None
    rows = []
    for direction in ("asc", "desc"):
        order = [{"version": direction}]
        end = replace(
            listing, arguments=replace(arguments, order_by=order, limit=1), order=parse_order(order)
        )
        rows += select(context, entity, end, Need({"version"}), owner, complete=True)
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


def _counted(context: Context, entity: Entity, listing: Listing, owner: object | None) -> int | None:
    """Return the number of rows, reading as few of them as possible; None if all have to be read."""
    if entity.name == "flow":
        return _counted_flows(context, entity, listing)
    if entity.name != "flow_run":
        return None
    count = plan_count(context, listing.filter.where, owner)
    if count is None:
        return None
    total = count.known + (count_keys(context, count.ranges) if count.ranges else 0)
    # A run that changes between the two counts may be in only one of them.
    total = max(0, total - (count_keys(context, count.others) if count.others else 0))
    for where in count.rest:
        total += _read_number(context, entity, where)
    return total


def _counted_flows(context: Context, entity: Entity, listing: Listing) -> int | None:
    count = count_flows(context, listing.filter.where)
    if count is None:
        return None
    context.plans.append(f"flow: {count.known:,} counted by their groups")
    rest, less = (
        0 if where is None else _read_number(context, entity, where) for where in (count.rest, count.less)
    )
    # A version that is archived between the two counts may be in both.
    return max(0, count.known + rest - less)


def _read_number(context: Context, entity: Entity, where: Where) -> int:
    """Return the number of rows that pass a settled filter, which are read."""
    listing = compile_list(entity, Arguments(where=where), context.work)
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
        return find(context, target, listing, need, row.value)


def _matching_rows(
    context: Context,
    entity: Entity,
    candidates: Plan[object],
    listing: Listing,
    distinct: Distinct | None = None,
) -> list[Row]:
    """Return the candidates that match; if they come in order, only as many batches as fill the page.

    If they come in another order, no more rows are kept than a page has.
    """
    found: list[Row] = []
    if listing.arguments.enough == 0:
        return found
    try:
        for batch in candidates.batches:
            context.work.draw_rows(len(batch))
            rows = [Row(record) for record in batch]
            load(context, entity, rows, listing.need, with_lists=False)
            kept = _matching(context, entity, rows, listing)
            if len(kept) < len(rows):
                context.work.memory.give_back(_memory(rows) - _memory(kept))
            if distinct is not None:
                getters = [entity.columns[name].get for name in distinct.columns]
                distinct.found.update(tuple(get(row.value) for get in getters) for row in kept)
            found = _found(context, entity, [*found, *kept], candidates, listing)
            if candidates.in_order and _is_full(context, entity, found, listing, candidates.terms):
                break
    except TooMuchWork as error:
        if candidates.progress is not None:
            error.tell(candidates.progress.facts())
        raise
    return found


def _found(
    context: Context, entity: Entity, rows: list[Row], candidates: Plan[object], listing: Listing
) -> list[Row]:
    """Return what is kept of the rows that were found, and tell the plan of them."""
    enough, progress = listing.arguments.enough, candidates.progress
    if progress is not None:
        progress.found(len(rows))
    # A large page is cut seldom, because it is sorted each time.
    if candidates.in_order or enough is None or len(rows) < (enough if enough <= BATCH else 2 * enough):
        return rows
    kept = ordering.sort(entity, rows, listing.order, context.work)
    kept, dropped = kept[:enough], kept[enough:]
    context.work.memory.give_back(_memory(dropped))
    if progress is not None and listing.order:
        progress.fill(ordering.value(entity, kept[-1], listing.order[0], context.work))
    return kept


def _memory(rows: list[Row]) -> int:
    """Return the memory that the overflow items of runs among rows take."""
    runs = (row.value for row in rows)
    return sum(run.share.size for run in runs if isinstance(run, FlowRun | TaskRun) and run.share)


def _matching(context: Context, entity: Entity, rows: list[Row], listing: Listing) -> list[Row]:
    """Return the rows that match. The filter's nested lists are found only for rows that depend on them."""
    if listing.need.has_lists():
        context.work.draw(len(rows) * listing.filter.clauses, "where")
        undecided = [row for row in rows if not _is_decided(listing.filter, row)]
        load(context, entity, undecided, listing.need)
    return listing.filter.passed(rows, context.work)


def _is_decided(compiled: Filter, row: Row) -> bool:
    try:
        compiled.matches(row)
    except UndecidedError:
        return False
    return True


def _is_full(context: Context, entity: Entity, found: list[Row], listing: Listing, terms: int) -> bool:
    """Return True if the page is full, and no row to come belongs on it by the further terms of the order."""
    order, enough = listing.order, listing.arguments.enough
    if enough is None or len(found) < enough:
        return False
    return len(order) <= terms or not ordering.same(
        entity, found[enough - 1], found[-1], order[:terms], context.work
    )
