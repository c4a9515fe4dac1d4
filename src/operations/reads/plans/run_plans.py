"""The plan for flow runs: the part of an index that holds what a filter lets through, and its order."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.states import KIND_OF, Kind
from operations.context import Context
from operations.reads.plans.run_ranges import ranges_by_flow
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, bounded, share
from operations.reads.plans.spans import Span, created_span
from operations.reads.plans.waiting_plans import ids_by_creation, ids_by_start
from operations.reads.where.constraints import allowed, bounds
from operations.reads.where.terms import Term


def plan_flow_runs(context: Context, search: Search) -> Plan[FlowRun]:
    """Find flow runs by id, by flow, by state, else among all of the tenant."""
    if (ids := allowed(search.where, "id")) is not None:
        wanted = bounded(MAX_ROWS, ids, "flow_run", "id")
        return Plan("by id", _read(context, search, iter(wanted), BATCH, MAX_ROWS))
    span = created_span(search.where)
    if span is None:
        return Plan("nowhere: no time is in these bounds", iter(()), in_order=True)
    if (ranges := ranges_by_flow(context, search, span)) is not None:
        return _by_creation(context, search, ranges, "by_flow")
    statuses = _statuses(allowed(search.where, "state"))
    if statuses is None:
        ranges = context.store.run_lists.of_tenant(span.lower, span.upper)
        return _by_creation(context, search, ranges, "by_tenant")
    return _by_status(context, search, statuses, span)


def _by_status(context: Context, search: Search, statuses: Sequence[str], span: Span) -> Plan[FlowRun]:
    if statuses == ["waiting"] and search.order and search.order[0].path == ("state_start_time",):
        return _by_start(context, search, span)
    lists = context.store.run_lists
    # Runs that ended with task runs to be cancelled are listed before the first id, out of the order of ids.
    lower = span.lower or "0"
    listed = [status for status in statuses if status != "waiting"]
    ranges = [part for status in listed for part in lists.in_status(status, lower, span.upper)]
    return _by_creation(context, search, ranges, "by_status", waiting=span if "waiting" in statuses else None)


def _by_creation(
    context: Context, search: Search, ranges: Sequence[KeyRange], index: str, *, waiting: Span | None = None
) -> Plan[FlowRun]:
    """Find runs in indexes that sort by creation, and the waiting runs that were created in a span."""
    in_order = not search.order or search.order[0].path == ("created",)
    first = _first_batch(search, in_order=in_order)
    descending = not (in_order and _ascending(search.order))
    ids = context.store.run_lists.ids(ranges, descending=descending, first_page=share(first, len(ranges)))
    path = f"index {index}, {len(ranges)} ranges"
    if waiting is not None:
        waiting_ids = ids_by_creation(context, waiting, descending=descending, rows=first)
        ids = merge(ids, waiting_ids, reverse=descending)
        path = "indexes by_status and planned"
    path += ", as they come" if in_order else ", all, to be sorted"
    most = max(MAX_ROWS, search.page) if in_order else MAX_ROWS
    return Plan(path, _read(context, search, ids, first, most), in_order)


def _by_start(context: Context, search: Search, span: Span) -> Plan[FlowRun]:
    """Find waiting runs in the index that sorts them by the time at which they may start."""
    first = _first_batch(search, in_order=True)
    times = bounds(search.where, "state_start_time")
    ids = ids_by_start(context, times, descending=search.order[0].descending, rows=first)
    most = max(MAX_ROWS, search.page)
    batches = _read(context, search, (run_id for run_id in ids if run_id in span), first, most)
    return Plan("index by_status, in the order they start", batches, in_order=True)


def _ascending(order: Sequence[Term]) -> bool:
    return bool(order) and not order[0].descending


def _first_batch(search: Search, *, in_order: bool) -> int:
    return min(search.enough, BATCH) if search.enough and in_order else BATCH


def _statuses(states: list[str] | None) -> list[str] | None:
    """Return the statuses under which runs in these states are listed; None if some are under none."""
    if states is None or "Success" in states:
        return None
    known = [state for state in states if state in KIND_OF]
    return list(dict.fromkeys(status for state in known for status in listed_under(state)))


def listed_under(state: str) -> tuple[str, ...]:
    """Return the statuses under which the index by_status lists runs in a state other than Success."""
    match KIND_OF[state]:
        case Kind.FINISHED:
            return (state,)
        case Kind.SCHEDULED:  # a paused run waits for nothing unless it has a time at which it goes on
            return ("waiting", "live") if state == "Paused" else ("waiting",)
        case _:
            return ("live",)


def _read(
    context: Context, search: Search, ids: Iterator[str], first: int, most: int
) -> Iterator[list[FlowRun]]:
    """Read runs by their ids in batches. Raises BadUserInput beyond `most` runs."""
    # Two versions of a flow share the minutes around a registration, so an id can come twice.
    unique = _unrepeated(ids)
    read, size = 0, first
    while batch := list(islice(unique, size)):
        # As much again as was read so far: a filter that lets most through needs only a little more.
        read += len(batch)
        size = min(read, BATCH)
        if read > most:
            raise BadUserInput(
                f"flow_run: this query would have to look at more than {most:,} runs. Narrow it with "
                "id, flow_id, flow, state or a range of created, or take a limit with order_by created."
            )
        yield context.store.flow_runs.get(batch, search.parts, consistent=search.consistent)


def _unrepeated(ids: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for run_id in ids:
        if run_id not in seen:
            seen.add(run_id)
            yield run_id
