"""Setting a flow run Running, if the concurrency limits of its labels have free slots."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from domain.concurrency.limits import LimitKind, NoFreeSlot, can_wait, queued, scheduled_again
from domain.errors import BadUserInput, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.states import Kind
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS, changed_too_often
from operations.concurrency.limits import Free, Full, SlotRequest, free_slots
from operations.context import Context
from operations.flow_runs.leaving import mark_before_waiting
from operations.flow_runs.reading import read_run_to_change
from operations.queue.waiting_task_runs import mark_if_task_runs_wait

if TYPE_CHECKING:
    from domain.schedules.runs.beside_runs import Beside


def start_flow_run(context: Context, change: FlowRunChange) -> FlowRun:
    """Set a flow run Running with a slot of each limit of its labels, or Queued if a limit is full.

    Rules of its schedule may let it wait, or close it, before that. A process whose release of Core cannot
    wait is refused, and its flow run is scheduled again. Raises VersionLockingError, NotFound, BadUserInput,
    PayloadTooLarge, ApiError.
    """
    for attempt in range(ROUNDS):
        flow_run = read_run_to_change(context, change.flow_run_id)
        if attempt == 0:
            mark_if_task_runs_wait(context, flow_run)
        changed = _start(context, flow_run, change, is_retry=attempt > 0)
        if changed is not None:
            return changed
    raise changed_too_often(f"Flow run {change.flow_run_id}")


def _start(context: Context, flow_run: FlowRun, change: FlowRunChange, *, is_retry: bool) -> FlowRun | None:
    """Start a flow run by its rules. Return None if what was read has changed."""
    begins_by_rules = flow_run.rules is not None or (
        flow_run.auto_scheduled and context.schedule_late_after is not None
    )
    if not begins_by_rules:
        return _start_or_queue(context, flow_run, change, None, is_retry=is_retry)
    # Hardly any run has some.
    from operations.flow_runs.beginning import begin_by_rules  # noqa: PLC0415

    def start(change: FlowRunChange, beside: "Beside | None") -> FlowRun | None:
        return _start_or_queue(context, flow_run, change, beside, is_retry=is_retry)

    return begin_by_rules(context, flow_run, change, start)


def _start_or_queue(
    context: Context, flow_run: FlowRun, change: FlowRunChange, beside: "Beside | None", *, is_retry: bool
) -> FlowRun | None:
    """Set a flow run Running or Queued. Return None if the run, or a limit, has changed since it was read."""
    request = SlotRequest(
        kind=LimitKind.LABEL,
        names=flow_run.labels,
        already_running=flow_run.state.kind is Kind.RUNNING,
        is_retry=is_retry,
    )
    match free_slots(context, request):
        case Full(names):
            return _queue(context, flow_run, change, names)
        case Free(limits):
            try:
                return context.store.flow_runs.set_state(
                    change, context.now(), context.token(), take=limits, beside=beside
                )
            except NoFreeSlot as refused:
                return _queue(context, flow_run, change, refused.names) if refused.names else None


def _queue(context: Context, before: FlowRun, change: FlowRunChange, full: Sequence[str]) -> FlowRun | None:
    """Set a flow run Queued, or Scheduled if its process cannot wait, because these limits are full.

    Return None if the run has changed since it was read and the caller holds no version.
    """
    now, can_process_wait = context.now(), can_wait(context.core_version)
    if can_process_wait:
        state = queued(before.state, LimitKind.LABEL, full, now)
    else:
        state = scheduled_again(LimitKind.LABEL, full, now)
    version = before.version if change.version is None else change.version
    check = mark_before_waiting(context, before, version)
    waiting = replace(change, version=version, state=state, only_if_no_task_run_begun=check.no_task_run_begun)
    try:
        flow_run = context.store.flow_runs.set_state(waiting, now, context.token())
    except HasBegun:
        return None
    except VersionLockingError:
        if change.version is not None:
            raise
        return None
    if not can_process_wait:
        raise BadUserInput(
            f"State update failed: {state.message} Flow run {before.id} is scheduled again, since those of "
            f"release {context.core_version} cannot wait in their process."
        )
    return flow_run
