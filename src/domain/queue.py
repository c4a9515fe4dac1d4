"""The queue: which waiting runs an agent may take, told by their labels.

A digest of the labels is short enough to stand in the key under which a run waits. A poll looks at keys alone
to pass over what its agent cannot take, and reads only the rest: a digest never leaves out a run that the
agent may take, and one that it may not take is told by the run itself.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.flow_runs import FlowRun
from domain.states import Kind

# The digest of whoever writes the key and does not know the labels: the run itself has to tell.
ANY_LABELS: Final = "*"
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits: a flow run, or (`by_task`) a task run of the flow run that is named."""

    flow_run_id: str
    labels_digest: str
    by_task: bool

    @property
    def is_unknown(self) -> bool:
        """Whether it is a flow run whose key does not tell its labels."""
        return self.labels_digest == ANY_LABELS and not self.by_task


def labels_digest(labels: Collection[str]) -> str:
    """Four hexadecimal digits for each label, in their order; nothing for none."""
    return "".join(sorted(_digest_of(label) for label in labels))


def _digest_of(label: str) -> str:
    return hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def digests_of(labels: Collection[str]) -> frozenset[str]:
    """The digest of each label by itself, as `may_take` wants those of an agent."""
    return frozenset(_digest_of(label) for label in labels)


def may_take(run_digest: str, agent_digests: frozenset[str]) -> bool:
    """Whether an agent perhaps takes a run with this digest; False is certain."""
    if run_digest == ANY_LABELS:
        return True
    if not run_digest:
        return not agent_digests
    starts = range(0, len(run_digest), _DIGITS)
    return all(run_digest[start : start + _DIGITS] in agent_digests for start in starts)


def takes(run_labels: Collection[str], agent_labels: frozenset[str]) -> bool:
    """Whether an agent takes runs with these labels.

    It needs every label of the run. A run without labels goes only to an agent without.
    """
    return agent_labels.issuperset(run_labels) and (bool(run_labels) or not agent_labels)


def is_due(run: FlowRun, before: datetime, *, by_task: bool) -> bool:
    """Whether a run may start: it waits for a time that has come, or its task does while it is running."""
    if run.state.kind is Kind.SCHEDULED:
        due = run.state.due(run.latest.timestamp)
        return due is not None and due <= before
    return by_task and run.state.type == "Running"
