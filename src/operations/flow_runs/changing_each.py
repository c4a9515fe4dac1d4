"""A change of many runs, carried out on one of them under the version that was read."""

from datetime import datetime

from domain.errors import FlowRunsError, NotFound, VersionLockingError
from domain.flow_runs.bulk_changes import (
    Action,
    BulkChange,
    Untouched,
)
from domain.flow_runs.flow_runs import FlowRun
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.deleting import delete_in_request
from operations.flow_runs.ending import cancel_run
from operations.flow_runs.states import set_flow_run_state

# What became of a run: why it was left as it is, or could not be changed; None if it was changed.
Result = Untouched | FlowRunsError | None


def change_one(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> Result:
    """Change a run, as it was read. Return None if it was changed, else why not."""
    reason = change.leaves(run, as_of)
    if reason is not None:
        return reason
    try:
        match change.action:
            case Action.CANCEL:
                cancelled, is_changed = cancel_run(context, run, change.message)
                return None if is_changed else change.leaves(cancelled, as_of)
            case Action.DELETE:
                return _delete(context, change, as_of, run)
            case Action.SET_STATE:
                return _set_state(context, change, as_of, run)
    except NotFound:  # deleted since it was read
        return Untouched.ALREADY_DONE if change.action is Action.DELETE else Untouched.GONE
    except FlowRunsError as error:
        return error


def _delete(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> Untouched | None:
    """Delete a run, which is read once more, because an agent may have begun it meanwhile."""
    found = context.store.flow_runs.get([run.id], (), consistent=True)
    if not found:
        return Untouched.ALREADY_DONE
    reason = change.leaves(found[0], as_of)
    if reason is None:
        delete_in_request(context, found[0])
    return reason


def _set_state(context: Context, change: BulkChange, as_of: datetime, run: FlowRun) -> FlowRunsError | None:
    """Set the state of a run, unless the run has changed since the change of the many began.

    A run that an earlier portion has changed may have gone on, so that it must not be changed again.
    """
    if run.latest.timestamp > as_of:
        return VersionLockingError(
            f"Flow run {run.id} has changed since {format_time(as_of)}: it is at version {run.version} "
            f"({run.state.type}). Begin anew, if it is to be changed all the same.",
            {"flow_run_id": run.id, "current_version": run.version, "current_state": run.state.type},
        )
    set_flow_run_state(context, run.id, run.version, change.wanted(as_of))
    return None
