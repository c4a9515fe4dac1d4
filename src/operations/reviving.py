"""What recovery does with one flow run whose process, or that of a task run, has been silent for too long."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs import FlowRun
from domain.logs import LogEntry
from domain.recovery import Act, Parameters, Switches, Verdict, judge, state_after_death
from domain.states import State
from domain.task_runs import Address, TaskRun, TaskRunChange
from domain.tasks import Task
from domain.watches import Watch
from operations.cancelling import GoOn
from operations.context import Context
from operations.flow_runs import cancel_with_task_runs, set_flow_run_state

# So many task runs are written side by side before time is looked at again.
_AT_A_TIME: Final = 64
_LOGGER: Final = "recovery"


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


def is_before(sign: datetime, watch: Watch, deadline: datetime) -> bool:
    """Whether the last sign of life came before the deadline, and recovery has listened since."""
    return watch.floor(sign) < deadline


def is_dead(
    task_run: TaskRun, sign: datetime, own: Mapping[Address, datetime], watch: Watch, deadline: datetime
) -> bool:
    """Whether a task run is Running without a sign of life since the deadline.

    Its own heartbeat counts where it has one, else the flow run's, given as `sign`; and that somebody set it
    Running.
    """
    last = max(own.get(task_run.address, sign), task_run.latest.timestamp)
    return task_run.state.type == "Running" and is_before(last, watch, deadline)


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
    except (VersionLockingError, NotFound):
        done["lost"] += 1
    return done


def _carry_out(context: Context, case: Case, verdict: Verdict) -> None:
    run, level = case.run, "ERROR" if verdict.act is Act.GIVE_UP else "INFO"
    if verdict.act is Act.CANCEL:
        cancel_with_task_runs(context, run.id, run.version, verdict.state, case.go_on)
    elif verdict.act is Act.GIVE_UP:
        set_flow_run_state(context, run.id, run.version, verdict.state)
    else:
        times = run.times_resurrected + 1
        context.store.flow_runs.set_state(
            run.id, run.version, verdict.state, case.now, context.token(), times_resurrected=times
        )
    _log(context, case.now, [(run.id, None, level, verdict.state)])


def _log(context: Context, now: datetime, changes: list[tuple[str, str | None, str, State]]) -> None:
    """Tell in the flow run's own log what was done with it, or with these task runs of it, and why."""
    entries = [
        LogEntry(
            flow_run_id=flow_run_id,
            task_run_id=task_run_id,
            timestamp=now,
            name=_LOGGER,
            level=level,
            message=f"{state.type}: {state.message}",
            info=None,
        )
        for flow_run_id, task_run_id, level, state in changes
    ]
    context.store.logs.write(entries, now, context.logs_kept)


def _revive_task_runs(context: Context, case: Case, done: Counter[str]) -> bool:
    """Try dead task runs again, or let them fail; answers whether any waits or works after that."""
    signs = context.store.signs_of_life
    own = signs.of_task_runs(case.run.id, consistent=True) if case.has_own else {}
    deadline = case.now - case.parameters.heartbeat_timeout
    tasks: dict[int, Task] | None = None
    active = False
    for page in signs.active_task_runs(case.run.id, consistent=True):
        dead = [each for each in page if is_dead(each, case.sign, own, case.watch, deadline)]
        active = active or sum(not _was_left(each, case) for each in page) > len(dead)
        for part in _parts(dead):
            if not case.go_on():
                return True
            tasks = _tasks(context, case.run) if tasks is None else tasks
            became = _change(context, part, tasks, case.now)
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


def _parts(task_runs: list[TaskRun]) -> Iterator[list[TaskRun]]:
    return (task_runs[start : start + _AT_A_TIME] for start in range(0, len(task_runs), _AT_A_TIME))


def _tasks(context: Context, run: FlowRun) -> dict[int, Task]:
    """The tasks of a run's flow by their numbers; none when the flow was deleted."""
    flows = context.store.flows.get([run.flow_id])
    return {task.number: task for tasks in context.store.flows.tasks(flows).values() for task in tasks}


def _change(context: Context, dead: list[TaskRun], tasks: dict[int, Task], now: datetime) -> Counter[str]:
    """Set the states of dead task runs, each under the version in which it was found dead."""
    changes = [
        TaskRunChange(
            address=each.address,
            version=each.version,
            state=state_after_death(tasks.get(each.address.number), _times_retried(each), now),
        )
        for each in _with_histories(context, dead)
    ]
    results = context.store.task_runs.set_states(changes, now, context.token())
    done = [each for each in results if not isinstance(each, VersionLockingError)]
    _log(context, now, [(each.flow_run_id, each.id, "ERROR", each.state) for each in done])
    became = Counter("retried" if each.state.type == "Retrying" else "failed" for each in done)
    return +(became + Counter(lost=len(dead) - len(done)))


def _with_histories(context: Context, task_runs: list[TaskRun]) -> list[TaskRun]:
    """These with all their states, without those that have changed meanwhile."""
    versions = {each.address: each.version for each in task_runs}
    found = context.store.task_runs.get(list(versions), ("history",))
    return [each for each in found if each.version == versions[each.address]]


def _times_retried(task_run: TaskRun) -> int:
    return sum(entry.state.type == "Retrying" for entry in task_run.history)
