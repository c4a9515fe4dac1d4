"""The follow-up of a marked flow run: recovery ends its task runs, or finishes its deletion or restart.

A request that ends a flow run, lets it wait again, restarts or deletes it puts the marker first. So recovery
finds the flow run even if the request dies. The marker stays until no work is left and no write can be under
way.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.errors import BadUserInput, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.recovery.follow_ups import LONGEST_REQUEST, FollowUp
from domain.recovery.rules import NEEDS_PROCESS
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, cancel_task_runs, has_unfinished_task_runs
from operations.flow_runs.deleting import continue_deletion
from operations.recovery.dead_task_runs import DeadTaskRuns, is_dead, write_batches
from operations.recovery.tick_view import TickView

if TYPE_CHECKING:
    from domain.flow_runs.restarts import Restart


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """A marker, and its flow run with history and heartbeat; `run` is None if the flow run is gone."""

    follow_up: FollowUp
    run: FlowRun | None
    tick: TickView


def follow_up(context: Context, marked: MarkedRun) -> Counter[str]:
    """Do the work that is left for one flow run. Return the numbers of changes by their results.

    Remove the marker when no work is left and no earlier request can be under way.
    """
    done: Counter[str] = Counter()
    try:
        is_done = _follow_up(context, marked, done)
    except (VersionLockingError, NotFound):
        done["lost"] += 1
        return done
    if is_done and marked.follow_up.at < marked.tick.began_at - LONGEST_REQUEST:
        context.store.follow_ups.remove(marked.follow_up)
    return done


def _follow_up(context: Context, marked: MarkedRun, done: Counter[str]) -> bool:
    """Do the work, and count the changes in `done`. Return True if no work is left."""
    run = marked.run
    if run is None or marked.follow_up.deletes:
        return _delete(context, marked, done)
    restart = marked.follow_up.restart
    if restart is not None and restart.version == run.version:
        return _restart(context, run, restart, marked.tick.has_time, done)
    if run.state.type == "Cancelled":
        return _cancel(context, run, marked.tick.has_time, done)
    return _end_task_runs(context, marked, run, done)


def _delete(context: Context, marked: MarkedRun, done: Counter[str]) -> bool:
    """Delete what is left of a flow run. Return True if nothing is left and no deletion is under way."""
    flow_run_id = marked.follow_up.flow_run_id
    if not marked.follow_up.at < marked.tick.began_at - 2 * LONGEST_REQUEST:
        return False
    # A flow run that could not be read whole may still exist, and nobody asked to delete it.
    if not marked.follow_up.deletes and context.store.flow_runs.get([flow_run_id], (), consistent=True):
        return True
    is_gone = continue_deletion(context, flow_run_id, marked.tick.has_time)
    done["deleted"] += marked.run is not None
    return is_gone


def _restart(
    context: Context, run: FlowRun, restart: "Restart", has_time: HasTime, done: Counter[str]
) -> bool:
    """Finish a restart whose request has not. Return True if the run stays as it is.

    A restarted run keeps its marker for a later tick, because it may have left task runs, too.
    """
    # Hardly any tick has one.
    from operations.flow_runs.restarting import finish_restart  # noqa: PLC0415

    try:
        is_done = not finish_restart(context, run, restart, has_time).left
    except BadUserInput:  # nothing of a successful run was to be repeated
        return True
    done["restarted"] += is_done
    return False


def _cancel(context: Context, run: FlowRun, has_time: HasTime, done: Counter[str]) -> bool:
    if not has_unfinished_task_runs(context, run.id):
        return True
    is_done = cancel_task_runs(context, run, has_time)
    done["cancelled"] += is_done
    return is_done


def _end_task_runs(context: Context, marked: MarkedRun, run: FlowRun, done: Counter[str]) -> bool:
    """End the dead task runs that the flow run left. Return True if no task run is left.

    Task runs of a flow run that continues in another process may be retried.
    """
    heartbeats, dead_task_runs = context.store.heartbeats, DeadTaskRuns(context, run, marked.tick.began_at)
    own_heartbeats = heartbeats.of_task_runs(run.id, consistent=True)
    left_at = _left_at(run)
    # The heartbeats of a flow run that has a process again may all be from the new process.
    run_heartbeat = left_at or run.heartbeat or run.latest.timestamp
    is_done = True
    for page in heartbeats.active_task_runs(run.id, consistent=True):
        left = [task_run for task_run in page if _was_left(task_run, left_at)]
        dead = [
            task_run for task_run in left if is_dead(task_run, run_heartbeat, own_heartbeats, marked.tick)
        ]
        is_done = is_done and len(dead) == len(left)
        for batch in write_batches(dead):
            if not marked.tick.has_time():
                return False
            is_ended = run.state.kind is Kind.FINISHED
            became = dead_task_runs.fail(batch) if is_ended else dead_task_runs.retry_or_fail(batch)
            done.update(became)
            is_done = is_done and not became["lost"]
    return is_done


def _left_at(run: FlowRun) -> datetime | None:
    """Return the last time at which the flow run had no process; None if it has no process now."""
    if run.state.type not in NEEDS_PROCESS:
        return None
    without_process = (entry.timestamp for entry in run.history if entry.state.type not in NEEDS_PROCESS)
    return max(without_process, default=run.created)


def _was_left(task_run: TaskRun, left_at: datetime | None) -> bool:
    """Return True if a task run was set Running by a process that no longer works on the flow run."""
    is_earlier = left_at is None or task_run.latest.timestamp < left_at
    return task_run.state.kind is Kind.RUNNING and is_earlier
