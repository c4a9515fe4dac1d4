"""Concurrency limits: how many flow runs with one label, or task runs with one tag, may run at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from domain.errors import BadUserInput
from domain.ids import stable_id
from domain.states import State
from domain.times import format_time

MAX_SLOTS: Final = 1_000_000
# How long clients wait before they ask again.
WAIT: Final = timedelta(seconds=30)


class LimitKind(Enum):
    """What a limit counts."""

    LABEL = "label"  # flow runs by their labels
    TAG = "tag"  # task runs by their tasks' tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit: of `slots` that there are, `used` are taken. One that is lowered may have more taken."""

    id: str
    tenant_id: str
    kind: LimitKind
    name: str
    slots: int
    used: int
    created: datetime
    updated: datetime


class NoFreeSlot(Exception):
    """A limit has no slot left for one more; the caller decides what happens instead."""


def limit_id(tenant_id: str, kind: LimitKind, name: str) -> str:
    """The id of a limit: the same for the same name, so that it needs no look-up."""
    return stable_id(tenant_id, f"limit/{kind.value}/{name}")


def check_slots(slots: int) -> int:
    """Answer how many slots a limit is to have. Raises BadUserInput."""
    if not 0 <= slots <= MAX_SLOTS:
        raise BadUserInput(f"limit must be from 0 to {MAX_SLOTS:,}, not {slots}.")
    return slots


def queued(limits: list[Limit], now: datetime) -> State:
    """The state of a run that was to be Running and found no free slot."""
    names = ", ".join(f"{limit.kind.value} {limit.name!r} ({limit.slots})" for limit in limits)
    return State(
        {
            "type": "Queued",
            "message": f"Queued: no free slot of the concurrency limit on {names}.",
            "start_time": format_time(now + WAIT),
            "state": None,
        }
    )


def tags_in(state: State) -> list[str]:
    """The tags of the task, as clients put them into the context of its states."""
    context = state.data.get("context")
    tags = context.get("tags") if isinstance(context, dict) else None
    return sorted({tag for tag in tags if isinstance(tag, str) and tag}) if isinstance(tags, list) else []
