"""What a restart needs to know of stored task runs, and the states that it gives them."""

from dataclasses import dataclass
from typing import Final

from domain.flow_runs.states import State

# In these states a task run has done its work. Looped is not among them, because the task run goes on.
DONE: Final = frozenset({"Finished", "Success", "Cached", "Mapped", "Skipped"})
RESET: Final = State({"type": "Pending", "message": "Its flow run was restarted."})
# The message tells it from a task run that has failed: what has taken its result before stays.
AGAIN: Final = State({"type": "Pending", "message": "Its flow run was restarted, and needs its result."})
_RESET_TYPE: Final = "Pending"


@dataclass(frozen=True, slots=True)
class KnownTaskRun:
    """What the choice needs to know of a stored task run.

    message   that of its state, as far as it matters
    children  how many children a mapped task has; None if that is unknown
    """

    number: int
    map_index: int
    version: int
    state: str
    message: str | None = None
    children: int | None = None

    @property
    def is_done(self) -> bool:
        """True if the task run has done its work. One that only gives its result again has done it, too."""
        return self.state in DONE or (self.is_reset and self.message == AGAIN.message)

    @property
    def is_reset(self) -> bool:
        """True if there is nothing to reset."""
        return self.state == _RESET_TYPE


def is_to_be_reset(state: str, *, is_dragged: bool) -> bool:
    """Return True if a task run in this type of state is still to be reset."""
    return state != _RESET_TYPE and (is_dragged or state not in DONE)
