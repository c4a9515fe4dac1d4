"""The turn of a flow group, and what may be ruled on a run that asks for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.schedules.rules.skips import SkipReason

# The message of a run that was closed begins so.
SKIPPED: Final = "Skipped: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The turn of a flow group: the run of its schedule that began last, which counts until it is over.

    revision  counts the writes, so that only one of two requests that read the same succeeds
    holder    the run that began last
    waiting   the run that waits to be next; None if none does
    """

    group_id: str
    revision: int = 0
    holder: str | None = None
    waiting: str | None = None

    def of_others(self, run: FlowRun) -> list[str]:
        """Return the ids of the other runs on which the turn of a run depends."""
        return [name for name in (self.holder, self.waiting) if name is not None and name != run.id]


@dataclass(frozen=True, slots=True)
class Begin:
    """The run may begin, with this turn; None if it needs none."""

    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The run has to wait, and asks again later. `turn` is what notes it as the next one, None if nothing."""

    message: str
    again: datetime
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """The run is closed without having begun. The message is a sentence that says why."""

    reason: SkipReason
    message: str

    @property
    def of_state(self) -> str:
        """Return the message of the run's state."""
        return f"{SKIPPED}{self.message[:1].lower()}{self.message[1:]}"


@dataclass(frozen=True, slots=True)
class CancelFirst:
    """The run may begin when this one is cancelled and over."""

    flow_run_id: str


Ruling = Begin | Wait | Skip | CancelFirst
