"""Plans: where to look for the rows that a filter can let through, with bounded reads and never a scan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flows import Flow
from domain.ids import first_id_at
from domain.states import KIND_OF, Kind
from operations.context import Context
from operations.reads.constraints import allowed, below, bounds
from operations.reads.entities import ENTITIES
from operations.reads.filters import Where
from operations.reads.ordering import Term
from operations.reads.relations import read_flows
from operations.reads.rows import Need

# What one query may look at. Beyond it the answer is an error that names the filter which would narrow it.
MAX_READ: Final = 1_000
BATCH: Final = 100
_SPARE: Final = 8
# Clocks of different machines differ; a range of ids is taken this much wider than the times it stands for.
_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Search:
    """What a plan is made for: the filter, the order, and what must be read of each candidate.

    `enough` is how many rows fill the page, when the candidates come in the order that is asked for.
    """

    where: Where | None
    order: Sequence[Term]
    need: Need
    consistent: bool = True
    enough: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Candidates in batches; `in_order` says that they come in the order that was asked for."""

    batches: Iterator[list[Any]]
    in_order: bool = False


Planner = Callable[[Context, Search], Plan]


def plan(context: Context, entity: str, search: Search) -> Plan:
    """Choose where to look for an entity's rows."""
    return _PLANNERS[entity](context, search)


def _tenants(context: Context, _: Search) -> Plan:
    return Plan(iter([[context.tenant]]))


def _projects(context: Context, search: Search) -> Plan:
    projects = context.store.projects
    if (ids := allowed(search.where, "id")) is not None:
        return Plan(iter([projects.get(_bounded(ids, "project", "id"))]))
    if (names := allowed(search.where, "name")) is not None:
        found = [projects.named(name) for name in _bounded(names, "project", "name")]
        return Plan(iter([[project for project in found if project is not None]]))
    return Plan(iter([projects.all()]))


def _flows(context: Context, search: Search) -> Plan:
    ids = _flow_ids(context, search)
    batches = (
        read_flows(context, ids[start : start + BATCH], search.need, consistent=search.consistent)
        for start in range(0, len(ids), BATCH)
    )
    return Plan(batches)


def _flow_ids(context: Context, search: Search) -> list[str]:
    where, flows = search.where, context.store.flows
    if (ids := allowed(where, "id")) is not None:
        return _bounded(ids, "flow", "id")
    if (groups := allowed(where, "flow_group_id")) is not None:
        found = flows.groups(_bounded(groups, "flow", "flow_group_id"))
        lists = [flows.ids_in_project(group.project_id, group.flow_name, MAX_READ + 1) for group in found]
        return _bounded([each for part in lists for each in part], "flow", "id")
    names = allowed(where, "name")
    name = names[0] if names is not None and len(names) == 1 else None
    projects = _project_ids(context, where)
    if projects is None:
        return _bounded(flows.ids_in_tenant(name, MAX_READ + 1), "flow", "name")
    lists = [flows.ids_in_project(project_id, name, MAX_READ + 1) for project_id in projects]
    return _bounded([each for part in lists for each in part], "flow", "name")


def _project_ids(context: Context, where: Where | None) -> list[str] | None:
    if (ids := allowed(where, "project_id")) is not None:
        return ids
    narrower = below(where, "project")
    if narrower is None:
        return None
    found = _projects(context, Search(narrower, (), Need()))
    return [project.id for batch in found.batches for project in batch]


