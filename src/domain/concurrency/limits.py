"""Concurrency limits: how many flow runs with one label, or task runs with one tag, may be Running at a time.

A run that is set Running while a limit is full becomes Queued instead, and its process asks again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from domain.concurrency.counting import Counting
from domain.core_versions import CoreVersion
from domain.errors import BadUserInput
from domain.flow_runs.states import KIND_OF, Kind, State, scheduled
from domain.ids import stable_id
from domain.json_types import JsonObject
from domain.names import check_name
from domain.times import format_time

MAX_SLOTS: Final = 1_000_000
# A transaction writes at most 100 items: a slot of each limit, the run, and its overflow items.
MAX_LIMITS_OF_ONE: Final = 90
# The limits of a task's tags are read a hundred at a time.
MAX_TAGS: Final = 500
# A process asks again every 30 seconds (clients' `queue_interval`). Its Queued state is due twice as late, so
# that the queue offers the run to other processes only if its own process has missed its turn.
QUEUED_FOR: Final = timedelta(seconds=60)
# How soon another process may take a run whose own process cannot wait.
TRIED_AGAIN_AFTER: Final = timedelta(seconds=30)
# The first release of Prefect Core whose flow runs can wait in their process.
_FLOW_RUNS_WAIT: Final = CoreVersion(0, 12, 1)
_META_STATES: Final = ("Queued", "Submitted", "ClientFailed")


class LimitKind(Enum):
    """The runs that a limit counts: flow runs with a label, or task runs whose task has a tag."""

    LABEL = "label"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimit:
    """A limit: at most `limit` runs with the label or tag `name` may be Running, and `used` of them are.

    `counting` is the progress of the count of the runs that were Running when the limit was created or
    changed; None if all have been counted.
    """

    id: str
    tenant_id: str
    kind: LimitKind
    name: str
    limit: int
    used: int
    created: datetime
    updated: datetime
    counting: Counting | None = None

    @property
    def is_full(self) -> bool:
        """Return True if one more run has to wait."""
        return self.used >= self.limit or bool(self.counting and self.counting.is_closed)


class NoFreeSlot(Exception):
    """A run found no free slot: `names` are the full limits; empty if a limit was deleted in the meantime."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)


def limit_id(tenant_id: str, kind: LimitKind, name: str) -> str:
    """Return the id of a limit, which follows from its name, so that both lead to the limit."""
    return stable_id(tenant_id, f"limit/{kind.value}/{name}")


def check_limit(name: str, limit: int, what: str) -> None:
    """Raise BadUserInput for an unusable name or number of slots; `what` is the name of the name's input."""
    check_name(name, what)
    if not 0 <= limit <= MAX_SLOTS:
        raise BadUserInput(f"limit must be from 0 (none may run) to {MAX_SLOTS:,}, not {limit:,}.")


def tags_of(state: State) -> list[str]:
    """Return the tags of the task whose run enters a state: Core puts them in it. Raises BadUserInput."""
    tags = _given_tags(state)
    if len(tags) > MAX_TAGS:
        raise BadUserInput(f"state.context.tags: a task may have at most {MAX_TAGS} tags, not {len(tags):,}.")
    return sorted({tag for tag in tags if isinstance(tag, str)})


def has_tag(state: State, tag: str) -> bool:
    """Return True if a state names this tag of its task."""
    return tag in _given_tags(state)


def _given_tags(state: State) -> list[Any]:
    context = state.data.get("context")
    tags = context.get("tags") if isinstance(context, dict) else None
    return tags if isinstance(tags, list) else []


def check_not_too_many(limits: Sequence[ConcurrencyLimit]) -> None:
    """Raise BadUserInput if more limits hold for a run than it can take slots of."""
    if len(limits) > MAX_LIMITS_OF_ONE:
        raise BadUserInput(
            f"State update failed: {len(limits)} concurrency limits hold for the run; at most "
            f"{MAX_LIMITS_OF_ONE} can. Delete some of them, or give the run fewer {limits[0].kind.value}s."
        )


def queued(before: State, kind: LimitKind, names: Iterable[str], now: datetime) -> State:
    """Return the Queued state of a run that has to wait for a slot."""
    return queued_with(waiting_for(kind, names), before, now)


def queued_with(message: str, before: State, now: datetime) -> State:
    """Return the Queued state of a run whose process waits; it contains the state `before`, whole.

    A runner unwraps the contained state and continues from it. So the contained state is never Running,
    because from Running the runner would continue without a slot.
    """
    inner = _unwrapped(before)
    return State(
        {
            "type": "Queued",
            "message": message,
            "start_time": format_time(now + QUEUED_FOR),
            "state": inner.data if inner else None,
        }
    )


def waiting_for(kind: LimitKind, names: Iterable[str]) -> str:
    """Return the message of a run that waits; it is short, because it is stored in the history."""
    quoted = [repr(name[:40]) for name in names]
    more = f" and {len(quoted) - 1} more" if len(quoted) > 1 else ""
    return f"Waits for a free slot: concurrency limit of {kind.value} {quoted[0]}{more}."


def scheduled_again(kind: LimitKind, names: Iterable[str], now: datetime) -> State:
    """Return the state of a flow run that has to wait and whose process cannot: another process takes it."""
    return scheduled(now + TRIED_AGAIN_AFTER, waiting_for(kind, names))


def can_wait(core_version: str | None) -> bool:
    """Return True if the process of a flow run can wait; a client that names no release can."""
    version = CoreVersion.parse(core_version)
    return version is None or version >= _FLOW_RUNS_WAIT


def _unwrapped(state: State) -> State | None:
    """Return the state that a runner would start from; None if no runner can start from it again."""
    data: JsonObject | None = state.data
    while isinstance(data, dict) and data.get("type") in _META_STATES:
        data = data.get("state")
    # The contained state comes from the client, and was never checked.
    kind = KIND_OF.get(str(data.get("type"))) if isinstance(data, dict) else None
    return State(data) if data and kind in (Kind.PENDING, Kind.SCHEDULED) else None
