"""The rules of recovery: which state a run gets after its process has fallen silent.

A Running task run without heartbeats is retried, or fails when no retry is left. A flow run without
heartbeats and without active task runs is rescheduled a few times, and then fails. A Cancelling flow run is
Cancelled.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from domain.core_versions import CoreVersion
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State, scheduled
from domain.flows.flows import Switch
from domain.flows.tasks import Task
from domain.json_types import JsonObject
from domain.times import format_time, parse_interval

# The first release of Prefect Core whose flow runs send heartbeats for their task runs too.
_COVERING_TASK_RUNS: Final = CoreVersion(0, 15, 4)
_LONGEST_DELAY: Final = timedelta(days=3650)
# The states in which a flow run needs a process. In all other states it waits for an agent or a user, or has
# ended.
NEEDS_PROCESS: Final = frozenset({"Submitted", "Running", "Cancelling"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """The settings of a deployment.

    interval            time between two ticks
    heartbeat_timeout   longest silence of a living process; clients send a heartbeat every 30 seconds
    reschedule_after    silence after which a flow run is rescheduled
    max_reschedules     how often one flow run is rescheduled
    """

    interval: timedelta = timedelta(minutes=1)
    heartbeat_timeout: timedelta = timedelta(minutes=2)
    reschedule_after: timedelta = timedelta(minutes=10)
    max_reschedules: int = 3

    @property
    def patience(self) -> timedelta:
        """Return the shortest silence after which any rule applies."""
        return min(self.heartbeat_timeout, self.reschedule_after)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The newest heartbeat of a flow run.

    `covers_task_runs` says that the process sends no heartbeats of their own for its task runs.
    """

    at: datetime
    covers_task_runs: bool


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of a flow: `heartbeats` allows to judge by silence, `lazarus` to reschedule."""

    heartbeats: bool = True
    lazarus: bool = True

    @classmethod
    def of(cls, settings: JsonObject) -> "Switches":
        """Read the switches from the settings of a flow group; `heartbeats` has two spellings there."""
        return cls(
            heartbeats=Switch.HEARTBEAT.is_on(settings) and not settings.get("disable_heartbeat"),
            lazarus=Switch.LAZARUS.is_on(settings),
        )


class Act(Enum):
    """An action of recovery on a flow run."""

    RESCHEDULE = "rescheduled"
    GIVE_UP = "given_up"
    CANCEL = "cancelled"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An action, and the state that the flow run gets by it."""

    act: Act
    state: State


def covers_task_runs(core_version: str | None) -> bool:
    """Return True if clients of this release send heartbeats for flow runs only.

    Return False for an unknown release, because its task runs may have heartbeats of their own.
    """
    version = CoreVersion.parse(core_version)
    return version is not None and version >= _COVERING_TASK_RUNS


def state_after_death(task: Task | None, times_retried: int, now: datetime) -> State:
    """Return the state of a task run whose process is gone: Retrying while retries are left, then Failed.

    `times_retried` is the number of its Retrying states. An unknown task has no retries.
    """
    if task is None or times_retried >= task.max_retries:
        return State({"type": "Failed", "message": "No heartbeat came from its process: it is lost."})
    delay = min(parse_interval(task.retry_delay), _LONGEST_DELAY) if task.retry_delay else timedelta()
    return State(
        {
            "type": "Retrying",
            "message": "No heartbeat came from its process: it is tried again.",
            "start_time": format_time(now + delay),
            "run_count": times_retried + 1,
        }
    )


def state_after_end(flow_run: State) -> State:
    """Return the state of a task run that was Running when its flow run ended, and whose process is gone."""
    message = f"Its flow run has ended ({flow_run.type}), and no sign of life came from its process."
    return State({"type": "Failed", "message": message})


def judge(
    run: FlowRun,
    silence: timedelta,
    *,
    active: bool,
    switches: Switches,
    settings: RecoverySettings,
    now: datetime,
) -> Verdict | None:
    """Return the verdict on a flow run after this much silence; None if it is left as it is.

    `active` says that one of its task runs waits for its start or is being worked on. Such a flow run is not
    rescheduled, because an agent or the process of that task run will continue it.
    """
    if not switches.heartbeats:
        return None
    if run.state.type == "Cancelling":
        return _CANCELLED if silence > settings.heartbeat_timeout else None
    idle = run.state.type in NEEDS_PROCESS and not active and silence > settings.reschedule_after
    if not idle or not switches.lazarus:
        return None
    if run.times_resurrected >= settings.max_reschedules:
        return _given_up(run.times_resurrected)
    return Verdict(Act.RESCHEDULE, scheduled(now, "No sign of life came from its process: scheduled anew."))


_CANCELLED: Final = Verdict(
    Act.CANCEL,
    State({"type": "Cancelled", "message": "Cancelled: its process gives no sign of life any more."}),
)


def _given_up(times: int) -> Verdict:
    message = f"No sign of life came from its process; it had been scheduled anew {times} times."
    return Verdict(Act.GIVE_UP, State({"type": "Failed", "message": message}))
