"""The rules of the queue: which waiting runs an agent may take because of their labels.

The queue lists waiting runs by the digest of their set of labels, then by start time. So the runs of an agent
are a few ranges of keys, however many other runs wait. A digest never hides a run from an agent that may take
it. But different labels may have the same digest, so the labels of the run itself decide.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State, scheduled
from domain.flows.labels import MAX_LABELS

# Hexadecimal digits for each label. The digests of a hundred labels and a time fit in the 1,024 bytes of a
# sort key. Two labels with the same digest are very improbable, and would cost no more than a read in vain.
_DIGITS: Final = 9
# The message of a requeued run, by the type of the state in which it waited. Other types have a general one.
_MESSAGES: Final = {"Queued": "Its process did not ask again for a free slot."}


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """An entry of the queue: a waiting flow run, or the marker of a flow run with waiting task runs."""

    flow_run_id: str
    is_marker: bool


class TooManySets(Exception):
    """Runs with too many sets of labels wait to merge them into one order of start times."""


def labels_digest(labels: Collection[str]) -> str:
    """Return the digest of a set of labels: nine digits for each label, sorted; "" for no labels."""
    return "".join(_digests(labels)[:MAX_LABELS])


def _digests(labels: Collection[str]) -> list[str]:
    return sorted({_digest_of(label) for label in labels})


def _digest_of(label: str) -> str:
    return hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def takes(run_labels: Collection[str], agent_labels: frozenset[str]) -> bool:
    """Return True if an agent takes runs with these labels.

    The agent needs every label of the run. A run without labels goes only to an agent without labels.
    """
    return agent_labels.issuperset(run_labels) and (bool(run_labels) or not agent_labels)


class TakableSets:
    """The sets of labels whose runs an agent takes, as sorted digests.

    An agent with n labels takes two to the power of n sets. So the sets are never listed: `after` finds the
    next set from any digest.
    """

    def __init__(self, agent_labels: Collection[str]) -> None:
        self._digests = _digests(agent_labels)

    @property
    def first(self) -> str:
        """Return the first digest of a set that the agent takes."""
        return self._digests[0] if self._digests else ""

    @property
    def last(self) -> str:
        """Return the last digest of a set that the agent takes."""
        return self._digests[-1] if self._digests else ""

    @property
    def every(self) -> str:
        """Return the digest of all labels of the agent, however many they are."""
        return "".join(self._digests)

    def __contains__(self, digest: str) -> bool:
        shared, strange = self._shared(digest)
        return strange is None and bool(shared) is bool(self._digests)

    def after(self, digest: str) -> str | None:
        """Return the digest of the next set that the agent takes behind any digest; None at the end."""
        shared, strange = self._shared(digest)
        while True:
            index = bisect_right(self._digests, max([strange or "", *shared[-1:]]))
            if index < len(self._digests):
                return "".join([*shared, self._digests[index]])
            if not shared:
                return None
            strange = shared.pop()

    def _shared(self, digest: str) -> tuple[list[str], str | None]:
        """Return the digests of the agent's labels with which a digest begins, and the first other part."""
        parts = [digest[start : start + _DIGITS] for start in range(0, len(digest), _DIGITS)]
        for index, part in enumerate(parts):
            if part not in self._digests:
                return parts[:index], part
        return parts, None


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