def _flow_runs(context: Context, search: Search) -> Plan:
    if (ids := allowed(search.where, "id")) is not None:
        return Plan(_read_runs(context, search, iter(_bounded(ids, "flow_run", "id"))))
    ranges, by_creation = _run_ranges(context, search.where)
    ascending = [(term.path, term.descending) for term in search.order] == [(("created",), False)]
    newest_first = not search.order or (search.order[0].path == ("created",) and search.order[0].descending)
    in_order = by_creation and (ascending or newest_first)
    first = min(search.enough, BATCH) if search.enough and in_order else BATCH
    # A little more than each range's share, so that most pages are full after the first round of queries.
    share = first if len(ranges) < 2 else min(first, first // len(ranges) + _SPARE)  # noqa: PLR2004
    ids_in_order = context.store.run_lists.ids(ranges, descending=not ascending, first_page=share)
    return Plan(_read_runs(context, search, ids_in_order, first), in_order)


def _run_ranges(context: Context, where: Where | None) -> tuple[list[Any], bool]:
    """The index ranges that hold every run the filter lets through, and whether they sort by creation."""
    lists = context.store.run_lists
    earliest, latest = bounds(where, "created")
    lower = first_id_at(earliest) if earliest else None
    upper = first_id_at(latest + timedelta(microseconds=1)) if latest else None
    if (flows := _flows_of_runs(context, where)) is not None:
        return [each for flow in flows for each in _of_flow(context, flow, lower, upper)], True
    statuses = _statuses(allowed(where, "state"))
    if statuses is not None and "queue" in statuses:
        return [each for status in statuses for each in lists.in_status(status)], False
    if statuses is not None:
        return [each for status in statuses for each in lists.in_status(status, lower, upper)], True
    return lists.of_tenant(lower, upper), True


def _flows_of_runs(context: Context, where: Where | None) -> list[Flow] | None:
    flow_ids = allowed(where, "flow_id")
    narrower = below(where, "flow")
    if flow_ids is None and narrower is None:
        return None
    parts: list[Any] = [narrower] if narrower is not None else []
    if flow_ids is not None:
        parts.append({"id": {"_in": flow_ids}})
    found = _flows(context, Search({"_and": parts}, (), Need()))
    return [flow for batch in found.batches for flow in batch]


def _of_flow(context: Context, flow: Flow, lower: str | None, upper: str | None) -> list[Any]:
    """The runs of one version of a flow.

    The index lists the runs of all its versions by creation, and a version's runs were made from its
    registration to its archiving: so its part of the index is a range.
    """
    first, last = (
        first_id_at(flow.created - _SKEW),
        first_id_at(flow.updated + _SKEW) if flow.archived else None,
    )
    start = max(first, lower) if lower else first
    ends = [end for end in (last, upper) if end is not None]
    end = min(ends) if ends else None
    if end is not None and end < start:
        return []
    return context.store.run_lists.of_group(flow.flow_group_id, start, end)


def _statuses(states: list[str] | None) -> list[str] | None:
    """The statuses under which runs in these states are listed; None when some are under none."""
    if states is None or "Success" in states:
        return None
    known = [state for state in states if state in KIND_OF]
    return list(dict.fromkeys(status for state in known for status in _listed_under(state)))


def _listed_under(state: str) -> tuple[str, ...]:
    match KIND_OF[state]:
        case Kind.FINISHED:
            return (state,)
        case Kind.SCHEDULED:  # a paused run waits for nothing unless it was told until when
            return ("queue", "live") if state == "Paused" else ("queue",)
        case _:
            return ("live",)


def _read_runs(
    context: Context, search: Search, ids: Iterator[str], first: int = BATCH
) -> Iterator[list[Any]]:
    parts = search.need.parts(ENTITIES["flow_run"])
    unique = _without_repeats(ids)
    read, size = 0, first
    while batch := list(islice(unique, size)):
        read, size = read + len(batch), BATCH
        if read > MAX_READ:
            raise BadUserInput(
                f"flow_run: this query would have to look at more than {MAX_READ:,} runs. Narrow it with "
                "id, flow_id, flow, state or a range of created, or take a limit with order_by created."
            )
        yield context.store.flow_runs.get(batch, parts, consistent=search.consistent)


def _without_repeats(ids: Iterator[str]) -> Iterator[str]:
    """Two versions of a flow share the minutes around a registration, so a run can be listed twice."""
    last: set[str] = set()
    for each in ids:
        if each not in last:
            last.add(each)
            yield each


def _bounded(values: list[str], entity: str, column: str) -> list[str]:
    if len(values) > MAX_READ:
        raise BadUserInput(
            f"{entity}: this query would have to look at more than {MAX_READ:,} rows. Narrow it by {column}."
        )
    return values


_PLANNERS: Final[Mapping[str, Planner]] = {
    "tenant": _tenants,
    "project": _projects,
    "flow": _flows,
    "flow_run": _flow_runs,
}
