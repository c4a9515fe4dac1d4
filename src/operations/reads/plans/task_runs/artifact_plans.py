"""The plan for artifacts: by their ids, or of the task runs or flow runs that the filter names."""

from collections.abc import Iterator, Sequence
from typing import Final

from domain.errors import BadUserInput
from domain.task_runs.artifacts import Artifact
from operations.access.project_limits import own_run_ids
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded
from operations.reads.where.constraints import allowed, below
from operations.task_runs.task_runs import find_addresses

# How many runs a plan follows, because each run is a query of its own.
MAX_FOLLOWED_RUNS: Final = 100


def plan_artifacts(context: Context, search: Search) -> Plan[Artifact]:
    """Find artifacts by id, by task run or by flow run. Raises BadUserInput for any other filter."""
    if (ids := allowed(search.where, "id")) is not None:
        wanted = bounded(MAX_ROWS, ids, "task_run_artifact", "id")
        return Plan("by id", iter([context.store.artifacts.get(wanted)]))
    of_task_run = below(search.where, "task_run")
    task_run_ids = allowed(search.where, "task_run_id")
    if task_run_ids is None:
        task_run_ids = allowed(of_task_run, "id")
    if task_run_ids is not None:
        wanted = bounded(MAX_FOLLOWED_RUNS, task_run_ids, "task_run_artifact", "task_run_id")
        return Plan("of task runs", _bounded(_of_task_runs(context, wanted)))
    if (flow_run_ids := allowed(of_task_run, "flow_run_id")) is not None:
        wanted = bounded(MAX_FOLLOWED_RUNS, flow_run_ids, "task_run_artifact", "flow_run_id")
        return Plan("of flow runs", _bounded(_of_flow_runs(context, wanted)))
    raise BadUserInput(
        "task_run_artifact: this query needs a filter on id or task_run_id, or "
        "task_run: {flow_run_id: {_eq: …}}."
    )


def _of_flow_runs(context: Context, flow_run_ids: Sequence[str]) -> Iterator[list[Artifact]]:
    for flow_run_id in own_run_ids(context, flow_run_ids):
        yield from context.store.artifacts.of_flow_run(flow_run_id)


def _of_task_runs(context: Context, task_run_ids: Sequence[str]) -> Iterator[list[Artifact]]:
    addresses = find_addresses(context, task_run_ids)
    own = own_run_ids(context, [address.flow_run_id for address in addresses.values()])
    for task_run_id, address in addresses.items():
        if address.flow_run_id not in own:
            continue
        yield from context.store.artifacts.of_flow_run(address.flow_run_id, task_run_id)


def _bounded(batches: Iterator[list[Artifact]]) -> Iterator[list[Artifact]]:
    read = 0
    for batch in batches:
        read += len(batch)
        if read > MAX_ROWS:
            raise BadUserInput(
                f"task_run_artifact: this query would have to look at more than {MAX_ROWS:,} artifacts. "
                "Narrow it with id or task_run_id."
            )
        yield batch
