"""Use cases of task runs: finding them, setting their states, their names and their heartbeats."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Final

from domain.errors import NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State
from domain.ids import is_member, number_of
from domain.names import fitted_name
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import (
    NOT_MAPPED,
    Address,
    CachedAs,
    Children,
    TaskRun,
    TaskRunChange,
    address_in_id,
    check_map_index,
    check_may_run,
    not_begun,
)
from operations.context import Context
from operations.flow_runs.cancelling import end_task_run
from operations.flow_runs.reading import get_flow_run
from operations.flows.finding import get_flow
from operations.task_runs.starting import change_task_run, start_task_run


def get_or_create_task_run(
    context: Context, flow_run_id: str, task_id: str, map_index: int | None
) -> TaskRun:
    """Return the run of a task in a flow run, the same in each call; a map index of -1 or null is not mapped.

    Raises NotFound for an unknown flow run, or for a task that its flow does not have; BadUserInput.
    """
    index = check_map_index(NOT_MAPPED if map_index is None else map_index)
    address = Address(flow_run_id, number_of(task_id), index)
    flow_run, task_run, noted = context.store.task_runs.find_child(address)
    flow_run = _with_task(context, flow_run, address)
    if not is_member(task_id, flow_run.flow_id):
        raise NotFound(f"Flow run {flow_run_id} has no task {task_id}: its flow is {flow_run.flow_id}.")
    if task_run is None and not address.is_in_id:
        context.store.mapped_children.keep(address, noted=noted)
    return task_run or not_begun(flow_run, address)


def get_task_run(context: Context, task_run_id: str) -> TaskRun:
    """Read one task run as of now, with its newest states only. Raises NotFound."""
    address = find_address(context, task_run_id)
    flow_run, task_run = context.store.task_runs.find(address)
    return task_run or not_begun(_with_task(context, flow_run, address), address)


def set_task_run_state(context: Context, task_run_id: str, version: int | None, state: State) -> TaskRun:
    """Set a state under the version that the caller holds; None means whatever version is current.

    A task run may be Running only while its flow run is. Instead of Running it is Queued if a concurrency
    limit of its task's tags is full. Raises VersionLockingError, NotFound, BadUserInput, PayloadTooLarge,
    ApiError.
    """
    address = find_address(context, task_run_id)
    change = TaskRunChange(address=address, version=version, state=state)
    if state.type in _READ_FIRST:
        return _read_and_set(context, change)
    try:
        return context.store.task_runs.set_state(change, context.now(), context.token())
    except NotFound:  # the task run has not begun yet
        return _read_and_set(context, change)


# States that depend on the flow run or on the task.
_READ_FIRST: Final = ("Running", "Cached")


def _read_and_set(context: Context, change: TaskRunChange) -> TaskRun:
    for attempt in range(ROUNDS):
        flow_run, task_run = context.store.task_runs.find(change.address)
        flow_run = _with_task(context, flow_run, change.address)
        if change.state.type == "Running":
            _check_may_run(context, flow_run, change.address, task_run)
            changed = start_task_run(context, flow_run, task_run, change, is_retry=attempt > 0)
        else:
            known = replace(change, cached=_cached_as(context, flow_run, change))
            changed = change_task_run(context, flow_run, task_run, known)
        if changed is not None:
            return _checked_again(context, changed)
    raise changed_too_often(f"Task run {change.address.id}")


def _checked_again(context: Context, task_run: TaskRun) -> TaskRun:
    """Return a changed task run. End it if it was set Running while its flow run ended.

    The request that ends a flow run sets the state first, and then reads the task runs. This function reads
    the flow run after the task run's state was written. So one of the two sees the other.
    """
    if task_run.state.type == "Running":
        flow_run = get_flow_run(context, task_run.flow_run_id)
        if flow_run.state.kind is Kind.FINISHED:
            _check_may_run(context, flow_run, task_run.address, task_run)
    return task_run


def _check_may_run(context: Context, flow_run: FlowRun, address: Address, task_run: TaskRun | None) -> None:
    """Raise BadUserInput unless the flow run of a task run to start is Running.

    A task run that is Running although its flow run has ended is ended now, because the request that set it
    Running died before this check.
    """
    if task_run and task_run.state.kind is Kind.RUNNING and flow_run.state.kind is Kind.FINISHED:
        end_task_run(context, flow_run, task_run)
    check_may_run(flow_run, address.id)


def _cached_as(context: Context, flow_run: FlowRun, change: TaskRunChange) -> CachedAs | None:
    if change.state.type != "Cached":
        return None
    known = context.cached_as.get(flow_run.flow_id, {})
    if change.address.number not in known:
        tasks = context.store.flows.tasks([get_flow(context, flow_run.flow_id)])[flow_run.flow_id]
        known = {task.number: CachedAs(task.id, task.cache_key) for task in tasks}
        context.cached_as[flow_run.flow_id] = known
    return known.get(change.address.number)


def find_address(context: Context, task_run_id: str) -> Address:
    """Return the address of a task run. Raises NotFound for an id that no task run can have."""
    address = address_in_id(task_run_id) or context.store.mapped_children.find(task_run_id)
    if address is None:
        raise NotFound(f"State update failed: there is no task run {task_run_id}.")
    return address


def find_addresses(context: Context, task_run_ids: Sequence[str]) -> dict[str, Address]:
    """Return the addresses of task runs by their ids, without ids that no task run can have."""
    known = {task_run_id: address_in_id(task_run_id) for task_run_id in task_run_ids}
    stored = context.store.mapped_children.find_all([name for name, address in known.items() if not address])
    return {task_run_id: address for task_run_id, address in (known | stored).items() if address}


def _with_task(context: Context, flow_run: FlowRun | None, address: Address) -> FlowRun:
    """Return the flow run. Raises NotFound if it does not exist or its flow lacks the task."""
    if flow_run is None:
        raise NotFound(f"There is no flow run {address.flow_run_id}.")
    check_has_task(context, flow_run, address)
    return flow_run


def check_has_task(context: Context, flow_run: FlowRun, address: Address) -> None:
    """Raise NotFound if the flow of a flow run does not have the task of this address."""
    if 1 <= address.number <= flow_run.task_count:
        return
    # Tasks may have been registered after the run was created, and runs of release 0.1.0 have no count.
    if not 1 <= address.number <= get_flow(context, flow_run.flow_id).task_count:
        raise NotFound(f"The flow of flow run {flow_run.id} has no task for task run {address.id}.")


def mapped_children(context: Context, task_run_id: str) -> Children:
    """Return a summary of the children of a mapped task run that have begun. Raises NotFound.

    There may be 50,000, so they are read as they were some moments ago, at half the cost.
    """
    address = find_address(context, task_run_id)
    counts: Counter[str] = Counter()
    starts: list[datetime] = []
    ends: list[datetime] = []
    batches = context.store.task_runs.of_flow_run(
        address.flow_run_id, mapped=True, number=address.number, consistent=False
    )
    for child in chain.from_iterable(batches):
        counts[child.state.type] += 1
        starts += [child.start_time] if child.start_time else []
        ends += [child.end_time] if child.end_time else []
    return Children(dict(counts), min(starts, default=None), max(ends, default=None))


def set_task_run_name(context: Context, task_run_id: str, name: str) -> bool:
    """Rename a task run; return True if it exists. Raises BadUserInput."""
    name = fitted_name(name, "name")
    try:
        address = find_address(context, task_run_id)
        flow_run, task_run = context.store.task_runs.find(address)
        flow_run = _with_task(context, flow_run, address)
    except NotFound:
        return False
    if task_run is None:
        context.store.task_runs.begin(not_begun(flow_run, address))
    return context.store.task_runs.rename(address, name, context.now())


def update_task_run_heartbeat(context: Context, task_run_id: str) -> None:
    """Note that the process of a task run is alive; for an unknown task run nothing is noted."""
    try:
        address = find_address(context, task_run_id)
    except NotFound:
        return
    context.store.task_runs.heartbeat(address, context.now())
