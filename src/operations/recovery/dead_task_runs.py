"""Dead task runs: which task runs have lost their process, and the writes that retry or fail them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State
from domain.flows.tasks import Task
from domain.parts import Part
from domain.recovery.rules import state_after_death, state_after_end
from domain.task_runs.logs import LogEntry
from domain.task_runs.task_runs import Address, TaskRun, TaskRunChange
from operations.context import Context
from operations.recovery.tick_view import TickView

# So many task runs are written at once. Then the time is looked at again.
AT_A_TIME: Final = 64
_LOGGER: Final = "recovery"


def is_dead(
    task_run: TaskRun, run_heartbeat: datetime, own_heartbeats: Mapping[Address, datetime], tick: TickView
) -> bool:
    """Return True if a task run is Running or Cancelling, and its process was silent for too long.

    The silence begins with the task run's own heartbeat, or with the flow run's if it has none. It begins
    no earlier than the current state of the task run.
    """
    last_heartbeat = own_heartbeats.get(task_run.address, run_heartbeat)
    last_sign = max(last_heartbeat, task_run.latest.timestamp)
    is_silent = tick.cursor.is_silent_since(tick.heartbeat_deadline, last_sign)
    return task_run.state.kind is Kind.RUNNING and is_silent


def write_batches(task_runs: list[TaskRun]) -> Iterator[list[TaskRun]]:
    """Yield the task runs in batches of AT_A_TIME."""
    return (task_runs[start : start + AT_A_TIME] for start in range(0, len(task_runs), AT_A_TIME))


class DeadTaskRuns:
    """Changes the dead task runs of one flow run, each under the version in which it was found dead."""

    def __init__(self, context: Context, run: FlowRun, now: datetime) -> None:
        self._context, self._run, self._now = context, run, now
        self._tasks: dict[int, Task] | None = None

    def retry_or_fail(self, dead: list[TaskRun]) -> Counter[str]:
        """Set task runs Retrying while they have retries left, else Failed.

        Return how many were `retried`, how many `failed`, and how many were `lost` because they have changed
        since they were read.
        """
        tasks = self._known_tasks()
        found = _with_histories(self._context, dead)
        states = [
            state_after_death(tasks.get(task_run.address.number), _times_retried(task_run), self._now)
            for task_run in found
        ]
        became = self._change(found, states)
        return +(became + Counter(lost=len(dead) - len(found)))

    def fail(self, dead: list[TaskRun]) -> Counter[str]:
        """Set task runs Failed because their flow run has ended. Return how many `failed` or were `lost`."""
        return self._change(dead, [state_after_end(self._run.state)] * len(dead))

    def _change(self, task_runs: list[TaskRun], states: list[State]) -> Counter[str]:
        changes = [
            TaskRunChange(address=task_run.address, version=task_run.version, state=state)
            for task_run, state in zip(task_runs, states, strict=True)
        ]
        results = self._context.store.task_runs.set_states(changes, self._now, self._context.token())
        changed = [result for result in results if not isinstance(result, VersionLockingError)]
        log_changes(
            self._context,
            self._now,
            [(task_run.flow_run_id, task_run.id, "ERROR", task_run.state) for task_run in changed],
        )
        became = Counter("retried" if task_run.state.type == "Retrying" else "failed" for task_run in changed)
        return +(became + Counter(lost=len(task_runs) - len(changed)))

    def _known_tasks(self) -> dict[int, Task]:
        """Return the tasks of the flow by their numbers; none if the flow was deleted."""
        if self._tasks is None:
            flows = self._context.store.flows
            found = flows.tasks(flows.get([self._run.flow_id]))
            self._tasks = {task.number: task for tasks in found.values() for task in tasks}
        return self._tasks


def log_changes(context: Context, now: datetime, changes: list[tuple[str, str | None, str, State]]) -> None:
    """Write an entry into the log of a flow run for each change, with the new state and its reason.

    A change is the id of the flow run, the id of the task run or None, the level, and the state.
    """
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
    """Read the task runs with the types of all their states. Leave out those that have changed since."""
    versions = {task_run.address: task_run.version for task_run in task_runs}
    found = context.store.task_runs.get(list(versions), (Part.TYPES,))
    return [task_run for task_run in found if task_run.version == versions[task_run.address]]


def _times_retried(task_run: TaskRun) -> int:
    return sum(entry.state.type == "Retrying" for entry in task_run.history)
