"""Flow runs: one item of work, its current state and every state before it."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import VersionLockingError
from domain.json_types import JsonObject
from domain.states import Kind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One state that a run was in. `token` tells the write that brought it from every other write."""

    version: int
    timestamp: datetime
    state: State
    token: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """A flow run with as much of its history as was asked for; the newest entry is always there.

    `details` holds what may be large and never changes: parameters, context, run_config, idempotency_key.
    """

    id: str
    tenant_id: str
    flow_id: str
    flow_group_id: str
    name: str
    labels: list[str]
    version: int
    created: datetime
    updated: datetime
    scheduled_start_time: datetime
    auto_scheduled: bool
    start_time: datetime | None
    end_time: datetime | None
    heartbeat: datetime | None
    details: JsonObject
    history: tuple[HistoryEntry, ...]

    @property
    def latest(self) -> HistoryEntry:
        """The entry of the current state."""
        return self.history[-1]

    @property
    def state(self) -> State:
        """The current state."""
        return self.latest.state


def cancelled_from(state: State) -> State | None:
    """The state that a request to cancel brings; None when the run has ended or was asked to already.

    A running run is asked to stop (`Cancelling`) and says itself when it has; any other ends at once.
    """
    if state.kind is Kind.FINISHED or state.type == "Cancelling":
        return None
    if state.kind is Kind.RUNNING:
        return State({"type": "Cancelling", "message": "Cancellation requested."})
    return State({"type": "Cancelled", "message": "Cancelled before it ran."})


def version_conflict(flow_run_id: str, given: int, current: HistoryEntry) -> VersionLockingError:
    """The error for a state change that held `given` while the run was at another version."""
    return VersionLockingError(
        f"State update failed: version {given} was given, but flow run {flow_run_id} is at version "
        f"{current.version} ({current.state.type}). Read it again and decide anew.",
        {
            "flow_run_id": flow_run_id,
            "given_version": given,
            "current_version": current.version,
            "current_state": current.state.type,
        },
    )
