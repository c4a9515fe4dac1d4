"""What recovery does with a live flow run whose process, or that of a task run, was silent for too long."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.recovery.cursor import Watch
from domain.recovery.leaving import HasBegun
from domain.recovery.rules import Act, Parameters, Switches, Verdict, judge
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.cancelling import GoOn
from operations.flow_runs.leaving import mark_before_waiting
from operations.flow_runs.states import cancel_with_task_runs, set_flow_run_state
from operations.queue.waiting_task_runs import keep_marked
from operations.recovery.dead_task_runs import Deaths, is_before, is_dead, log_changes, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A flow run to look into, as it was read.

    `has_own` says that its task runs may have heartbeats of their own.
    """

    run: FlowRun
    has_own: bool
    parameters: Parameters
    watch: Watch
    now: datetime
    go_on: GoOn
    switches: Switches = field(default_factory=Switches)

    @property
    def sign(self) -> datetime:
        """The last sign of life of the flow run's process."""
        return self.run.heartbeat or self.run.latest.timestamp

    @property
    def is_silent(self) -> bool:
        """Whether its process has been silent for so long that a rule may hold."""
        return is_before(self.sign, self.watch, self.now - self.parameters.patience)


def revive(context: Context, case: Case) -> Counter[str]:
    """Apply the rules to one flow run; answers what was changed, by what it became.

    A change that somebody else was faster with is counted as `lost`: so somebody lives.
    """
    done: Counter[str] = Counter()
    if not case.switches.heartbeats:
        return done
    try:
        active = case.run.state.type != "Cancelling" and _revive_task_runs(context, case, done)
        silence = case.now - case.watch.floor(case.sign)
        verdict = judge(
            case.run,
            silence,
            active=active,
            switches=case.switches,
            parameters=case.parameters,
            now=case.now,
        )
        if verdict is not None:
            _carry_out(context, case, verdict)
            done[verdict.act.value] += 1
    except (VersionLockingError, NotFound, HasBegun):
        done["lost"] += 1
    return done


def _carry_out(context: Context, case: Case, verdict: Verdict) -> None:
    run, level = case.run, "ERROR" if verdict.act is Act.GIVE_UP else "INFO"
    if verdict.act is Act.CANCEL:
        change = FlowRunChange(flow_run_id=run.id, version=run.version, state=verdict.state)
        cancel_with_task_runs(context, change, case.go_on)
    elif verdict.act is Act.GIVE_UP:
        set_flow_run_state(context, run.id, run.version, verdict.state)
    else:
        left = mark_before_waiting(context, run, run.version)
        change = FlowRunChange(
            flow_run_id=run.id,
            version=run.version,
            state=verdict.state,
            times_resurrected=run.times_resurrected + 1,
            only_unbegun=left.unbegun,
        )
        context.store.flow_runs.set_state(change, case.now, context.token())
    log_changes(context, case.now, [(run.id, None, level, verdict.state)])


def _revive_task_runs(context: Context, case: Case, done: Counter[str]) -> bool:
    """Try dead task runs again, or let them fail; answers whether any waits or works after that."""
    signs, deaths = context.store.signs_of_life, Deaths(context, case.run, case.now)
    own = signs.of_task_runs(case.run.id, consistent=True) if case.has_own else {}
    deadline = case.now - case.parameters.heartbeat_timeout
    active = False
    for page in signs.active_task_runs(case.run.id, consistent=True):
        dead = [each for each in page if is_dead(each, case.sign, own, case.watch, deadline)]
        active = active or sum(not _was_left(each, case) for each in page) > len(dead)
        keep_marked(context, case.run, page)
        for part in parts(dead):
            if not case.go_on():
                return True
            became = deaths.revive(part)
            done.update(became)
            active = active or became["failed"] < len(part)
    return active


def _was_left(task_run: TaskRun, case: Case) -> bool:
    """Whether an agent took a task run for a process that has not begun with it, and should have.

    An agent sets Submitted while the flow run is Running still, perhaps hours after the last sign of life of
    the process before: the one that it starts needs time to come up.
    """
    deadline = case.now - case.parameters.reschedule_after
    return task_run.state.type == "Submitted" and is_before(task_run.latest.timestamp, case.watch, deadline)
