"""The states of Prefect Core, and the facts that a run's state tells about the run.

The table lists every type that releases 0.6 to 1.4 can produce (`prefect.engine.state`), with its kind. The
kind of a state decides which columns of the run it sets, and which index lists the run.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.state_sizes import fits, shortened
from domain.json_types import JsonObject
from domain.sizes import KEPT_VALUE, check_kept, json_text
from domain.times import format_time, parse_time


class Kind(Enum):
    """The meaning of a state for its run."""

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

# The types of a failed end; Core derives them from Failed. A cancelled run has not failed.
FAILED: Final = frozenset({"Failed", "Aborted", "TimedOut", "TriggerFailed", "ValidationFailed"})
# The types that set `end_time`. The other finished types do not set it on Prefect's server either.
_ENDING: Final = frozenset({"Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled"})


class State:
    """A state as a client sent it: `data` is stored and returned unchanged."""

    __slots__ = ("_data", "_type", "_unpack")

    def __init__(
        self, data: JsonObject, name: str | None = None, unpack: Callable[[], JsonObject] | None = None
    ) -> None:
        self._data, self._type, self._unpack = data, name or data.get("type"), unpack

    @classmethod
    def stored(cls, unpack: Callable[[], JsonObject], name: str | None = None) -> "State":
        """Return a state that is unpacked when somebody looks at its data, or at its type if `name` lacks."""
        return cls({}, name, unpack)

    @property
    def data(self) -> JsonObject:
        """The whole state."""
        unpack = self._unpack
        if unpack is not None:
            self._data, self._unpack = unpack(), None
        return self._data

    @property
    def type(self) -> str:
        """Return the class name in Prefect Core, such as `Running`."""
        if self._type is None:
            self._type = str(self.data["type"])
        return self._type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"State({self._data if self._unpack is None else '…'!r})"

    @property
    def kind(self) -> Kind:
        """Return the kind of the type."""
        return KIND_OF[self._type or self.type]

    @property
    def message(self) -> str | None:
        """Return the message of the state; None if it has none."""
        message = self.data.get("message")
        return message if isinstance(message, str) else None

    @property
    def ends_run(self) -> bool:
        """Return True if the run's end time is the time of this state."""
        return self.type in _ENDING

    def due(self, timestamp: datetime) -> datetime | None:
        """Return the time from which a run in this state may start; None if it waits for no time.

        A scheduled state without a start time is due at once, at `timestamp`, as clients read it. Only
        `Paused` without a start time waits until a user resumes the run.
        """
        if self.kind is not Kind.SCHEDULED:
            return None
        start = self.data.get("start_time")
        if start is not None:
            return parse_time(start, "state.start_time")
        return None if self.type == "Paused" else timestamp


def parse_state(value: object, text: str | None = None) -> State:
    """Return the state that a client sent, after checks. `text` is its JSON text, if that is known.

    A finished state that is too large is shortened. Raises BadUserInput if the value is no object with a
    known `type`, and PayloadTooLarge if any other state has more than KEPT_VALUE allows.
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
        return _as_far_as_it_fits(state, text)
    check_kept(json_text(value) if text is None else text, "state", KEPT_VALUE)
    return state


def _as_far_as_it_fits(state: State, text: str | None = None) -> State:
    if text is None:
        text = json_text(state.data)
    return state if fits(text) else State(shortened(state.data, text))


def with_cached_inputs(state: State, before: State) -> State:
    """Return a state with the cached inputs of the state before it, if it has none itself.

    A client that sends a small state does not know whether the inputs fit beside it. If the state does not
    end its run and the inputs do not fit, they are left out and the run goes on without them.
    """
    if state.data.get("cached_inputs") or not before.data.get("cached_inputs"):
        return state
    found = State({**state.data, "cached_inputs": before.data["cached_inputs"]})
    if found.kind is Kind.FINISHED:
        return _as_far_as_it_fits(found)
    return found if fits(json_text(found.data)) else state


def scheduled(start_time: datetime, message: str = "Flow run scheduled.") -> State:
    """Return a Scheduled state, in which every flow run begins."""
    return State({"type": "Scheduled", "message": message, "start_time": format_time(start_time)})
