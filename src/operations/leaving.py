"""Marking a flow run before it ends or waits again, when it may leave task runs behind."""

from functools import partial

from domain.flow_runs import FlowRun
from domain.leaving import leaves_behind
from domain.recovery import NEEDS_PROCESS
from domain.states import Kind, State
from operations.context import Context


def mark_if_left_behind(context: Context, flow_run_id: str, version: int | None, state: State) -> bool:
    """Put a run's marker if it may leave task runs behind with this state; answers whether it may.

    Called before the state is written, so that recovery finds the run whoever dies. Nothing is written when
    all of its task runs have ended, as they usually have. Raises ApiError.
    """
    if state.type in NEEDS_PROCESS:
        return False
    read_run = partial(context.store.flow_runs.get, [flow_run_id], (), consistent=True)
    if state.kind is not Kind.FINISHED:
        return any(mark_before_waiting(context, run, version, state) for run in read_run())
    read_task_runs = partial(context.store.signs_of_life.kept_task_runs, flow_run_id)
    runs, kept = context.store.parallel([read_run, read_task_runs])
    is_needed = any(leaves_behind(run, version, state, kept) for run in runs)
    if is_needed:
        context.store.follow_ups.put(flow_run_id, context.now())
    return is_needed


def mark_before_waiting(context: Context, before: FlowRun, version: int | None, state: State) -> bool:
    """The same for a run that was read and is to wait: its task runs matter only if it had a process."""
    if version == before.version and before.state.type not in NEEDS_PROCESS:
        return False
    kept = context.store.signs_of_life.kept_task_runs(before.id)
    is_needed = leaves_behind(before, version, state, kept)
    if is_needed:
        context.store.follow_ups.put(before.id, context.now())
    return is_needed
