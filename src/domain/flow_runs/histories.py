"""Histories: every state that a flow run or a task run was in, by version."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import VersionLockingError
from domain.flow_runs.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One state that a run was in. `token` tells the write of the state from every other write."""

    version: int
    timestamp: datetime
    state: State
    token: bytes


def version_conflict(noun: str, identifier: str, given: int, current: HistoryEntry) -> VersionLockingError:
    """Return the error of a state change whose caller held `given` while the run was at another version.

    `noun` is the kind of the run, as the schema names it: `flow_run` or `task_run`.
    """
    return VersionLockingError(
        f"State update failed: version {given} was given, but {noun.replace('_', ' ')} {identifier} is at "
        f"version {current.version} ({current.state.type}). Read it again and decide anew.",
        {
            f"{noun}_id": identifier,
            "given_version": given,
            "current_version": current.version,
            "current_state": current.state.type,
        },
    )
