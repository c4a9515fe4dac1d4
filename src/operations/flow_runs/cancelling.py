"""Cancelling a flow run's task runs with it: bounded at each step, and taken up again where it stopped."""

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

# So many are written side by side before the next ones are looked at.
_AT_A_TIME: Final = 64

# Asked before each step; False stops what may be taken up again.
GoOn = Callable[[], bool]


def always() -> bool:
    """What a request asks: it has to come to its end."""
    return True


def has_unfinished_task_runs(context: Context, flow_run_id: str) -> bool:
    """Whether a flow run has task runs that have begun and not ended."""
    return next(_unfinished(context, flow_run_id), None) is not None


def cancel_task_runs(context: Context, flow_run: FlowRun, go_on: GoOn = always) -> bool:
    """Give every unfinished task run the state of its cancelled flow run.

    Those that have not begun need nothing: they are read as cancelled. May be called again at any time.
    Answers whether it came to the end before `go_on` said no. Raises ApiError.
    """
    waiting = _unfinished(context, flow_run.id)
    while batch := list(islice(waiting, _AT_A_TIME)):
        if not go_on():
            return False
        _cancel(context, flow_run, batch)
    return True


def end_task_run(context: Context, flow_run: FlowRun, task_run: TaskRun) -> None:
    """End one that is Running in a flow run that has ended; with a cancelled one all that are unfinished.

    One that changes meanwhile is left to whoever changes it, and to recovery.
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
    return (each for each in chain.from_iterable(batches) if each.state.kind is not Kind.FINISHED)


def _cancel(context: Context, flow_run: FlowRun, task_runs: list[TaskRun]) -> None:
    """Cancel these, those that change meanwhile once more: but never one that has ended by itself."""
    store = context.store.task_runs
    for _ in range(ROUNDS):
        changes = [
            TaskRunChange(address=each.address, version=each.version, state=flow_run.state)
            for each in task_runs
        ]
        results = store.set_states(changes, context.now(), context.token())
        lost = [
            each.address
            for each, result in zip(task_runs, results, strict=True)
            if isinstance(result, VersionLockingError)
        ]
        task_runs = [each for each in store.get(lost) if each.state.kind is not Kind.FINISHED]
        if not task_runs:
            return
    raise changed_too_often(f"Task runs of flow run {flow_run.id}")
