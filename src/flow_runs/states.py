"""A state of a flow run, as a caller sees it and gives it."""

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
    """One state: its type, such as `Success`, its message, and whatever else its JSON holds.

    `details` are the other fields of the state's JSON, such as `start_time` or Core's `_result`.
    """

    type: str
    message: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended."""
        return self.type in FINISHED

    @property
    def is_successful(self) -> bool:
        """Whether the run has ended well."""
        return self.type in SUCCESSFUL

    @property
    def is_failed(self) -> bool:
        """Whether the run has ended in failure; being cancelled is none."""
        return self.type in FAILED

    @property
    def is_running(self) -> bool:
        """Whether the run is being executed."""
        return self.type in RUNNING

    def to_json(self) -> dict[str, Any]:
        """Write the state as the service keeps it."""
        return {**self.details, "type": self.type, "message": self.message}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Read what `to_json` wrote, or Prefect Core's `state.serialize()`."""
        details = {name: value for name, value in data.items() if name not in {"type", "message"}}
        message = data.get("message")
        return cls(str(data.get("type")), message if isinstance(message, str) else None, details)


def state_json(state: State | Mapping[str, Any] | str) -> dict[str, Any]:
    """Write any spelling of a state as JSON: a State, its JSON, or its type alone."""
    if isinstance(state, State):
        return state.to_json()
    if isinstance(state, str):
        return {"type": state, "message": None}
    if isinstance(state, Mapping):
        return dict(state)
    raise BadUserInputError(f"A state is a State, its JSON object or its type; not {type(state).__name__}.")
