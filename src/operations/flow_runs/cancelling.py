"""Cancelling the task runs of a flow run: in bounded steps, which a later call continues."""

from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.recovery.rules import state_after_end
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import TaskRun, TaskRunChange
from operations.context import Context

# So many task runs are written side by side before the next ones are read.
_AT_A_TIME: Final = 64

# Called before each step. If it returns False, the work stops, and a later call continues it.
HasTime = Callable[[], bool]


def always() -> bool:
    """Return True, because a request does all its steps."""
    return True


def has_unfinished_task_runs(context: Context, flow_run_id: str) -> bool:
    """Return True if a flow run has task runs that have begun and not ended."""
    return next(_unfinished(context, flow_run_id), None) is not None


def cancel_task_runs(context: Context, flow_run: FlowRun, has_time: HasTime = always) -> bool:
    """Give every unfinished task run the state of its cancelled flow run.

    Task runs that have not begun need no write, because they are read as cancelled. May be called again at
    any time. Return False if `has_time` ended it before the end. Raises ApiError.
    """
    waiting = _unfinished(context, flow_run.id)
    while batch := list(islice(waiting, _AT_A_TIME)):
        if not has_time():
            return False
        _cancel(context, flow_run, batch)
    return True


def end_task_run(context: Context, flow_run: FlowRun, task_run: TaskRun) -> None:
    """End a task run that is Running although its flow run has ended.

    If the flow run was cancelled, all its unfinished task runs are cancelled. A task run that changes in the
    meantime is left to its new writer, and to recovery.
    """
    if flow_run.state.type == "Cancelled":
        cancel_task_runs(context, flow_run)
        return
    ended = TaskRunChange(
        address=task_run.address, version=task_run.version, state=state_after_end(flow_run.state)
    )
    context.store.task_runs.set_states([ended], context.now(), context.token())


def _unfinished(context: Context, flow_run_id: str) -> Iterator[TaskRun]:
    batches = context.store.task_runs.of_flow_run(flow_run_id)
    return (task_run for task_run in chain.from_iterable(batches) if task_run.state.kind is not Kind.FINISHED)


def _cancel(context: Context, flow_run: FlowRun, task_runs: list[TaskRun]) -> None:
    """Cancel these task runs, and again those that change in the meantime, unless they have ended."""
    store = context.store.task_runs
    for _ in range(ROUNDS):
        changes = [
            TaskRunChange(address=task_run.address, version=task_run.version, state=flow_run.state)
            for task_run in task_runs
        ]
        results = store.set_states(changes, context.now(), context.token())
        lost = [
            task_run.address
            for task_run, result in zip(task_runs, results, strict=True)
            if isinstance(result, VersionLockingError)
        ]
        task_runs = [run for run in store.get(lost) if run.state.kind is not Kind.FINISHED]
        if not task_runs:
            return
    raise changed_too_often(f"Task runs of flow run {flow_run.id}")
