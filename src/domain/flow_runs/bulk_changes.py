"""Changes of many flow runs at once, which requests carry out in portions.

A continuation leads from one portion to the next. It tells where the next one begins and up to which time of
creation runs belong to the change. So it can only seek within what its request asks for, whoever made it up.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State, scheduled
from domain.ids import parse_uuid
from domain.times import from_micros, to_micros

# The types that a person may set on many runs. Any other tells of a process that there is not.
SETTABLE: Final = ("Scheduled", "Paused", "Success", "Failed", "Cancelled", "Skipped")
LONGEST_MESSAGE: Final = 1_000
# Another machine's clock may be ahead of the one that reads its continuation.
_SKEW: Final = timedelta(minutes=5)
_TEXT: Final = re.compile(r"1\.([0-9]{1,17})\.([0-9a-f-]{36})\.([0-9a-f]{16})")


class Action(Enum):
    """The action of a change on each run."""

    CANCEL = "cancel"
    DELETE = "delete"
    SET_STATE = "set_state"


class Untouched(Enum):
    """The reason for which a run is left as it is."""

    ALREADY_DONE = "already_done"
    ENDED = "ended"
    LIVE = "live"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """A change of many runs.

    state    the type of the state that is set
    message  the message of the state that is set, or with which runs are cancelled
    live     delete also runs that have begun and not ended
    """

    action: Action
    state: str | None = None
    message: str | None = None
    live: bool = False

    def check(self) -> None:
        """Raise BadUserInput for a change that cannot be made."""
        if self.action is Action.SET_STATE and self.state not in SETTABLE:
            raise BadUserInput(
                f"state must be one of {', '.join(SETTABLE)} for many runs; not {str(self.state)[:60]!r}.",
                {"field": "state"},
            )
        if self.message is not None and len(self.message) > LONGEST_MESSAGE:
            raise BadUserInput(
                f"message has {len(self.message):,} characters; at most {LONGEST_MESSAGE:,} are possible.",
                {"field": "message"},
            )

    def wanted(self, as_of: datetime) -> State:
        """Return the state that is set, the same for each portion of a change as of this time."""
        message = {} if self.message is None else {"message": self.message}
        if self.state == "Scheduled":
            return scheduled(as_of, **message)
        return State({"type": self.state, **message})

    def leaves(self, run: FlowRun, as_of: datetime) -> Untouched | None:
        """Return why the change leaves a run as it is; None if it changes the run.

        A run that has what the change wants is done already, perhaps by a request whose response was lost.
        """
        match self.action:
            case Action.CANCEL:
                if run.state.type in ("Cancelled", "Cancelling"):
                    return Untouched.ALREADY_DONE
                return Untouched.ENDED if run.state.kind is Kind.FINISHED else None
            case Action.DELETE:
                return Untouched.LIVE if not self.live and _is_live(run) else None
            case Action.SET_STATE:
                has = run.state.data
                is_done = all(has.get(name) == value for name, value in self.wanted(as_of).data.items())
                return Untouched.ALREADY_DONE if is_done else None


def _is_live(run: FlowRun) -> bool:
    """Return True if a run may have a process."""
    return run.state.kind in (Kind.PENDING, Kind.RUNNING) or run.state.type == "Queued"


@dataclass(frozen=True, slots=True)
class Continuation:
    """The place at which a change goes on: behind the run with the id `after`.

    `request` tells the request that it belongs to from others.
    """

    as_of: datetime
    after: str
    request: str

    def __str__(self) -> str:
        """Return the continuation as clients send it back."""
        return f"1.{to_micros(self.as_of)}.{self.after}.{self.request}"


def read_continuation(text: str, request: str, now: datetime) -> Continuation:
    """Return the continuation that a client sent back with a request. Raises BadUserInput."""
    found = _TEXT.fullmatch(text)
    if found is None or int(found[1]) > to_micros(now + _SKEW):
        raise BadUserInput(
            "continuation must be a text that an earlier portion of this change has returned, or null.",
            {"field": "continuation"},
        )
    if found[3] != request:
        raise BadUserInput(
            "continuation belongs to a change with other values. Send it with those that it came from: only "
            "limit may differ.",
            {"field": "continuation"},
        )
    return Continuation(from_micros(int(found[1])), parse_uuid(found[2], "continuation"), request)


def check_as_of(as_of: datetime, now: datetime) -> None:
    """Raise BadUserInput for a time in the future, because runs that are made until then would come on."""
    if as_of > now + _SKEW:
        raise BadUserInput("as_of must not be in the future.", {"field": "as_of"})


def request_digest(*values: Any) -> str:
    """Return a text that tells a request from others by its values: JSON, and times."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
