"""What recovery does about a run that was marked: it ends what the run left behind, or what is left of it.

Whoever ends a flow run, lets it wait again or deletes it puts the marker first. So whatever died on the way,
the run is found here, and stays marked until nothing is left to do and nothing can be under way any more.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.recovery.cursor import Watch
from domain.recovery.follow_ups import LONGEST_REQUEST, FollowUp
from domain.recovery.rules import NEEDS_PROCESS, Parameters
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.cancelling import GoOn, cancel_task_runs, has_unfinished_task_runs
from operations.flow_runs.deleting import go_on_deleting
from operations.recovery.dead_task_runs import Deaths, is_dead, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A run that was marked, as it was read with its history and its heartbeat; None when it is gone."""

    follow_up: FollowUp
    run: FlowRun | None
    parameters: Parameters
    watch: Watch
    now: datetime
    go_on: GoOn


def follow_up(context: Context, marked: Marked) -> Counter[str]:
    """Do what is left to do about one run; answers what was changed, by what it became."""
    done: Counter[str] = Counter()
    try:
        is_done = _follow_up(context, marked, done)
    except (VersionLockingError, NotFound):
        done["lost"] += 1
        return done
    if is_done and marked.follow_up.at < marked.now - LONGEST_REQUEST:
        context.store.follow_ups.remove(marked.follow_up)
    return done


def _follow_up(context: Context, marked: Marked, done: Counter[str]) -> bool:
    """The same; answers whether nothing is left to do."""
    run = marked.run
    if run is None or marked.follow_up.deletes:
        return _delete(context, marked, done)
    if run.state.type == "Cancelled":
        return _cancel(context, run, marked.go_on, done)
    return _end_task_runs(context, marked, run, done)


def _delete(context: Context, marked: Marked, done: Counter[str]) -> bool:
    """Delete what is left of a run; True when nothing is, and none can be at it any more."""
    flow_run_id = marked.follow_up.flow_run_id
    if not marked.follow_up.at < marked.now - 2 * LONGEST_REQUEST:
        return False
    # One that cannot be read whole is not gone by that: nobody asked to delete it.
    if not marked.follow_up.deletes and context.store.flow_runs.get([flow_run_id], (), consistent=True):
        return True
    is_gone = go_on_deleting(context, flow_run_id, marked.go_on)
    done["deleted"] += marked.run is not None
    return is_gone


def _cancel(context: Context, run: FlowRun, go_on: GoOn, done: Counter[str]) -> bool:
    if not has_unfinished_task_runs(context, run.id):
        return True
    is_done = cancel_task_runs(context, run, go_on)
    done["cancelled"] += is_done
    return is_done


def _end_task_runs(context: Context, marked: Marked, run: FlowRun, done: Counter[str]) -> bool:
    """End those whose process is silent; those of a flow run that goes on somewhere may be tried again."""
    signs, deaths = context.store.signs_of_life, Deaths(context, run, marked.now)
    own = signs.of_task_runs(run.id, consistent=True)
    deadline = marked.now - marked.parameters.heartbeat_timeout
    left_at = _left_at(run)
    # The heartbeats of a flow run that has a process again may all be that one's.
    sign = left_at or run.heartbeat or run.latest.timestamp
    is_done = True
    for page in signs.active_task_runs(run.id, consistent=True):
        behind = [each for each in page if _was_left_behind(each, left_at)]
        dead = [each for each in behind if is_dead(each, sign, own, marked.watch, deadline)]
        is_done = is_done and len(dead) == len(behind)
        for part in parts(dead):
            if not marked.go_on():
                return False
            became = deaths.end(part) if run.state.kind is Kind.FINISHED else deaths.revive(part)
            done.update(became)
            is_done = is_done and not became["lost"]
    return is_done


def _left_at(run: FlowRun) -> datetime | None:
    """When a flow run that has a process again had none last; None for one that has none."""
    if run.state.type not in NEEDS_PROCESS:
        return None
    without = (each.timestamp for each in run.history if each.state.type not in NEEDS_PROCESS)
    return max(without, default=run.created)


def _was_left_behind(task_run: TaskRun, left_at: datetime | None) -> bool:
    """Whether a task run is at work for a process that the flow run has left."""
    is_earlier = left_at is None or task_run.latest.timestamp < left_at
    return task_run.state.kind is Kind.RUNNING and is_earlier
