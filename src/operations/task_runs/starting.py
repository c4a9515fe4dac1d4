"""Changing a task run that was read: Running only if the concurrency limits of its tags have free slots.

In each function `task_run` is the task run as it was read, None if it has not begun.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.concurrency.limits import ConcurrencyLimit, LimitKind, NoFreeSlot, queued, tags_of
from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import version_conflict
from domain.flow_runs.states import Kind
from domain.parts import Part
from domain.recovery.leaving import is_unforeseen
from domain.task_runs.task_runs import TaskRun, TaskRunChange, begun, not_begun
from operations.concurrency.limits import Free, Full, SlotRequest, free_slots
from operations.context import Context


def start_task_run(
    context: Context, flow_run: FlowRun, task_run: TaskRun | None, change: TaskRunChange, *, is_retry: bool
) -> TaskRun | None:
    """Set a task run Running with a slot of each limit of its tags, or Queued if a limit is full.

    Return None if the task run, or a limit, has changed since it was read: then all must be read anew. Raises
    VersionLockingError, NotFound, BadUserInput, PayloadTooLarge, ApiError.
    """
    request = SlotRequest(
        kind=LimitKind.TAG,
        names=tags_of(change.state),
        already_running=task_run is not None and task_run.state.kind is Kind.RUNNING,
        is_retry=is_retry,
    )
    match free_slots(context, request):
        case Full(names):
            return _queue(context, flow_run, task_run, change, names)
        case Free(limits):
            try:
                return _run(context, flow_run, task_run, change, limits)
            except NoFreeSlot as refused:
                full = refused.names
                return _queue(context, flow_run, task_run, change, full) if full else None


def change_task_run(
    context: Context,
    flow_run: FlowRun,
    task_run: TaskRun | None,
    change: TaskRunChange,
    take: Sequence[ConcurrencyLimit] = (),
) -> TaskRun | None:
    """Set a state on a task run. Return None if another writer has begun it since it was read."""
    if task_run is None:
        return _begin(context, flow_run, change, take)
    return context.store.task_runs.set_state(change, context.now(), context.token(), take=take)


def _run(
    context: Context,
    flow_run: FlowRun,
    task_run: TaskRun | None,
    change: TaskRunChange,
    limits: Sequence[ConcurrencyLimit],
) -> TaskRun | None:
    """Set a task run Running, after its flow run was told that a task run begins."""
    if not (flow_run.begun or context.store.flow_runs.begin_task_runs(flow_run.id)):
        return None
    if is_unforeseen(flow_run, task_run, change.address):
        context.store.follow_ups.put(flow_run.id, context.now())
    return change_task_run(context, flow_run, task_run, change, limits)


def _begin(
    context: Context, flow_run: FlowRun, change: TaskRunChange, take: Sequence[ConcurrencyLimit]
) -> TaskRun | None:
    """Store a task run with its first change. Return None if another writer has begun it."""
    waiting = not_begun(flow_run, change.address)
    if change.version is not None and change.version != waiting.version:
        raise version_conflict("task_run", waiting.id, change.version, waiting.latest)
    task_run = begun(waiting, change.state, context.now(), context.token(), change.cached)
    return task_run if context.store.task_runs.begin(task_run, take=take) else None


def _queue(
    context: Context,
    flow_run: FlowRun,
    task_run: TaskRun | None,
    change: TaskRunChange,
    full: Sequence[str],
) -> TaskRun | None:
    """Set a task run Queued because these limits are full.

    Return None if it has changed since it was read and the caller holds no version.
    """
    before = _with_whole_state(context, task_run) if task_run else not_begun(flow_run, change.address)
    if task_run and before.version != task_run.version:
        return None
    version = before.version if change.version is None else change.version
    state = queued(before.state, LimitKind.TAG, full, context.now())
    try:
        return change_task_run(context, flow_run, task_run, replace(change, version=version, state=state))
    except VersionLockingError:
        if change.version is not None:
            raise
        return None


def _with_whole_state(context: Context, task_run: TaskRun) -> TaskRun:
    """Return a task run with its current state whole, however large."""
    return next(iter(context.store.task_runs.get([task_run.address], (Part.STATE,))), task_run)
