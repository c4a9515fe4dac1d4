"""Flow runs: one item of work, its current state and every state before it."""

from dataclasses import dataclass
from datetime import datetime

from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import Kind, State
from domain.json_types import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """A flow run with as much of its history as was asked for; the newest entry is always there.

    `details` holds what may be large and never changes: parameters, context, run_config, idempotency_key.
    `task_count` is how many tasks its flow had when it was made; `agent_id` the agent that submitted it last;
    `times_resurrected` how often recovery has scheduled it anew; `begun` whether a task run of it was ever
    set Running, or is about to be.
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
    task_count: int
    start_time: datetime | None
    end_time: datetime | None
    heartbeat: datetime | None
    details: JsonObject
    history: tuple[HistoryEntry, ...]
    agent_id: str | None = None
    times_resurrected: int = 0
    begun: bool = False

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
