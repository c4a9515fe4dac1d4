"""How runs of one schedule begin: whose turn it is, which of them wait, and which are skipped.

Only a run whose schedule has a rule for it takes the turn of its flow group, in the transaction that lets it
begin. The end of a run gives nothing back: a turn counts only while the run that has it is not over.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_rules import Overlap
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.signs import WAITS, has_begun, is_over
from domain.schedules.runs.turns import Begin, CancelFirst, Ruling, Skip, Turn, Wait

# A run that has to wait is due again after a tenth of the time that it waits already, within these bounds.
# The next one asks more often, because all others wait for it.
_SOONEST_AGAIN: Final = timedelta(seconds=30)
LATEST_AGAIN: Final = timedelta(minutes=5)
_LATEST_OF_NEXT: Final = timedelta(minutes=1)
# A run that waits for its turn is let in before later ones, as long as an agent asks for it in time.
_ASKS_WITHIN: Final = timedelta(seconds=60)


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
