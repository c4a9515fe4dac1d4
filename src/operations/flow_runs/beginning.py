"""Runs that begin by rules of their schedule: they begin, wait for their turn, or are closed as skipped.

The rules are decided for what was read. Each write has as a condition that the run and the turn of its flow
group are as they were read; if it is refused, they are read and decided anew.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.concurrency.limits import can_wait, queued_with
from domain.errors import ApiError, BadUserInput, FlowRunsError, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange, Overtaken
from domain.flow_runs.histories import version_conflict
from domain.flow_runs.states import State, scheduled
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS, changed_too_often
from domain.schedules.runs.beginning import rule
from domain.schedules.runs.beside_runs import Beside
from domain.schedules.runs.lateness import too_late
from domain.schedules.runs.signs import claims_first, is_in_time, needs_turn, was_skipped
from domain.schedules.runs.turns import Begin, CancelFirst, Ruling, Skip, Wait
from operations.context import Context
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.leaving import mark_before_waiting
from operations.flow_runs.reading import read_run_to_change
from operations.flow_runs.skipping import skip_run

# Sets the state with which a run begins. Returns None if it must be decided anew.
SetState = Callable[[FlowRunChange, Beside | None], FlowRun | None]


def submit_by_rules(context: Context, change: FlowRunChange, run: FlowRun) -> FlowRun:
    """Set a run Submitted by its rules. `run` is the run as it was read.

    Raises BadUserInput if it has to wait or is skipped, because agents then drop it. Those that start its
    process first get the run as it is; its process is refused. Raises VersionLockingError, NotFound,
    ApiError.
    """

    def submit(change: FlowRunChange, beside: Beside | None) -> FlowRun:
        return context.store.flow_runs.set_state(change, context.now(), context.token(), beside=beside)

    change = replace(change, only_without_rules=False, only_if_not_automatic=False)
    for _ in range(ROUNDS):
        begun = begin_by_rules(context, run, change, submit)
        if begun is not None:
            return begun
        run = read_run_to_change(context, run.id)
    raise changed_too_often(f"Flow run {run.id}")


def begin_by_rules(
    context: Context, run: FlowRun, change: FlowRunChange, set_state: SetState
) -> FlowRun | None:
    """Let a run begin by its rules, or wait, or close it. `run` is the run as it was read.

    Return None if it must be decided anew. Raises BadUserInput if the run does not begin and its client
    cannot wait; VersionLockingError, NotFound, ApiError.
    """
    if change.version not in (None, run.version):
        raise version_conflict("flow_run", run.id, change.version or 0, run.latest)
    if was_skipped(run):  # by another request, if the flow's owner has switched version locking off
        return _told(context, change, run, run.state.message or "")
    ours = replace(change, version=run.version)
    try:
        return _carry_out(context, run, ours, set_state)
    except (Overtaken, HasBegun):
        return None
    except VersionLockingError:
        if change.version is not None:
            raise
        return None


def without_refused(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Let those of the due runs wait, or close them, that an agent would start in vain; return the others.

    An agent that starts the process of a run before its claim would start one each time. A later claim costs
    the others less.
    """
    if claims_first(context.core_version):
        return due
    now = context.now()
    blocked = context.store.parallel(
        [partial(_is_refused, context, run, now) for run in due if needs_turn(run)]
    )
    refused = set(filter(None, blocked))
    return [run for run in due if run.id not in refused]


def _is_refused(context: Context, run: FlowRun, now: datetime) -> str | None:
    """Return the id of a run that does not begin; None if it may."""
    with suppress(VersionLockingError, NotFound, HasBegun, Overtaken, ApiError):
        match _ruling(context, run, now):
            case Begin() | CancelFirst():
                return None
            case Skip() as skip:
                skip_run(context, run, skip, now)
            case Wait() as wait:
                _wait(context, run, scheduled(wait.again, wait.message), wait, now)
    return run.id


def _carry_out(context: Context, run: FlowRun, change: FlowRunChange, set_state: SetState) -> FlowRun | None:
    now = context.now()
    match _ruling(context, run, now):
        case Begin(turn):
            return set_state(change, None if turn is None else Beside(turn=turn))
        case CancelFirst(flow_run_id):
            reason = f"Cancelled: flow run {run.id} of the same schedule is to begin."
            with suppress(NotFound):
                cancel_flow_run(context, flow_run_id, reason)
            return None
        case Skip() as skip:
            closed = skip_run(context, run, skip, now)
            return _told(context, change, closed, skip.of_state)
        case Wait() as wait:
            return _let_wait(context, run, change, wait, now)


def _ruling(context: Context, run: FlowRun, now: datetime) -> Ruling:
    late = too_late(run, now, context.schedule_late_after)
    if late is not None or not needs_turn(run):
        return late or Begin()
    turn = context.store.turns.get(run.flow_group_id)
    named = turn.of_others(run)
    others = context.store.flow_runs.get(named, (), consistent=True) if named else []
    return rule(run, turn, {other.id: other for other in others}, now)


def _let_wait(context: Context, run: FlowRun, change: FlowRunChange, wait: Wait, now: datetime) -> FlowRun:
    """Let a run wait: in its process if that has begun and can, else until it is due again."""
    if change.state.type == "Running" and can_wait(context.core_version):
        state = queued_with(wait.message, run.state, now)
    else:
        state = scheduled(wait.again, wait.message)
    changed = _wait(context, run, state, wait, now)
    return changed if state.type == "Queued" else _told(context, change, changed, wait.message)


def _wait(context: Context, run: FlowRun, state: State, wait: Wait, now: datetime) -> FlowRun:
    """Set the state with which a run waits, and note it if it is the next one."""
    check = mark_before_waiting(context, run, run.version)
    waiting = FlowRunChange(
        flow_run_id=run.id,
        version=run.version,
        state=state,
        in_time=is_in_time(run),
        only_if_no_task_run_begun=check.no_task_run_begun,
    )
    beside = None if wait.turn is None else Beside(turn=wait.turn)
    return context.store.flow_runs.set_state(waiting, now, context.token(), beside=beside)


def _told(context: Context, change: FlowRunChange, changed: FlowRun, message: str) -> FlowRun:
    """Return the run to an agent that has started its process already. Raise an error to any other client.

    A process goes on after a success. An agent up to 0.9.1 sets the run Failed after an error.
    """
    if change.state.type == "Submitted" and not claims_first(context.core_version):
        return changed
    raise _refusal(changed, message)


def _refusal(changed: FlowRun, message: str) -> FlowRunsError:
    """Return the error of a run that does not begin. Agents know it by its first words, and drop the run."""
    return BadUserInput(
        f"State update failed: flow run {changed.id} does not begin. {message}",
        {"flow_run_id": changed.id, "current_version": changed.version, "current_state": changed.state.type},
    )
