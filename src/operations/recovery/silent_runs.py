"""Silent flow runs: live flow runs whose process, or the process of a task run, was silent for too long."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.recovery.leaving import HasBegun
from domain.recovery.rules import Act, Switches, Verdict, judge
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.ending import cancel_with_task_runs
from operations.flow_runs.leaving import mark_before_waiting
from operations.flow_runs.states import set_flow_run_state
from operations.queue.waiting_task_runs import keep_marked
from operations.recovery.dead_task_runs import DeadTaskRuns, is_dead, log_changes, write_batches
from operations.recovery.tick_view import TickView


@dataclass(frozen=True, slots=True)
class SilentRun:
    """A flow run to look into, as it was read.

    `task_runs_have_heartbeats` says that its task runs may have heartbeats of their own.
    """

    run: FlowRun
    tick: TickView
    task_runs_have_heartbeats: bool
    switches: Switches = field(default_factory=Switches)

    @property
    def last_heartbeat(self) -> datetime:
        """Return the last heartbeat of the flow run, or the time of its state if it never had one."""
        return self.run.heartbeat or self.run.latest.timestamp

    @property
    def is_silent(self) -> bool:
        """Return True if the flow run was silent for so long that a rule may apply to it."""
        deadline = self.tick.began_at - self.tick.settings.patience
        return self.tick.cursor.is_silent_since(deadline, self.last_heartbeat)


def recover(context: Context, silent: SilentRun) -> Counter[str]:
    """Apply the rules to one flow run. Return the numbers of changes by their results.

    A change counts as `lost` if another change came first, because that shows that a process lives.
    """
    done: Counter[str] = Counter()
    if not silent.switches.heartbeats:
        return done
    try:
        active = silent.run.state.type != "Cancelling" and _recover_task_runs(context, silent, done)
        verdict = judge(
            silent.run,
            silent.tick.began_at - silent.tick.cursor.silent_since(silent.last_heartbeat),
            active=active,
            switches=silent.switches,
            settings=silent.tick.settings,
            now=silent.tick.began_at,
        )
        if verdict is not None:
            _carry_out(context, silent, verdict)
            done[verdict.act.value] += 1
    except (VersionLockingError, NotFound, HasBegun):
        done["lost"] += 1
    return done


def _carry_out(context: Context, silent: SilentRun, verdict: Verdict) -> None:
    run, level = silent.run, "ERROR" if verdict.act is Act.GIVE_UP else "INFO"
    if verdict.act is Act.CANCEL:
        change = FlowRunChange(flow_run_id=run.id, version=run.version, state=verdict.state)
        cancel_with_task_runs(context, change, silent.tick.has_time)
    elif verdict.act is Act.GIVE_UP:
        set_flow_run_state(context, run.id, run.version, verdict.state)
    else:
        _reschedule(context, silent, verdict)
    log_changes(context, silent.tick.began_at, [(run.id, None, level, verdict.state)])


def _reschedule(context: Context, silent: SilentRun, verdict: Verdict) -> None:
    run = silent.run
    check = mark_before_waiting(context, run, run.version)
    change = FlowRunChange(
        flow_run_id=run.id,
        version=run.version,
        state=verdict.state,
        times_resurrected=run.times_resurrected + 1,
        only_if_no_task_run_begun=check.no_task_run_begun,
    )
    context.store.flow_runs.set_state(change, silent.tick.began_at, context.token())


def _recover_task_runs(context: Context, silent: SilentRun, done: Counter[str]) -> bool:
    """Retry or fail the dead task runs of a flow run. Return True if any task run is active afterwards."""
    run, tick, heartbeats = silent.run, silent.tick, context.store.heartbeats
    dead_task_runs = DeadTaskRuns(context, run, tick.began_at)
    has_own = silent.task_runs_have_heartbeats
    own_heartbeats = heartbeats.of_task_runs(run.id, consistent=True) if has_own else {}
    active = False
    for page in heartbeats.active_task_runs(run.id, consistent=True):
        dead = [
            task_run for task_run in page if is_dead(task_run, silent.last_heartbeat, own_heartbeats, tick)
        ]
        active = active or sum(not _is_abandoned(task_run, tick) for task_run in page) > len(dead)
        keep_marked(context, run, page)
        for batch in write_batches(dead):
            if not tick.has_time():
                return True
            became = dead_task_runs.retry_or_fail(batch)
            done.update(became)
            active = active or became["failed"] < len(batch)
    return active


def _is_abandoned(task_run: TaskRun, tick: TickView) -> bool:
    """Return True if an agent took a task run so long ago that its new process should have begun with it.

    An agent sets Submitted while the flow run is still Running, perhaps hours after the last heartbeat of the
    process before. The new process needs time to start.
    """
    deadline = tick.began_at - tick.settings.reschedule_after
    is_overdue = tick.cursor.is_silent_since(deadline, task_run.latest.timestamp)
    return task_run.state.type == "Submitted" and is_overdue
