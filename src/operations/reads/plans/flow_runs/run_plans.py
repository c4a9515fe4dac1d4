"""The plan for flow runs: the part of an index that holds what a filter lets through, and its order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.key_ranges import KeyRange
from operations.context import Context
from operations.reads.plans.flow_runs import horizons, past_times
from operations.reads.plans.flow_runs.horizons import horizon_of
from operations.reads.plans.flow_runs.known_keys import runs_with_key
from operations.reads.plans.flow_runs.run_names import names_to_look_up, runs_with_names
from operations.reads.plans.flow_runs.run_ranges import names_flows, ranges_by_flow
from operations.reads.plans.flow_runs.shared_runs import (
    Candidates,
    WantedRuns,
    candidates,
    few_or_all,
    ids_of_flows,
)
from operations.reads.plans.flow_runs.statuses import UNFINISHED, WAITING, statuses_of, unfinished_statuses
from operations.reads.plans.flow_runs.waiting_plans import ids_by_creation, ids_by_start
from operations.reads.plans.flow_runs.walks import Walk
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, bounded, share
from operations.reads.plans.spans import Span, run_span
from operations.reads.where.constraints import allowed, bounds, leads
from operations.reads.where.terms import Term

if TYPE_CHECKING:
    from operations.reads.plans.flow_runs.planned_starts import PlannedStarts

# How many live runs are looked at that were created before the time since which runs are wanted.
MAX_LIVE: Final = 1_000
# The columns by which runs come in the order of their creation: an id begins with its time.
_CREATION: Final = (("created",), ("id",))


def plan_flow_runs(context: Context, search: Search) -> Plan[FlowRun]:
    """Find flow runs by id, by name, by flow, by state, else among all of the tenant."""
    if (ids := allowed(search.where, "id")) is not None:
        wanted = bounded(MAX_ROWS, ids, "flow_run", "id")
        walk = Walk(context, MAX_ROWS)
        return Plan("by id", walk.batches(search, iter(wanted), BATCH, by_creation=False))
    span = run_span(search.where)
    if span is None:
        return Plan("nowhere: nothing is in these bounds", iter(()), in_order=True)
    statuses = statuses_of(allowed(search.where, "state"))
    has_names = names_to_look_up(context, search.where) is not None
    leads_elsewhere = has_names or names_flows(search.where)
    if statuses == [WAITING] and _is_by_start(search) and not leads_elsewhere:
        return _by_start(context, search, span)
    if statuses == [WAITING] and not leads_elsewhere and _asks_for_plans(search):
        from operations.reads.plans.flow_runs.planned_starts import PlannedStarts, is_by_plan  # noqa: PLC0415

        if is_by_plan(context, search):
            return _by_plan(context, search, span, PlannedStarts(search))
    earliest, latest = past_times.past_times(search.where)
    span = span.within(None, past_times.created_until(latest))
    may_be_next = _is_by_start(search) or (_is_by_plan(search) and context.store.is_current)
    if statuses == [WAITING] and may_be_next and names_flows(search.where) and not has_names:
        from operations.reads.plans.flow_runs.probed_queue import may_probe, plan_by_start  # noqa: PLC0415

        if may_probe(context, search):
            of_flows = WantedRuns(statuses, span)
            find_all = partial(_candidates_since, context, search, of_flows, BATCH, earliest)
            return plan_by_start(context, search, span, find_all)
    return _by_creation(context, search, WantedRuns(statuses, span), earliest)


def _by_creation(
    context: Context, search: Search, wanted: WantedRuns, earliest: datetime | None
) -> Plan[FlowRun]:
    """Find runs in indexes that sort by creation; if a time is `earliest`, only those that may have it."""
    in_order = not search.order or search.order[0].path in _CREATION
    late = partial(_ended_late, context, search, wanted) if context.store.is_current else None
    horizon = horizon_of(search, late)
    # Runs that have not ended are all looked at, unless the order of creation is proof.
    if horizon is not None and horizon.needs_unfinished and set(wanted.statuses or "?") <= set(UNFINISHED):
        horizon = None
    ends_early = in_order or horizon is not None
    first = _first_batch(search, ends_early=ends_early)
    by = search.order[:1] if ends_early else ()
    wanted = replace(wanted, descending=not _ascending(by))
    found = _candidates_since(context, search, wanted, first, earliest)
    if not found.is_whole and wanted.statuses is None and leads(search.where, ("state",)):
        from operations.reads.plans.flow_runs.skipped_runs import without_unwanted  # noqa: PLC0415  (few lists need it)

        found = replace(found, ids=without_unwanted(context, search, wanted, iter(found.ids), first))
    horizon = None if found.is_whole else horizon
    path = f"{found.path}, {'as they come' if in_order else 'all, to be sorted'}"
    ids = found.ids
    if horizon is not None:
        path = f"{found.path}, up to a horizon, and all that have not ended"
        from operations.reads.plans.flow_runs.unfinished_runs import UnfinishedRuns  # noqa: PLC0415

        find = partial(_in_some_statuses, context, search, wanted)
        unfinished = UnfinishedRuns(context, search, wanted, horizon, find)
        ids = unfinished.beside(iter(found.ids), first)
    walk = Walk(
        context,
        max(context.most_rows, search.page) if in_order else context.most_rows,
        horizon=horizon,
        may_end=search.unlimited and wanted.descending and allowed(search.where, "name") is not None,
    )
    batches = walk.batches(search, ids, first, by_creation=horizon is None)
    return Plan(path, batches, in_order, progress=walk)


def _ended_late(context: Context, search: Search, wanted: WantedRuns, earliest: datetime) -> list[str] | None:
    return past_times.ended_late(context, search, wanted, earliest, horizons.MAX_LATE)


def _in_some_statuses(
    context: Context, search: Search, wanted: WantedRuns, statuses: Sequence[str]
) -> Iterator[str]:
    return _candidates(context, search, replace(wanted, statuses=statuses), BATCH).ids


def _candidates_since(
    context: Context, search: Search, wanted: WantedRuns, rows: int, earliest: datetime | None
) -> Candidates:
    """Return the candidates, without those that were over before one of their times had to be."""
    if earliest is None or not context.store.is_current or _names_few(context, search):
        return _candidates(context, search, wanted, rows)
    edge = past_times.created_since(earliest)
    newer, older = (replace(wanted, span=wanted.span.within(*ends)) for ends in ((edge, None), (None, edge)))
    found = _candidates(context, search, newer, rows)
    if older.span.is_empty:
        return found
    still = _still_changed(context, search, older, earliest)
    ids = chain(found.ids, still) if wanted.descending else chain(still, found.ids)
    return Candidates(ids, f"{found.path}, and what went on or ended late")


def _names_few(context: Context, search: Search) -> bool:
    """Return True if the filter names runs in a way that leads to few."""
    named = allowed(search.where, "idempotency_key")
    return named is not None or names_to_look_up(context, search.where) is not None


def _still_changed(context: Context, search: Search, older: WantedRuns, earliest: datetime) -> Iterator[str]:
    """Yield the wanted runs that may have changed at `earliest` or later, in the order of creation."""
    late = past_times.ended_late(context, search, older, earliest, past_times.MAX_LATE_KEYS)
    if late is None:
        yield from _candidates(context, search, older, BATCH).ids
        return
    from operations.reads.plans.flow_runs.unfinished_runs import MAX_UNFINISHED, at_most  # noqa: PLC0415

    unfinished: list[str] = []
    for status in unfinished_statuses(allowed(search.where, "state")):
        most = None if search.complete else MAX_LIVE if status == "live" else MAX_UNFINISHED
        ids = _candidates(context, search, replace(older, statuses=[status]), BATCH).ids
        unfinished += at_most(context, most, ids)
    yield from sorted({*late, *unfinished}, reverse=older.descending)


def _candidates(context: Context, search: Search, wanted: WantedRuns, rows: int) -> Candidates:
    """Return the ids in the index that has the fewest, or in both that have them."""
    find_flows = partial(ranges_by_flow, context, search, wanted.span)
    lists, span, descending = context.store.run_lists, wanted.span, wanted.descending
    if (names := names_to_look_up(context, search.where)) is not None:
        of_flows = find_flows if names_flows(search.where) else None
        return runs_with_names(context, names, wanted, rows, of_flows)
    if names_flows(search.where):
        if (known := runs_with_key(context, search, wanted)) is not None:
            return known
        if wanted.statuses is not None:
            found = candidates(context, wanted, find_flows)
            if found is not None:
                return found
        elif (ranges := find_flows()) is not None:
            return _of_flows(context, search, wanted, ranges, rows)
    if wanted.statuses is not None:
        return _in_statuses(context, wanted, rows)
    ranges = lists.of_tenant(span.lower, span.upper)
    ids = lists.ids(ranges, descending=descending, first_page=share(rows, len(ranges)))
    return Candidates(ids, f"index by_tenant, {len(ranges)} ranges")


def _of_flows(
    context: Context, search: Search, wanted: WantedRuns, ranges: Sequence[KeyRange], rows: int
) -> Candidates:
    if search.order and search.order[0].path not in _CREATION and context.compared is None:
        return few_or_all(context, ranges, wanted)
    page = share(rows, len(ranges))
    ids = ids_of_flows(context, ranges, descending=wanted.descending, first_page=page)
    return Candidates(ids, f"index by_flow, {len(ranges)} ranges")


def _in_statuses(context: Context, wanted: WantedRuns, rows: int) -> Candidates:
    ranges = wanted.ranges(context.store.run_lists)
    ids = context.store.run_lists.ids(
        ranges, descending=wanted.descending, first_page=share(rows, len(ranges))
    )
    if WAITING not in (wanted.statuses or ()):
        return Candidates(ids, f"index by_status, {len(ranges)} ranges")
    waiting = ids_by_creation(context, wanted.span, descending=wanted.descending, rows=rows)
    return Candidates(merge(ids, waiting, reverse=wanted.descending), "indexes by_status and planned")


def _is_by_start(search: Search) -> bool:
    return bool(search.order) and search.order[0].path == ("state_start_time",)


def _by_start(context: Context, search: Search, span: Span) -> Plan[FlowRun]:
    """Find waiting runs in the index that sorts them by the time at which they may start."""
    first = _first_batch(search, ends_early=True)
    times = bounds(search.where, "state_start_time")
    ids = ids_by_start(context, times, descending=search.order[0].descending, rows=first)
    walk = Walk(context, max(context.most_rows, search.page))
    batches = walk.batches(search, (run_id for run_id in ids if run_id in span), first, by_creation=False)
    return Plan("index by_status, in the order they start", batches, in_order=True, progress=walk)


def _asks_for_plans(search: Search) -> bool:
    return _is_by_plan(search) or bounds(search.where, "scheduled_start_time") != (None, None)


def _is_by_plan(search: Search) -> bool:
    return bool(search.order) and search.order[0].path == ("scheduled_start_time",)


def _by_plan(context: Context, search: Search, span: Span, starts: "PlannedStarts") -> Plan[FlowRun]:
    """Find waiting runs near the times they were planned for, in the index that sorts them by start."""
    first = _first_batch(search, ends_early=True)
    walk = Walk(context, max(context.most_rows, search.page), horizon=starts)
    ids = (run_id for run_id in starts.ids(context, first) if run_id in span)
    batches = walk.batches(search, ids, first, by_creation=False)
    return Plan("index by_status, near the planned times", batches, not search.order, progress=walk)


def _ascending(order: Sequence[Term]) -> bool:
    return bool(order) and not order[0].descending


def _first_batch(search: Search, *, ends_early: bool) -> int:
    return min(search.enough, BATCH) if search.enough and ends_early else BATCH
