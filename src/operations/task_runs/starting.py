"""Changing a task run that was looked at: Running only where the concurrency limits of its tags allow it."""

from collections.abc import Sequence
from dataclasses import replace

from domain.concurrency.limits import ConcurrencyLimit, LimitKind, queued, tags_of
from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import version_conflict
from domain.flow_runs.states import Kind
from domain.parts import Part
from domain.recovery.leaving import is_unforeseen
from domain.task_runs.task_runs import TaskRun, TaskRunChange, begun, not_begun
from operations.concurrency.limits import SlotRequest, run_or_wait
from operations.context import Context


def start_task_run(
    context: Context, flow_run: FlowRun, task_run: TaskRun | None, change: TaskRunChange, *, is_retry: bool
) -> TaskRun | None:
    """Set a task run Running with a slot of each limit of its tags, or Queued when one has none left.

    None when it, or a limit, has changed meanwhile and all must be looked at anew. Raises
    VersionLockingError, NotFound, BadUserInput, PayloadTooLarge, ApiError.
    """

    def run(limits: Sequence[ConcurrencyLimit]) -> TaskRun | None:
        if not (flow_run.begun or context.store.flow_runs.begin_task_runs(flow_run.id)):
            return None
        if is_unforeseen(flow_run, task_run, change.address):
            context.store.follow_ups.put(flow_run.id, context.now())
        return change_task_run(context, flow_run, task_run, change, limits)

    def wait(full: Sequence[str]) -> TaskRun | None:
        return _wait(context, flow_run, task_run, change, full)

    request = SlotRequest(
        kind=LimitKind.TAG,
        names=tags_of(change.state),
        already_running=task_run is not None and task_run.state.kind is Kind.RUNNING,
        is_retry=is_retry,
    )
    return run_or_wait(context, request, run, wait)


def change_task_run(
    context: Context,
    flow_run: FlowRun,
    task_run: TaskRun | None,
    change: TaskRunChange,
    take: Sequence[ConcurrencyLimit] = (),
) -> TaskRun | None:
    """Set a state on a task run that has begun or not; None when somebody else has begun it meanwhile."""
    if task_run is None:
        return _begin(context, flow_run, change, take)
    return context.store.task_runs.set_state(change, context.now(), context.token(), take=take)


def _begin(
    context: Context, flow_run: FlowRun, change: TaskRunChange, take: Sequence[ConcurrencyLimit]
) -> TaskRun | None:
    """Keep a task run with its first change; None when somebody else has begun it."""
    waiting = not_begun(flow_run, change.address)
    if change.version is not None and change.version != waiting.version:
        raise version_conflict("task_run", waiting.id, change.version, waiting.latest)
    task_run = begun(waiting, change.state, context.now(), context.token(), change.cached)
    return task_run if context.store.task_runs.begin(task_run, take=take) else None


def _wait(
    context: Context,
    flow_run: FlowRun,
    task_run: TaskRun | None,
    change: TaskRunChange,
    full: Sequence[str],
) -> TaskRun | None:
    before = _whole(context, task_run) if task_run else not_begun(flow_run, change.address)
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


def _whole(context: Context, task_run: TaskRun) -> TaskRun:
    """The same with its current state whole, however large."""
    return next(iter(context.store.task_runs.get([task_run.address], (Part.STATE,))), task_run)
