"""The signs of a run's beginning: its states tell whether it has begun, waits, was touched, or is over."""

from typing import Final

from domain.core_versions import CoreVersion
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_rules import Overlap
from domain.flow_runs.states import Kind, State
from domain.recovery.rules import NEEDS_PROCESS
from domain.schedules.runs.turns import SKIPPED

# The message of a run that waits begins so. It tells such a state from one that a user has set.
WAITS: Final = "Waits for its turn: "
# The first release of Prefect Core whose agents claim a run before they start its process. They drop a run
# whose claim fails.
_CLAIMS_FIRST: Final = CoreVersion(0, 9, 2)
# In these states a run has its turn already, because it was given with the state.
_HAS_TURN: Final = ("Submitted", "Running")


def needs_turn(run: FlowRun) -> bool:
    """Return True if a run needs the turn of its flow group to become Submitted or Running."""
    overlaps = run.rules is None or run.rules.overlap is Overlap.ALLOW
    return not overlaps and run.state.type not in _HAS_TURN


def is_over(run: FlowRun) -> bool:
    """Return True if a run leaves its turn to others: it has ended, or waits and has not begun."""
    if run.state.kind is Kind.FINISHED:
        return True
    return not (run.state.type in NEEDS_PROCESS or run.state.type == "Queued" or has_begun(run))


def has_begun(run: FlowRun) -> bool:
    """Return True if a run was once started, so that it is not skipped but continued."""
    return run.start_time is not None or run.begun or run.times_resurrected > 0


def was_skipped(run: FlowRun) -> bool:
    """Return True if a run is closed as skipped. It begins only after a user has scheduled it anew."""
    return run.state.type == "Cancelled" and (run.state.message or "").startswith(SKIPPED)


def is_untouched(run: FlowRun) -> bool:
    """Return True if nobody has touched an automatic run: it waits as it was made, or for its turn.

    `run` has all its states, because a user may have scheduled it anew before it was told to wait. A claim
    that was refused leaves nothing but the wait.
    """
    waits = run.state.kind is Kind.SCHEDULED and not has_begun(run)
    if not (run.auto_scheduled and waits) or run.edited:
        return False
    first, *others = run.history
    return first.version == 1 and all(_says_it_waits(entry.state) for entry in others)


def waits_in_process(run: FlowRun) -> bool:
    """Return True if a process has asked to begin a run, and waits with it."""
    return run.state.type == "Queued"


def _says_it_waits(state: State) -> bool:
    return (state.message or "").startswith(WAITS)


def is_in_time(run: FlowRun) -> bool:
    """Return True if an agent has claimed a run, or a user has scheduled it anew, so that it is never late.

    The states that are loaded tell, or the note of when it first had to wait since: then it may have waited
    so often that they no longer do.
    """
    told = (entry.state for entry in run.history if entry.version > 1)
    is_as_made = run.version == 1 or (_says_it_waits(run.state) and all(map(_says_it_waits, told)))
    return run.in_time or not is_as_made


def claims_first(core_version: str | None) -> bool:
    """Return True if an agent starts no process for a run whose claim fails; also if it names no release."""
    version = CoreVersion.parse(core_version)
    return version is None or version >= _CLAIMS_FIRST
