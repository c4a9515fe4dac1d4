"""The states of Prefect Core, and what may be known from one.

The table lists every type that releases 0.6 to 1.4 can produce (`prefect.engine.state`), with its kind:
what the types have in common decides which run columns they set and where a run is listed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.state_sizes import MAX_STATE_BYTES, fits, shortened
from domain.json_types import JsonObject
from domain.sizes import check_json_size
from domain.times import format_time, parse_time


class Kind(Enum):
    """What a state means for the run that is in it."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    FINISHED = "finished"


_KINDS: Final = {
    Kind.PENDING: ("Pending", "ClientFailed", "Submitted"),
    Kind.SCHEDULED: ("Scheduled", "Paused", "Resume", "Retrying", "Queued"),
    Kind.RUNNING: ("Running", "Cancelling"),
    Kind.FINISHED: (
        *("Finished", "Looped", "Success", "Cached", "Mapped", "Skipped"),
        *("Failed", "Aborted", "Cancelled", "TimedOut", "TriggerFailed", "ValidationFailed"),
    ),
}
KIND_OF: Final = {name: kind for kind, names in _KINDS.items() for name in names}

# The types whose time ends the run; the other finished types left `end_time` alone on Prefect's server too.
_ENDING: Final = frozenset({"Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled"})


@dataclass(frozen=True, slots=True)
class State:
    """One state as a client gave it: `data` is kept and given back as it is here."""

    data: JsonObject

    @property
    def type(self) -> str:
        """The class name in Prefect Core, such as `Running`."""
        return str(self.data["type"])

    @property
    def kind(self) -> Kind:
        """What the type means for the run."""
        return KIND_OF[self.type]

    @property
    def message(self) -> str | None:
        """The text that came with it, if any."""
        message = self.data.get("message")
        return message if isinstance(message, str) else None

    @property
    def ends_run(self) -> bool:
        """Whether the run's end time is this state's."""
        return self.type in _ENDING

    def due(self, timestamp: datetime) -> datetime | None:
        """When a run in this state may start; None when it waits for nothing.

        A scheduled state without a start time is due at once, at `timestamp`, as clients read it; only
        `Paused` without one waits until somebody resumes it.
        """
        if self.kind is not Kind.SCHEDULED:
            return None
        start = self.data.get("start_time")
        if start is not None:
            return parse_time(start, "state.start_time")
        return None if self.type == "Paused" else timestamp


def parse_state(value: object) -> State:
    """Check a state that a client sent.

    One that ends its run and is too large is kept without what makes it so. Raises BadUserInput for what is
    not an object with a known `type`, and PayloadTooLarge for any other beyond MAX_STATE_BYTES of JSON.
    """
    if not isinstance(value, dict):
        raise BadUserInput('state must be an object such as {"type": "Success", "message": "It worked!"}.')
    name = value.get("type")
    if not isinstance(name, str) or name not in KIND_OF:
        raise BadUserInput(f"state.type must be one of {', '.join(sorted(KIND_OF))}; not {str(name)[:60]!r}.")
    if not isinstance(value.get("message"), str | None):
        raise BadUserInput("state.message must be a text or null.")
    state = State(value)
    if state.kind is Kind.SCHEDULED and value.get("start_time") is not None:
        parse_time(value["start_time"], "state.start_time")
    if state.kind is Kind.FINISHED:
        return _as_far_as_it_fits(state)
    check_json_size(value, "state", MAX_STATE_BYTES)
    return state


def _as_far_as_it_fits(state: State) -> State:
    return state if fits(state.data) else State(shortened(state.data))


def with_cached_inputs(state: State, before: State) -> State:
    """The state with the cached inputs of the one before it, if it has none itself.

    Who sends a small state knows nothing of inputs that do not fit beside it. Where it does not end its run
    they are left out, and the run goes on without them.
    """
    if state.data.get("cached_inputs") or not before.data.get("cached_inputs"):
        return state
    found = State({**state.data, "cached_inputs": before.data["cached_inputs"]})
    if found.kind is Kind.FINISHED:
        return _as_far_as_it_fits(found)
    return found if fits(found.data) else state


def scheduled(start_time: datetime, message: str = "Flow run scheduled.") -> State:
    """The state in which every run begins."""
    return State({"type": "Scheduled", "message": message, "start_time": format_time(start_time)})
