"""States of flow runs, as callers read and set them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flow_runs.errors import BadUserInputError

FAILED: Final = frozenset({"Failed", "Aborted", "TimedOut", "TriggerFailed", "ValidationFailed"})
SUCCESSFUL: Final = frozenset({"Success", "Cached", "Mapped", "Skipped"})
FINISHED: Final = FAILED | SUCCESSFUL | {"Finished", "Looped", "Cancelled"}
RUNNING: Final = frozenset({"Running", "Cancelling"})


@dataclass(frozen=True, slots=True)
class State:
    """One state: its type, such as `Success`, its message, and its details.

    `details` are the other fields of the state's JSON, such as `start_time` or Core's `_result`.
    """

    type: str
    message: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """True if the run has ended."""
        return self.type in FINISHED

    @property
    def is_successful(self) -> bool:
        """True if the run has ended in success."""
        return self.type in SUCCESSFUL

    @property
    def is_failed(self) -> bool:
        """True if the run has ended in failure; a cancelled run has not failed."""
        return self.type in FAILED

    @property
    def is_running(self) -> bool:
        """True if the run is being executed."""
        return self.type in RUNNING

    def to_json(self) -> dict[str, Any]:
        """Return the state's JSON, as the service stores it."""
        return {**self.details, "type": self.type, "message": self.message}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Return the state of a result of `to_json`, or of Prefect Core's `state.serialize()`."""
        details = {name: value for name, value in data.items() if name not in {"type", "message"}}
        message = data.get("message")
        return cls(str(data.get("type")), message if isinstance(message, str) else None, details)


def state_json(state: State | Mapping[str, Any] | str) -> dict[str, Any]:
    """Return the JSON of a state that is given as a State, as its JSON, or as its type alone."""
    if isinstance(state, State):
        return state.to_json()
    if isinstance(state, str):
        return {"type": state, "message": None}
    if isinstance(state, Mapping):
        return dict(state)
    raise BadUserInputError(f"A state is a State, its JSON object or its type; not {type(state).__name__}.")
