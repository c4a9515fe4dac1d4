"""Plans for task runs: by their ids, or of the flow runs that the filter leads to."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from domain.task_runs.task_runs import Address, CachedAs, TaskRun, not_begun
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.run_plans import plan_flow_runs
from operations.reads.plans.search import BATCH, MAX_ROWS, Plan, Search, at_most
from operations.reads.plans.task_owners import flows_of_tasks
from operations.reads.plans.task_runs_of import task_runs_of, was_made_with
from operations.reads.rows import Need
from operations.reads.where.constraints import allowed, below, bounds, tells_all
from operations.task_runs.task_runs import find_address

_TOLD_OF_CACHED: Final = ("state", "cache_key", "task_id", "state_timestamp")


def plan_task_runs(context: Context, search: Search) -> Plan:
    """Choose where to look for task runs. Raises BadUserInput for a filter that leads to no flow run."""
    if (ids := allowed(search.where, "id")) is not None:
        return Plan("by id", iter([_by_ids(context, at_most(MAX_ROWS, ids, "task_run", "id"), search.need)]))
    flow_runs = [search.owner] if isinstance(search.owner, FlowRun) else _flow_runs(context, search.where)
    if flow_runs is None and allowed(search.where, "state") == ["Cached"]:
        return _cached(context, search)
    if flow_runs is None:
        raise BadUserInput(
            "task_run: this query needs a filter on id, flow_run_id, task_id or flow_run, or "
            'state: {_eq: "Cached"}.'
        )
    return Plan("of flow runs", task_runs_of(context, flow_runs, search.where, search.need))


def _cached(context: Context, search: Search) -> Plan:
    """What is cached, newest first: of tasks or under cache keys if the filter names them, else all."""
    lists, times = context.store.run_lists, bounds(search.where, "state_timestamp")
    keys, task_ids = allowed(search.where, "cache_key"), allowed(search.where, "task_id")
    if keys is not None:
        ranges = [each for key in keys for each in lists.cached(CachedAs("", key), *times)]
    elif task_ids is not None:
        ranges = [each for task_id in task_ids for each in lists.cached(CachedAs(task_id, None), *times)]
    else:
        ranges = lists.cached(None, *times)
    first = search.order[0] if search.order else None
    in_order = first is None or first.path == ("state_timestamp",)
    descending = first is None or not in_order or first.descending
    addresses = lists.task_runs(ranges, descending=descending)
    newest_will_do = search.unlimited and in_order and descending and tells_all(search.where, _TOLD_OF_CACHED)
    batches = _read(context, search, addresses, newest_will_do=newest_will_do)
    return Plan("index of cached results", batches, in_order)


def _read(
    context: Context, search: Search, addresses: Iterator[Address], *, newest_will_do: bool
) -> Iterator[list[Any]]:
    unread, read, most = iter(addresses), 0, max(MAX_ROWS, search.page)
    while batch := list(islice(unread, min(search.enough or BATCH, BATCH))):
        read += len(batch)
        if read > most and newest_will_do:
            context.left_out.append(f"task_run: all cached results but the newest {MAX_ROWS:,}.")
            return
        if read > most:
            raise BadUserInput(
                f"task_run: this query would have to look at more than {most:,} cached results. "
                "Narrow it with task_id, cache_key or a range of state_timestamp, or take a limit."
            )
        yield list(context.store.task_runs.get(list(dict.fromkeys(batch)), _parts(search.need)))


def _by_ids(context: Context, ids: Sequence[str], need: Need) -> list[TaskRun]:
    addresses = []
    for each in ids:
        try:
            addresses.append(find_address(context, each))
        except NotFound:
            continue
    kept = {each.address: each for each in context.store.task_runs.get(addresses, _parts(need))}
    missing = [each for each in addresses if each not in kept]
    flow_runs = _read_flow_runs(context, [each.flow_run_id for each in missing])
    return [
        *kept.values(),
        *(
            not_begun(flow_run, address)
            for address in missing
            if (flow_run := flow_runs.get(address.flow_run_id)) and _is_there(flow_run, address)
        ),
    ]


def _is_there(flow_run: FlowRun, address: Address) -> bool:
    """Whether a task run is there before it begins; what had to be kept to be found was asked for."""
    return not address.is_in_id or was_made_with(flow_run, address)


def _read_flow_runs(context: Context, ids: Sequence[str]) -> dict[str, FlowRun]:
    found = context.store.flow_runs.get(list(dict.fromkeys(ids)), (), consistent=True) if ids else []
    return {flow_run.id: flow_run for flow_run in found}


def _flow_runs(context: Context, where: Where | None) -> list[FlowRun] | None:
    narrower = below(where, "flow_run")
    ids = allowed(where, "flow_run_id")
    if ids is None and narrower is not None:
        ids = allowed(narrower, "id")
    if ids is not None:
        return list(_read_flow_runs(context, at_most(MAX_ROWS, ids, "task_run", "flow_run_id")).values())
    task_ids = allowed(where, "task_id")
    if narrower is None and (task_ids is None or allowed(where, "state") == ["Cached"]):
        return None
    of_tasks = []
    if task_ids is not None:
        of_tasks = [{"flow_id": {"_in": [flow.id for flow in flows_of_tasks(context, task_ids)]}}]
    plan = plan_flow_runs(context, Search({"_and": [narrower or {}, *of_tasks]}, (), Need()))
    return list(chain.from_iterable(plan.batches))


def _parts(need: Need) -> frozenset[Part]:
    return need.parts(ENTITIES["task_run"])
