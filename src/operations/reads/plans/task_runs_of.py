"""The task runs of flow runs: those that the filter names by task and by place among its children."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.ids import is_member, number_of
from domain.parts import Part
from domain.task_runs.task_runs import MAX_MAP_INDEX, NOT_MAPPED, Address, TaskRun, not_begun
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.search import BATCH, MAX_ROWS
from operations.reads.rows import Need
from operations.reads.where.constraints import allowed, below

# How many task runs one query may look at: a mapped task of one run can have so many children.
MAX_TASK_RUNS: Final = 20_000
# The tasks of so many flows are looked up to know which task runs are meant.
_MAX_FLOWS: Final = 25

# The numbers of the tasks that a filter names, by the flow's id.
_Numbers = Mapping[str, Sequence[int]]


def task_runs_of(
    context: Context, flow_runs: Sequence[FlowRun], where: Where | None, need: Need
) -> Iterator[list[Any]]:
    """The task runs of flow runs in batches, also those that have not begun.

    A filter on the task reads those of this task alone, and one on `map_index` beside it exactly these.
    Raises BadUserInput beyond MAX_TASK_RUNS.
    """
    numbers, indices = _numbers(context, flow_runs, where), allowed(where, "map_index")
    read = 0
    for batch in _batches(context, flow_runs, numbers, indices, need.parts(ENTITIES["task_run"])):
        read += len(batch)
        if read > MAX_TASK_RUNS:
            raise BadUserInput(
                f"task_run: this query would have to look at more than {MAX_TASK_RUNS:,} task runs. "
                "Narrow it with flow_run_id or id."
            )
        yield batch


def was_made_with(flow_run: FlowRun, address: Address) -> bool:
    """Whether the flow run had this task when it was made, so that the task run is there before it begins."""
    return 1 <= address.number <= flow_run.task_count


def _numbers(context: Context, flow_runs: Sequence[FlowRun], where: Where | None) -> _Numbers | None:
    """The tasks that the filter names; None when it names none, or they are in too many flows."""
    flow_ids = list(dict.fromkeys(flow_run.flow_id for flow_run in flow_runs))
    narrower = below(where, "task")
    task_ids = allowed(where, "task_id")
    if task_ids is None and narrower is not None:
        task_ids = allowed(narrower, "id")
    if task_ids is not None:
        return {
            flow_id: [number_of(each) for each in task_ids if is_member(each, flow_id)]
            for flow_id in flow_ids
        }
    slugs = None if narrower is None else allowed(narrower, "slug")
    if slugs is None or len(flow_ids) > _MAX_FLOWS:
        return None
    tasks = context.store.flows.tasks(context.store.flows.get(flow_ids))
    return {
        flow_id: [task.number for task in of_flow if task.slug in slugs] for flow_id, of_flow in tasks.items()
    }


def _batches(
    context: Context,
    flow_runs: Sequence[FlowRun],
    numbers: _Numbers | None,
    indices: Sequence[int] | None,
    parts: frozenset[Part],
) -> Iterator[list[TaskRun]]:
    if numbers is None:
        for flow_run in flow_runs:
            yield from _all_of(context, flow_run, parts, mapped=False if indices == [NOT_MAPPED] else None)
        return
    places = [(run, number) for run in flow_runs for number in numbers.get(run.flow_id, ())]
    wanted = [NOT_MAPPED] if indices is None else [each for each in indices if _is_index(each)]
    if len(places) * len(wanted) > MAX_ROWS:  # what stands together is read faster together
        yield from _batches(context, flow_runs, None, indices, parts)
        return
    addresses = [Address(run.id, number, index) for run, number in places for index in wanted]
    for start in range(0, len(addresses), BATCH):
        yield _at(context, addresses[start : start + BATCH], flow_runs, parts)
    if indices is None:
        for run, number in places:
            yield from context.store.task_runs.of_flow_run(run.id, parts, mapped=True, number=number)


def _is_index(index: int) -> bool:
    return NOT_MAPPED <= index <= MAX_MAP_INDEX


def _at(
    context: Context, addresses: Sequence[Address], flow_runs: Sequence[FlowRun], parts: frozenset[Part]
) -> list[TaskRun]:
    """The task runs at these addresses; a mapped child is there from its first state on."""
    kept = context.store.task_runs.get(addresses, parts)
    missing = set(addresses) - {each.address for each in kept}
    return [*kept, *_waiting(flow_runs, [each for each in addresses if each in missing])]


def _all_of(
    context: Context, flow_run: FlowRun, parts: frozenset[Part], *, mapped: bool | None
) -> Iterator[list[TaskRun]]:
    begun: set[Address] = set()
    for batch in context.store.task_runs.of_flow_run(flow_run.id, parts, mapped=mapped):
        begun |= {each.address for each in batch}
        yield list(batch)
    addresses = (Address(flow_run.id, number) for number in range(1, flow_run.task_count + 1))
    yield _waiting([flow_run], [each for each in addresses if each not in begun])


def _waiting(flow_runs: Sequence[FlowRun], addresses: Sequence[Address]) -> list[TaskRun]:
    """Those of unmapped tasks that have not begun."""
    by_id = {flow_run.id: flow_run for flow_run in flow_runs}
    unmapped = [(by_id[each.flow_run_id], each) for each in addresses if each.map_index == NOT_MAPPED]
    return [not_begun(flow_run, each) for flow_run, each in unmapped if was_made_with(flow_run, each)]
