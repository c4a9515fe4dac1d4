"""Restarts: an ended flow run goes on from what has failed, and repeats nothing that succeeded.

First the task runs are reset. The flow run is over meanwhile, so that no agent takes it and no task run
begins. Then one write sets it Scheduled, under the version at which it was over. That write is the decision:
of all that want to change the run, a restart or not, one succeeds. A restart under way is noted in the run's
follow-up, so that a repeat or recovery finishes it whichever process dies. Any other state makes it void.
"""

from dataclasses import dataclass

from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.flow_runs.changed_runs import run_at_version
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.histories import version_conflict
from domain.flow_runs.idempotency import check_key
from domain.flow_runs.restarts import Restart, restarted, token_of_key
from domain.flow_runs.states import Kind
from domain.parts import Part
from domain.recovery.follow_ups import FollowUp
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, as_far_as_a_request_goes
from operations.flow_runs.reading import get_flow_run
from operations.flow_runs.resetting import Resets


@dataclass(frozen=True, slots=True)
class Restarted:
    """The flow run as a restart left it.

    `left` says that it is still over, because more task runs are to be reset than one request resets.
    Recovery goes on with these, and so does the same request.
    """

    run: FlowRun
    left: bool = False


def restart_flow_run(
    context: Context, flow_run_id: str, idempotency_key: str | None = None, version: int | None = None
) -> Restarted:
    """Restart an ended flow run, if it is at the version that the caller holds; None means any.

    A key that has restarted the flow run does nothing more. Raises BadUserInput if the run is not over or
    has nothing to repeat; VersionLockingError, NotFound, ApiError.
    """
    run = get_flow_run(context, flow_run_id)
    token = context.token()
    if idempotency_key is not None:
        token = token_of_key(flow_run_id, check_key(idempotency_key))
        known = _restarted_before(context, run, token)
        if known is not None:
            return Restarted(known)
    if version not in (None, run.version):
        raise version_conflict("flow_run", run.id, version or 0, run.latest)
    if run.state.kind is not Kind.FINISHED:
        raise _not_over(run)
    restart = _restart_under_way(context, run)
    if restart is None:
        restart = Restart(run.version, token)
    has_time = as_far_as_a_request_goes(context)
    return finish_restart(context, run, restart.with_token(token), has_time)


def finish_restart(context: Context, run: FlowRun, restart: Restart, has_time: HasTime) -> Restarted:
    """Reset what a restart has not reset yet, then set the flow run Scheduled.

    Raises BadUserInput if nothing of a successful run is to be repeated; VersionLockingError if the run has
    changed meanwhile, NotFound, ApiError.
    """

    def note(restart: Restart) -> None:
        context.store.follow_ups.put(run.id, context.now(), restart=restart)

    resets = Resets(context, run, restart, has_time, note)
    if not resets.go_on():
        return Restarted(run, left=True)
    if run.state.type == "Success" and not resets.restart.found:
        raise BadUserInput(
            f"Flow run {run.id} ended in Success, and none of its task runs failed: there is nothing to "
            "restart. Create a new run to run all of its tasks again.",
            {"flow_run_id": run.id, "current_version": run.version, "current_state": run.state.type},
        )
    change = FlowRunChange(
        flow_run_id=run.id, version=run.version, state=restarted(context.now()), times_resurrected=0
    )
    try:
        return Restarted(context.store.flow_runs.set_state(change, context.now(), restart.token))
    except VersionLockingError:
        # A request with the same key, or recovery, may have finished this very restart.
        known = _restarted_before(context, get_flow_run(context, run.id), restart.token)
        if known is None:
            raise
    return Restarted(known)


def _restarted_before(context: Context, run: FlowRun, token: bytes) -> FlowRun | None:
    """Return the flow run as a restart with this token left it; None if there was none."""
    if not any(entry.token == token for entry in run.history) and len(run.history) < run.version:
        run = get_flow_run(context, run.id, (Part.HISTORY,))
    versions = [entry.version for entry in run.history if entry.token == token]
    return run_at_version(run, versions[0]) if versions else None


def _restart_under_way(context: Context, run: FlowRun) -> Restart | None:
    """Return the restart of a run at its version that a request has begun. Raises NotFound."""
    found: list[FollowUp] = context.store.follow_ups.get([run.id])
    if any(follow_up.deletes for follow_up in found):
        raise NotFound(f"Flow run {run.id} is being deleted.")
    restarts = [follow_up.restart for follow_up in found if follow_up.restart is not None]
    return next((restart for restart in restarts if restart.version == run.version), None)


def _not_over(run: FlowRun) -> BadUserInput:
    return BadUserInput(
        f"Flow run {run.id} is {run.state.type} at version {run.version}, and only a run that is over can be "
        "restarted. Wait for its end, or cancel it first.",
        {"flow_run_id": run.id, "current_version": run.version, "current_state": run.state.type},
    )
