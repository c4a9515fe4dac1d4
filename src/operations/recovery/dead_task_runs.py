"""Task runs whose process has fallen silent: which they are, and what becomes of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State
from domain.flows.tasks import Task
from domain.parts import Part
from domain.recovery.cursor import Watch
from domain.recovery.rules import state_after_death, state_after_end
from domain.task_runs.logs import LogEntry
from domain.task_runs.task_runs import Address, TaskRun, TaskRunChange
from operations.context import Context

# So many are written side by side before time is looked at again.
AT_A_TIME: Final = 64
_LOGGER: Final = "recovery"


def is_before(sign: datetime, watch: Watch, deadline: datetime) -> bool:
    """Whether the last sign of life came before the deadline, and recovery has listened since."""
    return watch.floor(sign) < deadline


def is_dead(
    task_run: TaskRun, sign: datetime, own: Mapping[Address, datetime], watch: Watch, deadline: datetime
) -> bool:
    """Whether a task run is Running, or shall stop, without a sign of life since the deadline.

    Its own heartbeat counts where it has one, else the flow run's, given as `sign`; and that somebody set it
    Running.
    """
    last = max(own.get(task_run.address, sign), task_run.latest.timestamp)
    return task_run.state.kind is Kind.RUNNING and is_before(last, watch, deadline)


def parts(task_runs: list[TaskRun]) -> Iterator[list[TaskRun]]:
    """These, as many at a time as are written side by side."""
    return (task_runs[start : start + AT_A_TIME] for start in range(0, len(task_runs), AT_A_TIME))


class Deaths:
    """Changes the dead task runs of one flow run, each under the version in which it was found dead."""

    def __init__(self, context: Context, run: FlowRun, now: datetime) -> None:
        self._context, self._run, self._now = context, run, now
        self._tasks: dict[int, Task] | None = None

    def revive(self, dead: list[TaskRun]) -> Counter[str]:
        """Try them again, or let them fail; answers what they became, the `lost` ones changed meanwhile."""
        tasks = self._known_tasks()
        found = _with_histories(self._context, dead)
        states = [
            state_after_death(tasks.get(each.address.number), _times_retried(each), self._now)
            for each in found
        ]
        became = self._change(found, states)
        return +(became + Counter(lost=len(dead) - len(found)))

    def end(self, dead: list[TaskRun]) -> Counter[str]:
        """Let them fail with their flow run, which has ended; answers what they became."""
        return self._change(dead, [state_after_end(self._run.state)] * len(dead))

    def _change(self, task_runs: list[TaskRun], states: list[State]) -> Counter[str]:
        changes = [
            TaskRunChange(address=each.address, version=each.version, state=state)
            for each, state in zip(task_runs, states, strict=True)
        ]
        results = self._context.store.task_runs.set_states(changes, self._now, self._context.token())
        done = [each for each in results if not isinstance(each, VersionLockingError)]
        log_changes(
            self._context, self._now, [(each.flow_run_id, each.id, "ERROR", each.state) for each in done]
        )
        became = Counter("retried" if each.state.type == "Retrying" else "failed" for each in done)
        return +(became + Counter(lost=len(task_runs) - len(done)))

    def _known_tasks(self) -> dict[int, Task]:
        """The tasks of the run's flow by their numbers; none when the flow was deleted."""
        if self._tasks is None:
            flows = self._context.store.flows
            found = flows.tasks(flows.get([self._run.flow_id]))
            self._tasks = {task.number: task for tasks in found.values() for task in tasks}
        return self._tasks


def log_changes(context: Context, now: datetime, changes: list[tuple[str, str | None, str, State]]) -> None:
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


def _with_histories(context: Context, task_runs: list[TaskRun]) -> list[TaskRun]:
    """These with all their states, without those that have changed meanwhile."""
    versions = {each.address: each.version for each in task_runs}
    found = context.store.task_runs.get(list(versions), (Part.HISTORY,))
    return [each for each in found if each.version == versions[each.address]]


def _times_retried(task_run: TaskRun) -> int:
    return sum(entry.state.type == "Retrying" for entry in task_run.history)
