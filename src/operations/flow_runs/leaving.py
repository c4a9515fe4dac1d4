"""Marking a flow run before it ends or waits again, when it may leave task runs behind."""

from collections.abc import Sequence
from functools import partial

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State
from domain.recovery.leaving import Kept, Left, is_unbegun, leaves_behind
from domain.recovery.rules import NEEDS_PROCESS
from operations.context import Context


def mark_if_left_behind(context: Context, flow_run_id: str, version: int | None, state: State) -> Left:
    """Put a run's marker if it may leave task runs behind with this state; answers what is known of it.

    Called before the state is written, so that recovery finds the run whoever dies. Nothing is written when
    none of its task runs has begun, or all have ended, as they usually have. Raises ApiError.
    """
    if state.type in NEEDS_PROCESS:
        return Left()
    read_run = partial(context.store.flow_runs.get, [flow_run_id], (), consistent=True)
    if state.kind is not Kind.FINISHED:
        found = [mark_before_waiting(context, run, version) for run in read_run()]
        return found[0] if found else Left()
    read_task_runs = partial(context.store.signs_of_life.kept_task_runs, flow_run_id)
    runs, kept = context.store.parallel([read_run, read_task_runs])
    return _mark(context, runs[0], version, kept) if runs else Left()


def mark_before_waiting(context: Context, before: FlowRun, version: int | None) -> Left:
    """The same for a run that was read and is to wait: its task runs matter only if it had a process."""
    if version == before.version and before.state.type not in NEEDS_PROCESS:
        return Left()
    return _mark(context, before, version, context.store.signs_of_life.kept_task_runs(before.id))


def _mark(context: Context, before: FlowRun, version: int | None, kept: Sequence[Kept] | None) -> Left:
    if leaves_behind(before, version, kept):
        context.store.follow_ups.put(before.id, context.now())
        return Left(may_be_left=True)
    return Left(unbegun=is_unbegun(before, kept))
