"""Task runs: one task's part of a flow run, with a state and a history of its own.

A task run is stored from its first state change on. Before, all its columns follow from its flow run, so that
the creation of a flow run costs nothing for its tasks.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.ids import is_time_ordered, member_id, number_of, numbers_members, owner_of, stable_id
from domain.memory import Share

NOT_MAPPED: Final = -1
MAX_MAP_INDEX: Final = 9_999_999
_NO_TOKEN: Final = bytes(6)


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a task run: flow run, number of its task in the flow, and mapped child's index or -1."""

    flow_run_id: str
    number: int
    map_index: int = NOT_MAPPED

    @property
    def id(self) -> str:
        """Return the task run's id, which follows from the address, so that no request has to create it."""
        if self.is_in_id:
            return member_id(self.flow_run_id, self.number)
        return stable_id(self.flow_run_id, f"map/{self.number}/{self.map_index}")

    @property
    def is_in_id(self) -> bool:
        """Return True if the id contains the address.

        The addresses of mapped children are stored, and all addresses in flow runs of release 0.1.0.
        """
        return self.map_index == NOT_MAPPED and numbers_members(self.flow_run_id)


@dataclass(frozen=True, slots=True)
class CachedAs:
    """The keys by which a cached result is found: its task, and a key that several tasks may share."""

    task_id: str
    cache_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRunChange:
    """A state to set on a task run.

    version  the version that the caller holds; None for whatever version is current
    cached   the keys of the cached result; needed for the state Cached
    """

    address: Address
    version: int | None
    state: State
    cached: CachedAs | None = None


@dataclass(frozen=True, slots=True)
class Children:
    """A summary of the children of a mapped task run: number of each state, first start and last end."""

    state_counts: dict[str, int]
    min_start_time: datetime | None
    max_end_time: datetime | None


def address_in_id(task_run_id: str) -> Address | None:
    """Return the address that an id contains; None if the address is stored."""
    if not is_time_ordered(task_run_id) or number_of(task_run_id) == 0:
        return None
    return Address(owner_of(task_run_id), number_of(task_run_id))


def check_map_index(map_index: int) -> int:
    """Return the index of a mapped child, or -1. Raises BadUserInput if it is out of range."""
    if not NOT_MAPPED <= map_index <= MAX_MAP_INDEX:
        raise BadUserInput(f"map_index must be from -1 (not mapped) to {MAX_MAP_INDEX:,}, not {map_index}.")
    return map_index


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """A task run, with the parts that were loaded; its current state is always among its history.

    cache_key  the cache key of its task; None unless its state is Cached
    history    the states that were loaded, oldest first; the last one is the current state
    share      the memory that its overflow items take; None if none were read
    """

    address: Address
    tenant_id: str
    flow_id: str
    name: str | None
    version: int
    created: datetime
    updated: datetime
    start_time: datetime | None
    end_time: datetime | None
    heartbeat: datetime | None
    cache_key: str | None
    history: tuple[HistoryEntry, ...]
    share: Share | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """Return the identifier."""
        return self.address.id

    @property
    def flow_run_id(self) -> str:
        """Return the id of the flow run."""
        return self.address.flow_run_id

    @property
    def map_index(self) -> int:
        """Return the index of a mapped child; -1 if the task is not mapped."""
        return self.address.map_index

    @property
    def task_id(self) -> str:
        """Return the id of the task."""
        return member_id(self.flow_id, self.address.number)

    @property
    def latest(self) -> HistoryEntry:
        """Return the history entry of the current state."""
        return self.history[-1]

    @property
    def state(self) -> State:
        """Return the current state."""
        return self.latest.state


def not_begun(flow_run: FlowRun, address: Address) -> TaskRun:
    """Return a task run as it is before its first state change.

    The task run is Pending, or Cancelled if its flow run was cancelled before the task run began.
    """
    pending = State({"type": "Pending", "message": "Task run created"})
    history = [HistoryEntry(version=1, timestamp=flow_run.created, state=pending, token=_NO_TOKEN)]
    if flow_run.state.type == "Cancelled":
        latest = flow_run.latest
        history.append(
            HistoryEntry(version=2, timestamp=latest.timestamp, state=latest.state, token=_NO_TOKEN)
        )
    return TaskRun(
        address=address,
        tenant_id=flow_run.tenant_id,
        flow_id=flow_run.flow_id,
        name=None,
        version=len(history),
        created=flow_run.created,
        updated=history[-1].timestamp,
        start_time=None,
        end_time=history[-1].timestamp if len(history) > 1 else None,
        heartbeat=None,
        cache_key=None,
        history=tuple(history),
    )


def begun(
    task_run: TaskRun, state: State, at: datetime, token: bytes, cached: CachedAs | None = None
) -> TaskRun:
    """Return a task run that had not begun, with its first state change."""
    entry = HistoryEntry(version=task_run.version + 1, timestamp=at, state=state, token=token)
    return replace(
        task_run,
        version=entry.version,
        updated=at,
        start_time=at if state.type == "Running" else None,
        end_time=at if state.ends_run else task_run.end_time,
        cache_key=cached.cache_key if cached else None,
        history=(*task_run.history, entry),
    )


def check_may_run(flow_run: FlowRun, task_run_id: str) -> None:
    """Raise BadUserInput unless the flow run of a task run to start is Running."""
    if flow_run.state.type != "Running":
        raise BadUserInput(
            f"State update failed: task run {task_run_id} cannot be Running while its flow run "
            f"{flow_run.id} is {flow_run.state.type}."
        )
