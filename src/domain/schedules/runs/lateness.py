"""Runs that are due for too long to begin."""

from datetime import datetime, timedelta

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.signs import has_begun, is_in_time
from domain.schedules.runs.turns import Skip
from domain.times import format_time


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


def _waits_since_due(run: FlowRun) -> bool:
    """Return True if a run waits that no agent has claimed, and that no user has scheduled anew."""
    return not is_in_time(run) and run.state.kind is Kind.SCHEDULED and not has_begun(run)


def _since(run: FlowRun) -> datetime:
    """Return since when agents could begin a run: one that was caught up was made after it was due."""
    return max(run.scheduled_start_time, run.created)
