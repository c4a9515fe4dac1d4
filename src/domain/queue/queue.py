"""The queue: which waiting runs an agent may take, told by their labels.

What waits stands under a digest of its set of labels, then by its start time. So what an agent may take is a
few ranges of keys, however much else waits. A digest never hides what the agent may take; that it may take
what stands there is told by the run itself.
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

# Hexadecimal digits for each label. A hundred of them and a time are shorter than the 1,024 bytes of a sort
# key; two labels of one digest are met by nobody, and then cost a read in vain.
_DIGITS: Final = 9
# What is said of a run that is due and waited in another state than Scheduled, where more is known of it.
_WHY_OFFERED: Final = {"Queued": "Its process did not ask again for a free slot."}


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One thing that waits: a flow run, or (`is_marker`) the marker of one of which task runs wait."""

    flow_run_id: str
    is_marker: bool


class TooManySets(Exception):
    """So many sets of labels wait that they cannot be put into one order of start times."""


def labels_digest(labels: Collection[str]) -> str:
    """Return the digest of a set of labels: nine digits for each in their order, nothing for none."""
    return "".join(_digests(labels)[:MAX_LABELS])


def _digests(labels: Collection[str]) -> list[str]:
    return sorted({_digest_of(label) for label in labels})


def _digest_of(label: str) -> str:
    return hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def takes(run_labels: Collection[str], agent_labels: frozenset[str]) -> bool:
    """Whether an agent takes runs with these labels.

    It needs every label of the run. A run without labels goes only to an agent without.
    """
    return agent_labels.issuperset(run_labels) and (bool(run_labels) or not agent_labels)


class TakableSets:
    """The sets of labels whose runs an agent takes, by their digests, in the order in which these are sorted.

    There are two to the power of its labels, so they are never listed: from any digest it tells the next.
    """

    def __init__(self, agent_labels: Collection[str]) -> None:
        self._digests = _digests(agent_labels)

    @property
    def first(self) -> str:
        """The first of them."""
        return self._digests[0] if self._digests else ""

    @property
    def last(self) -> str:
        """The last of them."""
        return self._digests[-1] if self._digests else ""

    @property
    def every(self) -> str:
        """The digest of all the agent's labels, however many."""
        return "".join(self._digests)

    def __contains__(self, digest: str) -> bool:
        taken, strange = self._shared(digest)
        return strange is None and bool(taken) is bool(self._digests)

    def after(self, digest: str) -> str | None:
        """Return the first of them that comes after this digest, of whatever labels; None at the end."""
        taken, strange = self._shared(digest)
        while True:
            place = bisect_right(self._digests, max([strange or "", *taken[-1:]]))
            if place < len(self._digests):
                return "".join([*taken, self._digests[place]])
            if not taken:
                return None
            strange = taken.pop()

    def _shared(self, digest: str) -> tuple[list[str], str | None]:
        """What a digest begins with that is the agent's, and the first part of it that is not."""
        parts = [digest[start : start + _DIGITS] for start in range(0, len(digest), _DIGITS)]
        for place, part in enumerate(parts):
            if part not in self._digests:
                return parts[:place], part
        return parts, None


def is_due(run: FlowRun, before: datetime) -> bool:
    """Whether a run waits for a time that has come."""
    due = run.state.due(run.latest.timestamp) if run.state.kind is Kind.SCHEDULED else None
    return due is not None and due <= before


def offered_state(run: FlowRun) -> State:
    """Return the state in which agents take a run that is due; its own if it is that.

    They start flow runs that are Scheduled, and pass over those that wait in any other state.
    """
    if run.state.type == "Scheduled":
        return run.state
    why = _WHY_OFFERED.get(run.state.type, f"Was {run.state.type}, and its time has come.")
    return scheduled(run.state.due(run.latest.timestamp) or run.latest.timestamp, why)
