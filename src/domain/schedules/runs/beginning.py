"""How runs of one schedule begin: whose turn it is, which of them wait, and which are skipped.

Only a run whose schedule has a rule for it takes the turn of its flow group, in the transaction that lets it
begin. The end of a run gives nothing back: a turn counts only while the run that has it is not over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.core_versions import CoreVersion
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_rules import Overlap
from domain.flow_runs.states import Kind, State
from domain.recovery.rules import NEEDS_PROCESS
from domain.schedules.rules.skips import SkipReason
from domain.times import format_time

# A run that has to wait is due again after a tenth of the time that it waits already, within these bounds.
# The next one asks more often, because all others wait for it.
_SOONEST_AGAIN: Final = timedelta(seconds=30)
LATEST_AGAIN: Final = timedelta(minutes=5)
_LATEST_OF_NEXT: Final = timedelta(minutes=1)
# A run that waits for its turn is let in before later ones, as long as an agent asks for it in time.
_ASKS_WITHIN: Final = timedelta(seconds=60)
# The message of a run that waits begins so. It tells such a state from one that a user has set.
WAITS: Final = "Waits for its turn: "
# The message of a run that was closed begins so.
_SKIPPED: Final = "Skipped: "
# The first release of Prefect Core whose agents claim a run before they start its process. They drop a run
# whose claim fails.
_CLAIMS_FIRST: Final = CoreVersion(0, 9, 2)
# In these states a run has its turn already, because it was given with the state.
_HAS_TURN: Final = ("Submitted", "Running")


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
        return f"{_SKIPPED}{self.message[:1].lower()}{self.message[1:]}"


@dataclass(frozen=True, slots=True)
class CancelFirst:
    """The run may begin when this one is cancelled and over."""

    flow_run_id: str


Ruling = Begin | Wait | Skip | CancelFirst


def needs_turn(run: FlowRun) -> bool:
    """Return True if a run needs the turn of its flow group to become Submitted or Running."""
    overlaps = run.rules is None or run.rules.overlap is Overlap.ALLOW
    return not overlaps and run.state.type not in _HAS_TURN


def too_late(run: FlowRun, now: datetime, default: timedelta | None) -> Skip | None:
    """Return the skip of a run that is due for too long to begin; None if it may begin.

    `default` holds for automatic runs whose schedule has no rule of its own. A run that has begun once, or
    that a user has scheduled anew, is never late.
    """
    longest = run.rules.late_after if run.rules is not None else None
    if longest is None and run.auto_scheduled:
        longest = default
    if longest is None or not _waits_since_due(run) or now - _since(run) <= longest:
        return None
    due = format_time(run.scheduled_start_time)
    return Skip(SkipReason.LATE, f"It was due at {due}, which is more than {longest} ago.")


def cleared(run: FlowRun, now: datetime, late_after: timedelta) -> Skip | None:
    """Return the skip of a run that a user clears as late; None if it is not automatic, or not late."""
    if not run.auto_scheduled or not _waits_since_due(run) or now - _since(run) < late_after:
        return None
    due = format_time(run.scheduled_start_time)
    return Skip(SkipReason.LATE, f"It was due at {due}, and late runs were cleared.")


def was_skipped(run: FlowRun) -> bool:
    """Return True if a run is closed as skipped. It begins only after a user has scheduled it anew."""
    return run.state.type == "Cancelled" and (run.state.message or "").startswith(_SKIPPED)


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


def _waits_since_due(run: FlowRun) -> bool:
    """Return True if a run waits that no agent has claimed, and that no user has scheduled anew."""
    return not is_in_time(run) and run.state.kind is Kind.SCHEDULED and not has_begun(run)


def _since(run: FlowRun) -> datetime:
    """Return since when agents could begin a run: one that was caught up was made after it was due."""
    return max(run.scheduled_start_time, run.created)


def rule(run: FlowRun, turn: Turn, others: Mapping[str, FlowRun], now: datetime) -> Ruling:
    """Return how a run begins that needs the turn of its group. `others` are the runs that the turn names."""
    holder = others.get(turn.holder or "")
    if turn.holder == run.id or holder is None or is_over(holder):
        ahead = others.get(turn.waiting or "")
        if ahead is not None and _is_let_in_first(ahead, run, now):
            return _wait(run, f"flow run {ahead.id} of the same schedule is next.", now)
        return Begin(_taken(turn, run, others))
    return _beside(run, holder, turn, others, now)


def _beside(
    run: FlowRun, holder: FlowRun, turn: Turn, others: Mapping[str, FlowRun], now: datetime
) -> Ruling:
    """Return what becomes of a run while another one has the turn."""
    wait = _wait(run, f"flow run {holder.id} of the same schedule is not over.", now)
    skip = Skip(SkipReason.OVERLAP, f"Flow run {holder.id} of the same schedule was not over.")
    overlap = run.rules.overlap if run.rules is not None else Overlap.ALLOW
    if has_begun(run):  # it goes on with what it has begun
        return wait
    if overlap is Overlap.CANCEL_OTHER:
        if _order(holder) > _order(run):
            return skip
        return wait if holder.state.type == "Cancelling" else CancelFirst(holder.id)
    if overlap is Overlap.SKIP:
        return skip
    return _buffer(run, turn, others, (wait, skip), now)


def is_over(run: FlowRun) -> bool:
    """Return True if a run leaves its turn to others: it has ended, or waits and has not begun."""
    if run.state.kind is Kind.FINISHED:
        return True
    return not (run.state.type in NEEDS_PROCESS or run.state.type == "Queued" or has_begun(run))


def has_begun(run: FlowRun) -> bool:
    """Return True if a run was once started, so that it is not skipped but continued."""
    return run.start_time is not None or run.begun or run.times_resurrected > 0


def claims_first(core_version: str | None) -> bool:
    """Return True if an agent starts no process for a run whose claim fails; also if it names no release."""
    version = CoreVersion.parse(core_version)
    return version is None or version >= _CLAIMS_FIRST


def _buffer(
    run: FlowRun, turn: Turn, others: Mapping[str, FlowRun], either: tuple[Wait, Skip], now: datetime
) -> Wait | Skip:
    """Let a run wait, and note it if it is the next one; or skip it."""
    wait, skip = either
    if turn.waiting == run.id:
        return _as_next(wait, now)
    ahead = others.get(turn.waiting or "")
    is_taken = ahead is not None and _waits(ahead)
    if is_taken and run.rules is not None and run.rules.overlap is Overlap.BUFFER_ONE:
        return skip
    if ahead is not None and is_taken and _order(ahead) < _order(run):
        return wait
    return replace(_as_next(wait, now), turn=replace(turn, revision=turn.revision + 1, waiting=run.id))


def _taken(turn: Turn, run: FlowRun, others: Mapping[str, FlowRun]) -> Turn:
    waiting = others.get(turn.waiting or "")
    kept = waiting.id if waiting is not None and _waits(waiting) else None
    return replace(turn, revision=turn.revision + 1, holder=run.id, waiting=kept)


def _wait(run: FlowRun, message: str, now: datetime) -> Wait:
    span = min(max((now - run.scheduled_start_time) / 10, _SOONEST_AGAIN), LATEST_AGAIN)
    return Wait(WAITS + message, now + span)


def _as_next(wait: Wait, now: datetime) -> Wait:
    return replace(wait, again=min(wait.again, now + _LATEST_OF_NEXT))


def _waits(run: FlowRun) -> bool:
    return run.state.due(run.latest.timestamp) is not None


def _is_let_in_first(ahead: FlowRun, run: FlowRun, now: datetime) -> bool:
    """Return True if the waiting run is due earlier, and agents still ask for it."""
    due = ahead.state.due(ahead.latest.timestamp)
    return due is not None and due > now - _ASKS_WITHIN and _order(ahead) < _order(run)


def _order(run: FlowRun) -> tuple[datetime, str]:
    return run.scheduled_start_time, run.id
