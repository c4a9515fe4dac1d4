"""What it costs to change many runs, about, before it is done."""

from dataclasses import dataclass
from typing import Final

from domain.flow_runs.bulk_changes import Action
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind


@dataclass(frozen=True, slots=True)
class Units:
    """Units of reading and of writing, as the database counts them."""

    read: float = 0.0
    write: float = 0.0

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)


# Measured for runs of usual size, with the look at each that finds it, and rounded up. Task runs that are
# cancelled with a run, and logs and task runs that are deleted with it, come to it.
_CANCEL: Final = Units(3, 3)
_ASK_TO_STOP: Final = Units(1, 1)
_DELETE: Final = Units(4, 6)
_DELETE_UNENDED: Final = Units(7, 9)
_SET_STATE: Final = Units(4, 3)


def units_of(action: Action, run: FlowRun) -> Units:
    """Return about what it costs to change a run."""
    match action:
        case Action.CANCEL:
            return _ASK_TO_STOP if run.state.kind is Kind.RUNNING else _CANCEL
        case Action.DELETE:
            return _DELETE if run.state.kind is Kind.FINISHED else _DELETE_UNENDED
        case Action.SET_STATE:
            return _SET_STATE
