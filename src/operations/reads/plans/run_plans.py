"""Plans for flow runs: which part of which index holds what a filter lets through, and in which order."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.states import KIND_OF, Kind
from domain.flows.flows import Flow
from domain.ids import first_id_at
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, at_most, check_total, share
from operations.reads.plans.spans import SKEW, Span
from operations.reads.plans.waiting_plans import ids_by_creation, ids_by_start
from operations.reads.where.constraints import allowed, below, bounds
from operations.reads.where.ordering import Term

# How many flows a plan follows one by one; for more it looks through the tenant's runs.
MAX_FOLLOWED_FLOWS: Final = 25


def plan_flow_runs(context: Context, search: Search) -> Plan:
    """Choose where to look for runs: by id, by flow, by state, else among all of the tenant."""
    if (ids := allowed(search.where, "id")) is not None:
        wanted = at_most(MAX_ROWS, ids, "flow_run", "id")
        return Plan("by id", _read(context, search, iter(wanted), BATCH, MAX_ROWS))
    span = Span.of(search.where)
    if span.is_empty:
        return Plan("nowhere: no time is in these bounds", iter(()), in_order=True)
    lists = context.store.run_lists
    if (ranges := _ranges_by_flow(context, search, span)) is not None:
        return _by_creation(context, search, ranges, "by_flow")
    statuses = _statuses(allowed(search.where, "state"))
    if statuses is None:
        return _by_creation(context, search, lists.of_tenant(span.lower, span.upper), "by_tenant")
    if statuses == ["waiting"] and search.order and search.order[0].path == ("state_start_time",):
        return _by_start(context, search, span)
    # From the first id on: what lingers stands before it, out of their order.
    lower = span.lower or "0"
    others = [name for name in statuses if name != "waiting"]
    ranges = [each for name in others for each in lists.in_status(name, lower, span.upper)]
    return _by_creation(context, search, ranges, "by_status", waiting=span if "waiting" in statuses else None)


def _by_creation(
    context: Context, search: Search, ranges: list[Any], index: str, *, waiting: Span | None = None
) -> Plan:
    """Runs from indexes that sort by creation, and those that were created in a span and are `waiting`."""
    in_order = not search.order or search.order[0].path == ("created",)
    first = _first_batch(search, in_order=in_order)
    descending = not (in_order and _ascending(search.order))
    ids = context.store.run_lists.ids(ranges, descending=descending, first_page=share(first, len(ranges)))
    path = f"index {index}, {len(ranges)} ranges"
    if waiting is not None:
        others = ids_by_creation(context, waiting, descending=descending, rows=first)
        ids = merge(ids, others, reverse=descending)
        path = "indexes by_status and planned"
    path += ", as they come" if in_order else ", all, to be sorted"
    most = max(MAX_ROWS, search.page) if in_order else MAX_ROWS
    return Plan(path, _read(context, search, ids, first, most), in_order)


def _by_start(context: Context, search: Search, span: Span) -> Plan:
    """Runs that wait, from the index that sorts them by the time at which they may start."""
    first = _first_batch(search, in_order=True)
    times = bounds(search.where, "state_start_time")
    ids = ids_by_start(context, times, descending=search.order[0].descending, rows=first)
    most = max(MAX_ROWS, search.page)
    batches = _read(context, search, (each for each in ids if each in span), first, most)
    return Plan("index by_status, in the order they start", batches, in_order=True)


def _ascending(order: Any) -> bool:
    terms: list[Term] = list(order)
    return bool(terms) and not terms[0].descending


def _first_batch(search: Search, *, in_order: bool) -> int:
    return min(search.enough, BATCH) if search.enough and in_order else BATCH


def _ranges_by_flow(context: Context, search: Search, span: Span) -> list[Any] | None:
    """The ranges of the flows that the filter names; None when it names none, or too many to follow."""
    narrower = below(search.where, "flow")
    flow_ids = allowed(search.where, "flow_id")
    if flow_ids is None and narrower is not None:
        flow_ids = allowed(narrower, "id")
    if flow_ids is not None:
        if len(flow_ids) > MAX_FOLLOWED_FLOWS:
            return None
        known = search.owner if flow_ids == [getattr(search.owner, "id", None)] else None
        flows = [known] if known is not None else context.store.flows.get(flow_ids)
        return [each for flow in flows for each in ranges_of_version(context, flow, span)]
    groups = allowed(search.where, "flow_group_id")
    if groups is None and narrower is not None:
        groups = _groups(context, narrower)
    if groups is None or len(groups) > MAX_FOLLOWED_FLOWS:
        return None
    return [
        each for group in groups for each in context.store.run_lists.of_group(group, span.lower, span.upper)
    ]


def _groups(context: Context, where: Where) -> list[str] | None:
    """The groups of the flows that a filter on flows allows, whatever their number of versions."""
    groups = allowed(where, "flow_group_id")
    if groups is None:
        names, projects = allowed(where, "name"), _projects(context, where)
        if names is None and projects is None:
            return None
        if projects is None:
            projects = [project.id for project in context.store.projects.all()]
        groups = context.store.flows.group_ids(projects, names, MAX_FOLLOWED_FLOWS + 1)
    return groups if len(groups) <= MAX_FOLLOWED_FLOWS else None


def _projects(context: Context, where: Where) -> list[str] | None:
    if (ids := allowed(where, "project_id")) is not None:
        return ids
    narrower = below(where, "project")
    if narrower is None:
        return None
    if (ids := allowed(narrower, "id")) is not None:
        return ids
    names = allowed(narrower, "name")
    if names is None or len(names) > MAX_FOLLOWED_FLOWS:
        return None
    return [project.id for project in map(context.store.projects.named, names) if project is not None]


def ranges_of_version(context: Context, flow: Flow, span: Span) -> list[Any]:
    """The runs of one version of a flow.

    The index lists the runs of all its versions by creation, and a version's runs were made from its
    registration to its archiving: so its part of the index is a range.
    """
    last = first_id_at(flow.updated + SKEW) if flow.archived else None
    part = span.within(first_id_at(flow.created - SKEW), last)
    if part.is_empty:
        return []
    return context.store.run_lists.of_group(flow.flow_group_id, part.lower, part.upper)


def _statuses(states: list[str] | None) -> list[str] | None:
    """The statuses under which runs in these states are listed; None when some are under none."""
    if states is None or "Success" in states:
        return None
    known = [state for state in states if state in KIND_OF]
    return list(dict.fromkeys(status for state in known for status in listed_under(state)))


def listed_under(state: str) -> tuple[str, ...]:
    match KIND_OF[state]:
        case Kind.FINISHED:
            return (state,)
        case Kind.SCHEDULED:  # a paused run waits for nothing unless it was told until when
            return ("waiting", "live") if state == "Paused" else ("waiting",)
        case _:
            return ("live",)


def _read(context: Context, search: Search, ids: Iterator[str], first: int, most: int) -> Iterator[list[Any]]:
    parts = search.need.parts(ENTITIES["flow_run"])
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
        check_total(context)
        yield context.store.flow_runs.get(batch, parts, consistent=search.consistent)


def _unrepeated(ids: Iterator[str]) -> Iterator[str]:
    seen: set[str] = set()
    for each in ids:
        if each not in seen:
            seen.add(each)
            yield each
