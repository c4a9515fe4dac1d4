"""The rules of the queue: which waiting runs an agent may take because of their labels.

The queue lists waiting runs by the digest of their set of labels, then by start time. So the runs of an agent
are a few ranges of keys, however many other runs wait (`domain.queue.label_sets`). A digest never hides a run
from an agent that may take it. But the index may be a moment late, so the labels of the run itself decide.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State, scheduled

# The message of a requeued run, by the type of the state in which it waited. Other types have a general one.
_MESSAGES: Final = {"Queued": "Its process did not ask again for a free slot."}


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An entry of the queue: a waiting flow run, or the marker of a flow run with waiting task runs."""

    flow_run_id: str
    is_marker: bool


class TooManySets(Exception):
    """Runs with too many sets of labels wait to merge them into one order of start times."""


def takes(run_labels: Collection[str], agent_labels: frozenset[str]) -> bool:
    """Return True if an agent takes runs with these labels.

    The agent needs every label of the run. A run without labels goes only to an agent without labels.
    """
    return agent_labels.issuperset(run_labels) and (bool(run_labels) or not agent_labels)


def is_due(run: FlowRun, before: datetime) -> bool:
    """Return True if a run waits for a time that has come."""
    due = run.state.due(run.latest.timestamp) if run.state.kind is Kind.SCHEDULED else None
    return due is not None and due <= before


def offered_state(run: FlowRun) -> State:
    """Return the state in which agents take a due run: its own state, or a new Scheduled state.

    Agents start flow runs that are Scheduled, and skip flow runs that wait in any other state.
    """
    if run.state.type == "Scheduled":
        return run.state
    message = _MESSAGES.get(run.state.type, f"Was {run.state.type}, and its time has come.")
    return scheduled(run.state.due(run.latest.timestamp) or run.latest.timestamp, message)
