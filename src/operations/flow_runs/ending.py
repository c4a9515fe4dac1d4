"""Ends of flow runs, and all other states but Submitted and Running, which need neither rules nor slots.

A run that may leave task runs behind is marked before its state is set, so that recovery finds it.
"""

from dataclasses import replace

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange, cancelled_from
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always, as_far_as_a_request_goes, cancel_task_runs
from operations.flow_runs.leaving import mark_if_left_behind
from operations.flow_runs.reading import get_flow_run


def set_other_state(context: Context, change: FlowRunChange) -> FlowRun:
    """Set any state but Submitted and Running. Cancelled also ends the run's unfinished task runs.

    Raises VersionLockingError, NotFound, PayloadTooLarge, ApiError.
    """
    if change.state.type == "Cancelled":
        return cancel_with_task_runs(context, change, as_far_as_a_request_goes(context))
    return _mark_and_set(context, change)[0]


def cancel_with_task_runs(context: Context, change: FlowRunChange, has_time: HasTime = always) -> FlowRun:
    """Cancel the flow run first, so that none of its tasks can become Running any more, then its task runs.

    The run is marked before. Recovery finds what is left if this request dies or has no time for all of them,
    or if another request has just set a task run Running.
    """
    run, may_be_left = _mark_and_set(context, change)
    if may_be_left:
        cancel_task_runs(context, run, has_time)
    return run


def cancel_flow_run(context: Context, flow_run_id: str, reason: str | None = None) -> FlowRun:
    """Cancel a flow run; return it as this change left it, its newest state whole.

    A running run is asked to stop, a waiting run ends now, and an ended run stays as it is. `reason` is the
    message of its state. Raises NotFound, ApiError.
    """
    run, is_changed = cancel_run(context, get_flow_run(context, flow_run_id, (Part.STATE,)), reason)
    if not is_changed and run.state.type == "Cancelled":  # an earlier request may have died half done
        cancel_task_runs(context, run, as_far_as_a_request_goes(context))
    return run


def cancel_run(context: Context, run: FlowRun, reason: str | None = None) -> tuple[FlowRun, bool]:
    """Cancel a flow run that was read with its state, as `cancel_flow_run` does.

    Return it as this change left it, and True; or as it stands, and False if it needs no change. Raises
    NotFound, ApiError.
    """
    for _ in range(ROUNDS):
        state = cancelled_from(run.state, reason)
        if state is None:
            return run, False
        try:
            change = FlowRunChange(flow_run_id=run.id, version=run.version, state=state)
            return set_other_state(context, change), True
        except VersionLockingError:
            run = get_flow_run(context, run.id, (Part.STATE,))
    raise changed_too_often(f"Flow run {run.id}")


def _mark_and_set(context: Context, change: FlowRunChange) -> tuple[FlowRun, bool]:
    """Set a state, after the run was marked if it may leave task runs behind.

    Return the run as this change left it, and True if it was marked.
    """
    for _ in range(ROUNDS):
        check = mark_if_left_behind(context, change)
        marked = replace(change, only_if_no_task_run_begun=check.no_task_run_begun)
        try:
            run = _set(context, marked, check.before)
        except HasBegun:
            continue
        if run is not None:
            return run, check.may_be_left
    raise changed_too_often(f"Flow run {change.flow_run_id}")


def _set(context: Context, change: FlowRunChange, before: FlowRun | None) -> FlowRun | None:
    """Set a state. Return None if the run has changed since it was read."""
    if before is not None and before.rules is not None and before.rules.counts_failures:
        # Hardly any run has some.
        from operations.flow_runs.counting_ends import end_and_count  # noqa: PLC0415

        return end_and_count(context, change, before)
    return context.store.flow_runs.set_state(change, context.now(), context.token())
