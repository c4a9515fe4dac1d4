"""Marking a flow run before it ends or waits again, if it may leave task runs behind."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.states import Kind
from domain.recovery.leaving import KeptTaskRun, LeavingCheck, has_no_begun_task_run, leaves_behind
from domain.recovery.rules import NEEDS_PROCESS
from operations.context import Context


def mark_if_left_behind(context: Context, change: FlowRunChange) -> LeavingCheck:
    """Put the marker of a flow run that may leave task runs behind with this change.

    Called before the state is written, so that recovery finds the run whichever process dies. No
    marker is put if none of its task runs has begun, or if all have ended, as they usually have. Raises
    ApiError.
    """
    if change.state.type in NEEDS_PROCESS:
        return LeavingCheck()
    read_run = partial(context.store.flow_runs.get, [change.flow_run_id], (), consistent=True)
    if change.state.kind is not Kind.FINISHED:
        found = [mark_before_waiting(context, run, change.version) for run in read_run()]
        return found[0] if found else LeavingCheck()
    read_task_runs = partial(context.store.heartbeats.kept_task_runs, change.flow_run_id)
    reads: list[Callable[[], Any]] = [read_run, read_task_runs]
    runs, kept = context.store.parallel(reads)
    return _mark(context, runs[0], change.version, kept) if runs else LeavingCheck()


def mark_before_waiting(context: Context, before: FlowRun, version: int | None) -> LeavingCheck:
    """Put the marker of a flow run that is about to wait, if it may leave task runs behind.

    `before` is the run as it was read. Its task runs matter only if it had a process. Raises ApiError.
    """
    if version == before.version and before.state.type not in NEEDS_PROCESS:
        return LeavingCheck()
    return _mark(context, before, version, context.store.heartbeats.kept_task_runs(before.id))


def _mark(
    context: Context, before: FlowRun, version: int | None, kept: Sequence[KeptTaskRun] | None
) -> LeavingCheck:
    if leaves_behind(before, version, kept):
        context.store.follow_ups.put(before.id, context.now())
        return LeavingCheck(may_be_left=True, before=before)
    return LeavingCheck(no_task_run_begun=has_no_begun_task_run(before, kept), before=before)
