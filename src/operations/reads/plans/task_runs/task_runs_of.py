"""The task runs of flow runs, narrowed by the tasks and the map indexes that the filter names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.ids import by_owner, number_of, owner_of
from domain.parts import Part
from domain.task_runs.task_runs import MAX_MAP_INDEX, NOT_MAPPED, Address, TaskRun, not_begun
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.search import MAX_ROWS, Search, in_batches
from operations.reads.where.constraints import allowed, below, bounds, demands, demands_value

# How many task runs one query may look at: a mapped task of one flow run can have so many children.
MAX_TASK_RUNS: Final = 20_000
# How many flows' tasks are read to find the tasks that a filter on slugs names.
_MAX_FLOWS: Final = 25

# The numbers of the tasks that a filter names, by the flow's id.
_TaskNumbers = Mapping[str, Sequence[int]]


def task_runs_of(
    context: Context, flow_runs: Sequence[FlowRun], search: Search
) -> Iterator[Sequence[TaskRun]]:
    """Return the task runs of flow runs in batches, including those that have not begun.

    If the filter demands a start time, only the task runs that wait are read, which have lists.
    With a filter on the task, only the task runs of the task are read. With a filter on `map_index`, too,
    only the task runs at these indexes are read. Those that are only counted or compared are read as they
    were some moments ago, at half the cost. If they may come in any order, the first batches are no
    larger than the page. Raises BadUserInput beyond MAX_TASK_RUNS.
    """
    batches: Iterator[Sequence[TaskRun]]
    if context.store.is_current and demands_value(search.where, "state_start_time"):
        batches = _waiting(context, flow_runs, search)
    else:
        batches = _batches(context, flow_runs, _task_numbers(context, flow_runs, search.where), search)
    return _bounded(batches)


def children_in_range(
    context: Context, flow_runs: Sequence[FlowRun], search: Search
) -> Iterator[Sequence[TaskRun]] | None:
    """Return the children of one mapped task between two indexes, in the order of these.

    None unless the filter names one task of one flow run and a first index, and the list has that order or
    none. Raises BadUserInput beyond MAX_TASK_RUNS.
    """
    first, last = _index_bounds(search.where)
    by_index = not search.order or search.order[0].path == ("map_index",)
    if first is None or first <= NOT_MAPPED or not by_index or len(flow_runs) != 1:
        return None
    numbers = (_task_numbers(context, flow_runs, search.where) or {}).get(flow_runs[0].flow_id, ())
    if len(numbers) != 1 or allowed(search.where, "map_index") is not None:
        return None
    if first > last:
        return iter(())
    return _bounded(
        context.store.task_runs.children(
            Address(flow_runs[0].id, numbers[0], first),
            last,
            search.parts,
            descending=bool(search.order) and search.order[0].descending,
            first_page=search.enough,
        )
    )


def _index_bounds(where: Where | None) -> tuple[int | None, int]:
    """Return the first index of a child that a filter allows, None if it tells none, and the last one."""
    firsts: list[int] = []
    lasts = [MAX_MAP_INDEX]
    for name, comparison in demands(where):
        for operator, operand in comparison.items() if name == "map_index" else ():
            if operator in ("_gt", "_gte"):
                firsts.append(operand + (operator == "_gt"))
            if operator in ("_lt", "_lte"):
                lasts.append(operand - (operator == "_lt"))
    return max(firsts, default=None), min(lasts)


def _bounded(batches: Iterable[Sequence[TaskRun]]) -> Iterator[Sequence[TaskRun]]:
    read = 0
    for batch in batches:
        read += len(batch)
        if read > MAX_TASK_RUNS:
            raise BadUserInput(
                f"task_run: this query would have to look at more than {MAX_TASK_RUNS:,} task runs. "
                "Narrow it with flow_run_id or id."
            )
        yield batch


def was_created_with(flow_run: FlowRun, address: Address) -> bool:
    """Return True if the flow run had this task at its creation, so that the task run exists from then on."""
    return 1 <= address.number <= flow_run.task_count


def _waiting(context: Context, flow_runs: Sequence[FlowRun], search: Search) -> Iterator[list[TaskRun]]:
    """Yield the task runs that wait for a start, from the list of each flow run."""
    lists, times = context.store.run_lists, bounds(search.where, "state_start_time")
    for some in in_batches(flow_runs, search.first):
        ranges = [part for run in some for part in lists.waiting_task_runs(run.id, *times)]
        for addresses in in_batches(lists.task_runs(ranges, descending=False), search.first):
            yield context.store.task_runs.get(addresses, search.parts)


def _task_numbers(context: Context, flow_runs: Sequence[FlowRun], where: Where | None) -> _TaskNumbers | None:
    """Return the tasks that the filter names; None if it names none, or names slugs for too many flows."""
    flow_ids = list(dict.fromkeys(flow_run.flow_id for flow_run in flow_runs))
    of_task = below(where, "task")
    task_ids = allowed(where, "task_id")
    if task_ids is None:
        task_ids = allowed(of_task, "id")
    if task_ids is not None:
        of_owners = by_owner(task_ids)
        return {
            flow_id: [number_of(task_id) for task_id in of_owners.get(owner_of(flow_id), ())]
            for flow_id in flow_ids
        }
    named = allowed(of_task, "slug")
    slugs = frozenset(named or ())
    if named is None or len(flow_ids) > _MAX_FLOWS:
        return None
    tasks = context.store.flows.tasks(context.store.flows.get(flow_ids, with_outlines=False))
    return {
        flow_id: [task.number for task in of_flow if task.slug in slugs] for flow_id, of_flow in tasks.items()
    }


def _batches(
    context: Context,
    flow_runs: Sequence[FlowRun],
    numbers: _TaskNumbers | None,
    search: Search,
) -> Iterator[Sequence[TaskRun]]:
    indexes, parts = allowed(search.where, "map_index"), search.parts
    if numbers is None:
        mapped = False if indexes == [NOT_MAPPED] else None
        for flow_run in flow_runs:
            yield from _all_of(context, flow_run, search, mapped=mapped)
        return
    named = [(run, number) for run in flow_runs for number in numbers.get(run.flow_id, ())]
    wanted = [NOT_MAPPED] if indexes is None else [index for index in indexes if _is_index(index)]
    if len(named) * len(wanted) > MAX_ROWS:  # whole flow runs are read faster than so many single items
        yield from _batches(context, flow_runs, None, search)
        return
    addresses = (Address(run.id, number, index) for run, number in named for index in wanted)
    for batch in in_batches(addresses, search.first):
        yield _at(context, batch, flow_runs, parts)
    if indexes is None:
        for run, number in named:
            yield from context.store.task_runs.of_flow_run(
                run.id,
                parts,
                mapped=True,
                number=number,
                first_page=search.first,
                consistent=not search.complete,
            )


def _is_index(index: int) -> bool:
    return NOT_MAPPED <= index <= MAX_MAP_INDEX


def _at(
    context: Context, addresses: Sequence[Address], flow_runs: Sequence[FlowRun], parts: frozenset[Part]
) -> list[TaskRun]:
    """Return the task runs at these addresses; a mapped child exists from its first state on."""
    begun = context.store.task_runs.get(addresses, parts)
    missing = set(addresses) - {task_run.address for task_run in begun}
    return [*begun, *_not_begun(flow_runs, [address for address in addresses if address in missing])]


def _all_of(
    context: Context, flow_run: FlowRun, search: Search, *, mapped: bool | None
) -> Iterator[Sequence[TaskRun]]:
    begun: set[Address] = set()
    stored = context.store.task_runs
    for batch in stored.of_flow_run(
        flow_run.id,
        search.parts,
        mapped=mapped,
        first_page=search.first,
        consistent=not search.complete,
    ):
        begun |= {task_run.address for task_run in batch}
        yield list(batch)
    addresses = (Address(flow_run.id, number) for number in range(1, flow_run.task_count + 1))
    for left in in_batches((address for address in addresses if address not in begun), search.first):
        yield _not_begun([flow_run], left)


def _not_begun(flow_runs: Sequence[FlowRun], addresses: Sequence[Address]) -> list[TaskRun]:
    """Return the task runs of unmapped tasks at these addresses, none of which has begun."""
    by_id = {flow_run.id: flow_run for flow_run in flow_runs}
    unmapped = [
        (by_id[address.flow_run_id], address) for address in addresses if address.map_index == NOT_MAPPED
    ]
    return [
        not_begun(flow_run, address) for flow_run, address in unmapped if was_created_with(flow_run, address)
    ]
