"""Cancelling the task runs of a flow run: in bounded steps, which a later call continues."""

from collections.abc import Callable, Iterable
from itertools import islice
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
    """Return True, because all steps are done."""
    return True


def as_far_as_a_request_goes(context: Context) -> HasTime:
    """Return what ends the work of a request when it has done its share. Recovery does the rest."""
    return lambda: context.work.may_go_on


def has_unfinished_task_runs(context: Context, flow_run_id: str) -> bool:
    """Return True if a flow run has task runs that have begun and not ended."""
    return any(map(_unfinished, context.store.task_runs.of_flow_run(flow_run_id)))


def cancel_task_runs(context: Context, flow_run: FlowRun, has_time: HasTime = always) -> bool:
    """Give every unfinished task run the state of its cancelled flow run.

    Task runs that have not begun need no write, because they are read as cancelled. May be called again at
    any time. Return False if `has_time` ended it before the end, or a restart of the flow run. Raises
    ApiError.
    """
    for task_runs in context.store.task_runs.of_flow_run(flow_run.id):
        context.work.note_looked_at(len(task_runs))
        left = iter(_unfinished(task_runs))
        while batch := list(islice(left, _AT_A_TIME)):
            if not has_time() or not _cancel(context, flow_run, batch):
                return False
        if not has_time():
            return False
    return True


def end_task_run(context: Context, flow_run: FlowRun, task_run: TaskRun) -> None:
    """End a task run that is Running although its flow run has ended.

    If the flow run was cancelled, all its unfinished task runs are cancelled. A task run that changes in the
    meantime is left to its new writer, and to recovery.
    """
    if flow_run.state.type == "Cancelled":
        cancel_task_runs(context, flow_run, as_far_as_a_request_goes(context))
        return
    ended = TaskRunChange(
        address=task_run.address, version=task_run.version, state=state_after_end(flow_run.state)
    )
    context.store.task_runs.set_states([ended], context.now(), context.token())


def _unfinished(task_runs: Iterable[TaskRun]) -> list[TaskRun]:
    return [task_run for task_run in task_runs if task_run.state.kind is not Kind.FINISHED]


def _is_restarted(context: Context, flow_run: FlowRun) -> bool:
    """Return True if a restart of the cancelled flow run has begun, or a later one.

    A restart puts its note before it resets a task run. So none of the task runs that were read before this
    was asked has been reset, and the versions in their changes keep those that are reset now.
    """
    restarts = [follow_up.restart for follow_up in context.store.follow_ups.get([flow_run.id])]
    return any(restart is not None and restart.version >= flow_run.version for restart in restarts)


def _cancel(context: Context, flow_run: FlowRun, task_runs: list[TaskRun]) -> bool:
    """Cancel these task runs, and again those that change in the meantime, unless they have ended.

    Return False if the flow run is being restarted: then what was reset is not cancelled any more.
    """
    store = context.store.task_runs
    for _ in range(ROUNDS):
        if _is_restarted(context, flow_run):
            return False
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
            return True
    raise changed_too_often(f"Task runs of flow run {flow_run.id}")
