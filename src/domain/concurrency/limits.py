"""Concurrency limits: how many flow runs with one label, or task runs with one tag, may be Running at a time.

Who asks to be Running and finds no free slot is Queued instead, and asks again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from domain.concurrency.counting import Counting
from domain.core_versions import CoreVersion
from domain.errors import BadUserInput
from domain.flow_runs.states import KIND_OF, Kind, State, scheduled
from domain.ids import stable_id
from domain.json_types import JsonObject
from domain.names import check_name
from domain.times import format_time

MAX_SLOTS: Final = 1_000_000
# A transaction writes at most 100 items: a slot of each limit, the run, and what of its history is apart.
MAX_LIMITS_OF_ONE: Final = 90
# A task's tags are looked up a hundred at a time.
MAX_TAGS: Final = 500
# A process asks again every 30 seconds (clients' `queue_interval`). Its Queued state is due twice as late, so
# that the queue offers it to others only once the process has missed its turn.
QUEUED_FOR: Final = timedelta(seconds=60)
# How soon what an old client cannot wait for is taken up by another process.
TRIED_AGAIN_AFTER: Final = timedelta(seconds=30)
# The first release of Prefect Core whose flow runs can wait in their process.
_FLOW_RUNS_WAIT: Final = CoreVersion(0, 12, 1)
_META_STATES: Final = ("Queued", "Submitted", "ClientFailed")


class LimitKind(Enum):
    """What a limit counts: flow runs by one of their labels, or task runs by one of their task's tags."""

    LABEL = "label"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimit:
    """At most `limit` runs with this name among their labels (or tags) may be Running; `used` are now.

    `counting` is how far those have been counted who were Running when it was made or changed; None for all.
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
        """Whether one more has to wait."""
        return self.used >= self.limit or bool(self.counting and self.counting.is_closed)


class NoFreeSlot(Exception):
    """Limits have no slot left for one more; `names` are theirs. Without any, a limit is there no more."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = list(names)


def limit_id(tenant_id: str, kind: LimitKind, name: str) -> str:
    """The id of a limit: the same for the same name, so that name and id both lead to it."""
    return stable_id(tenant_id, f"limit/{kind.value}/{name}")


def check_limit(name: str, limit: int, what: str) -> None:
    """Raise BadUserInput for a name or a number that no limit can have; `what` is the name's input."""
    check_name(name, what)
    if not 0 <= limit <= MAX_SLOTS:
        raise BadUserInput(f"limit must be from 0 (none may run) to {MAX_SLOTS:,}, not {limit:,}.")


def tags_of(state: State) -> list[str]:
    """The tags of the task that asks for a state, which Prefect Core names in it. Raises BadUserInput."""
    context = state.data.get("context")
    tags = context.get("tags") if isinstance(context, dict) else None
    if not isinstance(tags, list):
        return []
    if len(tags) > MAX_TAGS:
        raise BadUserInput(f"state.context.tags: a task may have at most {MAX_TAGS} tags, not {len(tags):,}.")
    return sorted({tag for tag in tags if isinstance(tag, str)})


def has_tag(state: State, tag: str) -> bool:
    """Whether a state names this tag of its task."""
    context = state.data.get("context")
    tags = context.get("tags") if isinstance(context, dict) else None
    return isinstance(tags, list) and tag in tags


def check_not_too_many(limits: Sequence[ConcurrencyLimit]) -> None:
    """Raise BadUserInput for more limits than one run can take slots of."""
    if len(limits) > MAX_LIMITS_OF_ONE:
        raise BadUserInput(
            f"State update failed: {len(limits)} concurrency limits hold for it; at most {MAX_LIMITS_OF_ONE} "
            f"can. Delete some of them, or give it fewer {limits[0].kind.value}s."
        )


def queued(before: State, kind: LimitKind, names: Iterable[str], now: datetime) -> State:
    """The state of who asked to be Running and must wait: it has left `before`, whole, and returns to it.

    A runner unwraps it and goes on from what it holds. So that is never a Running one, from which it would
    go on without asking for its slot.
    """
    waits_in = _unwrapped(before)
    return State(
        {
            "type": "Queued",
            "message": waiting_for(kind, names),
            "start_time": format_time(now + QUEUED_FOR),
            "state": waits_in.data if waits_in else None,
        }
    )


def waiting_for(kind: LimitKind, names: Iterable[str]) -> str:
    """What is said of who waits, short enough for any history."""
    quoted = [repr(name[:40]) for name in names]
    more = f" and {len(quoted) - 1} more" if len(quoted) > 1 else ""
    return f"Waits for a free slot: concurrency limit of {kind.value} {quoted[0]}{more}."


def scheduled_again(kind: LimitKind, names: Iterable[str], now: datetime) -> State:
    """The state of a flow run that has to wait and whose process cannot: another process will ask."""
    return scheduled(now + TRIED_AGAIN_AFTER, waiting_for(kind, names))


def can_wait(core_version: str | None) -> bool:
    """Whether a flow run's process can wait; a client that names no release is taken to read the answer."""
    version = CoreVersion.parse(core_version)
    return version is None or version >= _FLOW_RUNS_WAIT


def _unwrapped(state: State) -> State | None:
    """What a runner would start from; None for what none can start from again."""
    data: JsonObject | None = state.data
    while isinstance(data, dict) and data.get("type") in _META_STATES:
        data = data.get("state")
    # What stands inside of a state is the client's own and was never checked.
    kind = KIND_OF.get(str(data.get("type"))) if isinstance(data, dict) else None
    return State(data) if data and kind in (Kind.PENDING, Kind.SCHEDULED) else None
