"""Flow runs: one run of a flow each, with its current state and every state before it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.access.authors import SCHEDULE, Author
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.run_rules import RunRules
from domain.flow_runs.states import Kind, State
from domain.json_types import JsonObject
from domain.memory import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """The inputs that a flow run was created with: they may be large, and never change."""

    parameters: JsonObject = field(default_factory=dict)
    context: JsonObject = field(default_factory=dict)
    run_config: JsonObject | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """A flow run, with the parts that were loaded; its current state is always among its history.

    inputs             empty if `Part.INPUTS` was not loaded
    history            the states that were loaded, oldest first; the last one is the current state
    task_count         the number of tasks that the flow had when the run was created
    agent_id           the agent that submitted the run last
    times_resurrected  how often recovery has scheduled the run again
    begun              True if a task run was ever set Running, or is about to be
    rules              the rules by which it begins, if its schedule has any
    moved              by how much the spread of its schedule moved it when it was made
    edited             True if it got another name or other labels after it was made
    in_time            True if it was claimed or scheduled anew, and had to wait for its turn since
    author             who made it, None if its schedule did, or nobody knows
    share              the memory that its overflow items take; None if none were read
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
    inputs: RunInputs
    history: tuple[HistoryEntry, ...]
    agent_id: str | None = None
    times_resurrected: int = 0
    begun: bool = False
    rules: RunRules | None = None
    moved: timedelta = timedelta(0)
    edited: bool = False
    in_time: bool = False
    author: Author | None = None
    share: Share | None = field(default=None, compare=False, repr=False)

    @property
    def latest(self) -> HistoryEntry:
        """Return the history entry of the current state."""
        return self.history[-1]

    @property
    def created_by(self) -> Author | None:
        """Return who made the run, None for a run of a release that did not keep it."""
        return SCHEDULE if self.author is None and self.auto_scheduled else self.author

    @property
    def state(self) -> State:
        """Return the current state."""
        return self.history[-1].state


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRunChange:
    """A state to set on a flow run, and the attributes that change with it.

    version            the version that the caller holds; None for whatever version is current
    agent_id           the agent that takes the run with this state; None changes nothing
    times_resurrected  the new count; None changes nothing
    rules              the rules by which the run begins from then on; None changes nothing
    in_time            note that the run is never late; False changes nothing
    only_if_no_task_run_begun
                       set the state only while no task run has begun
    only_without_rules set the state only on a run without rules by which it begins, and
    only_if_not_automatic
                       only on one that the scheduler did not make
    """

    flow_run_id: str
    version: int | None
    state: State
    agent_id: str | None = None
    times_resurrected: int | None = None
    rules: RunRules | None = None
    in_time: bool = False
    only_if_no_task_run_begun: bool = False
    only_without_rules: bool = False
    only_if_not_automatic: bool = False


class BeginsByRules(Exception):
    """A run begins by rules, which have to be looked at first. `run` is the run as it stands."""

    def __init__(self, run: FlowRun) -> None:
        super().__init__(run.id)
        self.run = run


class Overtaken(Exception):
    """What a change relies on beside the run has changed meanwhile. Nothing was written."""


def cancelled_from(state: State, reason: str | None = None) -> State | None:
    """Return the state that a request to cancel sets; None if the run has ended or is stopping already.

    A running run is asked to stop (`Cancelling`), and its process sets the last state. Any other run ends at
    once.
    """
    if state.kind is Kind.FINISHED or state.type == "Cancelling":
        return None
    if state.kind is Kind.RUNNING:
        return State({"type": "Cancelling", "message": reason or "Cancellation requested."})
    return State({"type": "Cancelled", "message": reason or "Cancelled before it ran."})
