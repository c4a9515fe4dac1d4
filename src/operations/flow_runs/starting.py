"""Setting a flow run Running, when the concurrency limits of its labels allow it."""

from collections.abc import Sequence
from functools import partial

from domain.concurrency.limits import ConcurrencyLimit, LimitKind, can_wait, queued, scheduled_again
from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.states import Kind, State
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS, changed_too_often
from operations.concurrency.limits import SlotRequest, run_or_wait
from operations.context import Context
from operations.flow_runs.leaving import mark_before_waiting
from operations.queue.waiting_task_runs import mark_if_task_runs_wait


def start_flow_run(context: Context, flow_run_id: str, version: int | None, state: State) -> FlowRun:
    """Set a flow run Running with a slot of each limit of its labels, or Queued when one has none left.

    A process of a release that cannot wait is refused, and its run scheduled again in a moment. Raises
    VersionLockingError, NotFound, BadUserInput, PayloadTooLarge, ApiError.
    """
    change = FlowRunChange(flow_run_id=flow_run_id, version=version, state=state)

    def run(limits: Sequence[ConcurrencyLimit]) -> FlowRun:
        return context.store.flow_runs.set_state(change, context.now(), context.token(), take=limits)

    for number in range(ROUNDS):
        flow_run = _read(context, flow_run_id)
        if number == 0:
            mark_if_task_runs_wait(context, flow_run)
        request = SlotRequest(
            kind=LimitKind.LABEL,
            names=flow_run.labels,
            already_running=flow_run.state.kind is Kind.RUNNING,
            is_retry=number > 0,
        )
        done = run_or_wait(context, request, run, partial(_wait, context, flow_run, version))
        if done is not None:
            return done
    raise changed_too_often(f"Flow run {flow_run_id}")


def _wait(context: Context, before: FlowRun, version: int | None, full: Sequence[str]) -> FlowRun | None:
    """Let a run wait that finds no slot; None when it changed meanwhile and no version was asked for."""
    now, waits = context.now(), can_wait(context.core_version)
    state = (
        queued(before.state, LimitKind.LABEL, full, now)
        if waits
        else scheduled_again(LimitKind.LABEL, full, now)
    )
    held = before.version if version is None else version
    left = mark_before_waiting(context, before, held)
    change = FlowRunChange(flow_run_id=before.id, version=held, state=state, only_unbegun=left.unbegun)
    try:
        flow_run = context.store.flow_runs.set_state(change, now, context.token())
    except HasBegun:
        return None
    except VersionLockingError:
        if version is not None:
            raise
        return None
    if not waits:
        raise BadUserInput(
            f"State update failed: {state.message} Flow run {before.id} is scheduled again, since those of "
            f"release {context.core_version} cannot wait in their process."
        )
    return flow_run


def _read(context: Context, flow_run_id: str) -> FlowRun:
    found = context.store.flow_runs.get([flow_run_id], (Part.STATE,), consistent=True)
    if not found:
        raise NotFound(f"State update failed: there is no flow run {flow_run_id}.")
    return found[0]
