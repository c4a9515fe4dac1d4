"""Restarts of ended flow runs: how far one has come, and the state with which it ends."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from domain.flow_runs.states import State, scheduled
from domain.ids import TOKEN_BYTES


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far a restart has come: all tasks before the one at `position`, and its children before `index`."""

    position: int = 0
    index: int = 0


@dataclass(frozen=True, slots=True)
class Restart:
    """A restart under way, of the flow run at this `version`: at any other version it is void.

    token    tells the state with which the restart ends from every other state
    place    how far it has come
    touched  the numbers of the mapped tasks before that place of which some, not all, children begin anew
    found    True if a task run begins anew
    """

    version: int
    token: bytes
    place: Place = Place()
    touched: frozenset[int] = frozenset()
    found: bool = False

    def with_token(self, token: bytes) -> "Restart":
        """Return the restart as it is continued by a request with another token."""
        return replace(self, token=token)


def restarted(now: datetime) -> State:
    """Return the state with which a restart ends: the flow run is due at once."""
    return scheduled(now, "Restarted: what succeeded stays.")


def token_of_key(flow_run_id: str, idempotency_key: str) -> bytes:
    """Return the token of the state that a restart with this key sets, the same in each repeat."""
    text = f"restart/{flow_run_id}/{idempotency_key}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:TOKEN_BYTES]
