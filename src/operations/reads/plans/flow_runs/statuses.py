"""The statuses under which the index by_status lists runs, by the states that a filter names."""

from collections.abc import Sequence

from domain.flow_runs.states import KIND_OF, Kind

WAITING = "waiting"
# The statuses of runs that have not ended.
UNFINISHED = ("live", WAITING)


def statuses_of(states: Sequence[str] | None) -> list[str] | None:
    """Return the statuses under which runs in these states are listed; None if some are under none."""
    if states is None or "Success" in states:
        return None
    known = [state for state in states if state in KIND_OF]
    return list(dict.fromkeys(status for state in known for status in _listed_under(state)))


def unfinished_statuses(states: Sequence[str] | None) -> list[str]:
    """Return the statuses under which those runs in these states are listed that have not ended."""
    if states is None:
        return list(UNFINISHED)
    listed = {status for state in states if state in KIND_OF for status in _listed_under(state)}
    return [status for status in UNFINISHED if status in listed]


def _listed_under(state: str) -> tuple[str, ...]:
    """Return the statuses under which the index lists runs in a state other than Success."""
    match KIND_OF[state]:
        case Kind.FINISHED:
            return (state,)
        case Kind.SCHEDULED:  # a paused run waits for nothing unless it has a time at which it goes on
            return (WAITING, "live") if state == "Paused" else (WAITING,)
        case _:
            return ("live",)
