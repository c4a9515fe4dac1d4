"""The plan for task runs: by their ids, of the flow runs that the filter leads to, or by cached result."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.task_runs import Address, CachedAs, TaskRun, not_begun
from operations.access.project_limits import own_runs
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flow_runs.run_plans import plan_flow_runs
from operations.reads.plans.flows.task_plans import flows_of_task_ids
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, bounded
from operations.reads.plans.task_runs.task_runs_of import children_in_range, task_runs_of, was_created_with
from operations.reads.ways import asked
from operations.reads.where.constraints import allowed, below, bounds, tells_all
from operations.task_runs.task_runs import find_addresses

# How many cache keys or tasks a list of cached results may name, because each is a query in each shard.
MAX_CACHED_UNDER: Final = 25
# The columns of which the index of cached results tells everything.
_INDEXED_COLUMNS: Final = ("state", "cache_key", "task_id", "state_timestamp")


def plan_task_runs(context: Context, search: Search) -> Plan[TaskRun]:
    """Find task runs by id, by flow run, or by cached result.

    Raises BadUserInput for a filter that leads to none of these.
    """
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([_by_ids(context, bounded(MAX_ROWS, ids, "task_run", "id"), search)]))
    flow_runs = [search.owner] if isinstance(search.owner, FlowRun) else _flow_runs(context, search.where)
    if flow_runs is not None:
        children = children_in_range(context, flow_runs, search)
        if children is not None:
            return Plan("children of a mapped task", children, in_order=True)
        return Plan("of flow runs", task_runs_of(context, flow_runs, search), in_order=not search.order)
    if allowed(search.where, "state") == ["Cached"]:
        return _cached(context, search)
    raise BadUserInput(
        "task_run: this query needs a filter on id, flow_run_id, task_id or flow_run, or "
        'state: {_eq: "Cached"}.'
    )


def _cached(context: Context, search: Search) -> Plan[TaskRun]:
    """Find cached results, newest first: of the tasks or cache keys that the filter names, else all."""
    lists, times = context.store.run_lists, bounds(search.where, "state_timestamp")
    named = _cached_under(search.where)
    ranges = [part for under in named for part in lists.cached(under, *times)]
    term = search.order[0] if search.order else None
    in_order = term is None or term.path == ("state_timestamp",)
    descending = term is None or not in_order or term.descending
    addresses = lists.task_runs(ranges, descending=descending)
    may_end_early = search.unlimited and in_order and descending and tells_all(search.where, _INDEXED_COLUMNS)
    batches = _read(context, search, addresses, may_end_early=may_end_early)
    return Plan("index of cached results", batches, in_order)


def _cached_under(where: Where | None) -> Sequence[CachedAs | None]:
    """Return the keys under which a filter looks for cached results: `[None]` for all results.

    Raises BadUserInput if it names too many.
    """
    by_key, by_task = allowed(where, "cache_key"), allowed(where, "task_id")
    if by_key is not None:
        wanted = bounded(MAX_CACHED_UNDER, by_key, "task_run", "cache_key")
        return [CachedAs("", cache_key) for cache_key in wanted]
    if by_task is not None:
        wanted = bounded(MAX_CACHED_UNDER, by_task, "task_run", "task_id")
        return [CachedAs(task_id, None) for task_id in wanted]
    return [None]


def _read(
    context: Context, search: Search, addresses: Iterator[Address], *, may_end_early: bool
) -> Iterator[list[TaskRun]]:
    """Read task runs in batches. Raises BadUserInput beyond the bound, unless the list may end early.

    Then it ends after fewer, because its client can take no more in one response.
    """
    read, most = 0, MAX_ROWS if may_end_early else max(context.most_rows, search.page)
    while batch := list(islice(addresses, min(search.enough or BATCH, BATCH))):
        if read + len(batch) > most and may_end_early:
            context.left_out.append(f"task_run: all cached results but the newest {MAX_ROWS:,}.")
            return
        if read + len(batch) > most:
            raise BadUserInput(
                f"task_run: this query would have to look at more than {most:,} cached results. "
                "Narrow it with task_id, cache_key or a range of state_timestamp, or take a limit.",
                {"looked_at": {"rows": read}},
            )
        read += len(batch)
        yield list(context.store.task_runs.get(list(dict.fromkeys(batch)), search.parts))


def _by_ids(context: Context, ids: Sequence[str], search: Search) -> list[TaskRun]:
    """Read task runs by their ids, including those that have not begun."""
    addresses = list(find_addresses(context, ids).values())
    begun = {task_run.address: task_run for task_run in context.store.task_runs.get(addresses, search.parts)}
    missing = [address for address in addresses if address not in begun]
    flow_runs = _read_flow_runs(context, [address.flow_run_id for address in missing])
    return [
        *begun.values(),
        *(
            not_begun(flow_run, address)
            for address in missing
            if (flow_run := flow_runs.get(address.flow_run_id)) and _exists(flow_run, address)
        ),
    ]


def _exists(flow_run: FlowRun, address: Address) -> bool:
    """Return True if the task run exists before it begins.

    A task run whose address had to be stored to be found was asked for, so it exists.
    """
    return not address.is_in_id or was_created_with(flow_run, address)


def _read_flow_runs(context: Context, ids: Sequence[str]) -> dict[str, FlowRun]:
    found = context.store.flow_runs.get(list(dict.fromkeys(ids)), (), consistent=True) if ids else []
    return {flow_run.id: flow_run for flow_run in found}


def _flow_runs(context: Context, where: Where | None) -> list[FlowRun] | None:
    """Return the flow runs to which a filter on task runs leads; None if it leads to none."""
    is_cached = allowed(where, "state") == ["Cached"]
    if is_cached:  # the index of cached results is not by project
        where = asked("task_run", where, context.caller.projects)
    of_flow_run = below(where, "flow_run")
    ids = allowed(where, "flow_run_id")
    if ids is None:
        ids = allowed(of_flow_run, "id")
    if ids is not None:
        found = _read_flow_runs(context, bounded(MAX_ROWS, ids, "task_run", "flow_run_id"))
        return own_runs(context, list(found.values()))
    task_ids = allowed(where, "task_id")
    if of_flow_run is None and (task_ids is None or is_cached):
        return None
    of_tasks = []
    if task_ids is not None:
        bounded(MAX_ROWS, task_ids, "task_run", "task_id")
        of_tasks = [{"flow_id": {"_in": [flow.id for flow in flows_of_task_ids(context, task_ids)]}}]
    # The task runs of more flow runs than these are more than one list may look at.
    narrow = replace(context, most_rows=MAX_ROWS)
    plan = plan_flow_runs(narrow, Search({"_and": [of_flow_run or {}, *of_tasks]}))
    return list(chain.from_iterable(plan.batches))
