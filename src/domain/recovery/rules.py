"""Recovery: what becomes of runs whose process has fallen silent.

A task run that is Running without a sign of life is tried again, or has failed. A flow run in which nothing
goes on any more is scheduled anew a few times, and has then failed. One that was asked to stop has stopped.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State, scheduled
from domain.flows.flows import Switch
from domain.flows.tasks import Task
from domain.json_types import JsonObject
from domain.times import format_time, parse_interval

# From this release of Prefect Core on, only flow runs have heartbeats; theirs stand for their task runs too.
_FLOW_RUNS_ALONE: Final = (0, 15, 4)
_LONGEST_DELAY: Final = timedelta(days=3650)
# In these states a flow run needs a process; in all others it waits for somebody, or has ended.
NEEDS_PROCESS: Final = frozenset({"Submitted", "Running", "Cancelling"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a deployment decides.

    interval            between two ticks
    heartbeat_timeout   how long a process may be silent; clients give a sign of life each 30 seconds
    reschedule_after    how long a flow run may be, before it is scheduled anew
    max_reschedules     how often that is done
    """

    interval: timedelta = timedelta(minutes=1)
    heartbeat_timeout: timedelta = timedelta(minutes=2)
    reschedule_after: timedelta = timedelta(minutes=10)
    max_reschedules: int = 3

    @property
    def patience(self) -> timedelta:
        """Before so much silence nothing is done."""
        return min(self.heartbeat_timeout, self.reschedule_after)


@dataclass(frozen=True, slots=True)
class Beat:
    """A flow run's newest heartbeat, and whether its process gives none for its task runs."""

    at: datetime
    for_task_runs: bool


@dataclass(frozen=True, slots=True)
class Switches:
    """What a flow's owner allows: judging by heartbeats, and scheduling anew."""

    heartbeats: bool = True
    lazarus: bool = True

    @classmethod
    def of(cls, settings: JsonObject) -> "Switches":
        """Read them from a flow group's settings; both spellings of the first one count."""
        return cls(
            heartbeats=Switch.HEARTBEAT.is_on(settings) and not settings.get("disable_heartbeat"),
            lazarus=Switch.LAZARUS.is_on(settings),
        )


class Act(Enum):
    """What is done with a flow run."""

    RESCHEDULE = "rescheduled"
    GIVE_UP = "given_up"
    CANCEL = "cancelled"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An act, and the state that it brings."""

    act: Act
    state: State


def speaks_for_task_runs(core_version: str | None) -> bool:
    """Whether a client of this release gives no heartbeats for task runs; an unknown one may."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", core_version or "")
    return found is not None and tuple(map(int, found.groups())) >= _FLOW_RUNS_ALONE


def state_after_death(task: Task | None, times_retried: int, now: datetime) -> State:
    """The state of a task run whose process is gone: Retrying while retries are left, then Failed.

    `times_retried` is how many Retrying states it had. A task that is unknown has no retries.
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
    """The state of a task run that was left Running when its flow run ended, and whose process is gone."""
    message = f"Its flow run has ended ({flow_run.type}), and no sign of life came from its process."
    return State({"type": "Failed", "message": message})


def judge(
    run: FlowRun,
    silence: timedelta,
    *,
    active: bool,
    switches: Switches,
    parameters: Parameters,
    now: datetime,
) -> Verdict | None:
    """What is to be done with a flow run after so much silence; None for nothing.

    `active` says that a task run of it waits for its start or is at work: then it is not scheduled anew, for
    an agent or that process will go on with it.
    """
    if not switches.heartbeats:
        return None
    if run.state.type == "Cancelling":
        return _CANCELLED if silence > parameters.heartbeat_timeout else None
    idle = run.state.type in NEEDS_PROCESS and not active and silence > parameters.reschedule_after
    if not idle or not switches.lazarus:
        return None
    if run.times_resurrected >= parameters.max_reschedules:
        return _given_up(run.times_resurrected)
    return Verdict(Act.RESCHEDULE, scheduled(now, "No sign of life came from its process: scheduled anew."))


_CANCELLED: Final = Verdict(
    Act.CANCEL,
    State({"type": "Cancelled", "message": "Cancelled: its process gives no sign of life any more."}),
)


def _given_up(times: int) -> Verdict:
    message = f"No sign of life came from its process; it had been scheduled anew {times} times."
    return Verdict(Act.GIVE_UP, State({"type": "Failed", "message": message}))
