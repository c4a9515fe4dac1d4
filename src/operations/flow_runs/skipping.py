"""Closing runs as skipped: with the note of the occurrence that each was made of."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import ApiError, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.run_rules import RunRules
from domain.flow_runs.states import State
from domain.recovery.leaving import HasBegun
from domain.schedules.rules.skips import SkippedOccurrence
from domain.schedules.runs.beside_runs import Beside
from domain.schedules.runs.lateness import too_late
from domain.schedules.runs.turns import Skip
from operations.context import Context

# So many runs are closed side by side before the budget of the request is looked at.
_AT_A_TIME: Final = 50


def skip_run(context: Context, run: FlowRun, skip: Skip, now: datetime) -> FlowRun:
    """Close a run that has not begun, with the note of the occurrence that it was made of.

    Raises VersionLockingError, NotFound, HasBegun, ApiError.
    """
    skipped = SkippedOccurrence(
        flow_group_id=run.flow_group_id,
        time=run.scheduled_start_time,
        reason=skip.reason,
        message=skip.message,
        decided=now,
        flow_run_id=run.id,
    )
    change = FlowRunChange(
        flow_run_id=run.id,
        version=run.version,
        state=State({"type": "Cancelled", "message": skip.of_state}),
        # A claim that names no version is refused only for a run that has rules.
        rules=RunRules() if run.rules is None else None,
        only_if_no_task_run_begun=True,
    )
    return context.store.flow_runs.set_state(change, now, context.token(), beside=Beside(skipped=skipped))


def without_late(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Close those of the due runs that are too late, as many as one request can; return the others.

    A run that another request changes meanwhile is left to it.
    """
    now, longest = context.now(), context.schedule_late_after
    skips = [(run, skip) for run in due if (skip := too_late(run, now, longest)) is not None]
    close_all(context, skips, now)
    late = {run.id for run, _ in skips}
    return [run for run in due if run.id not in late]


def close_all(context: Context, skips: Iterable[tuple[FlowRun, Skip]], now: datetime) -> int:
    """Close runs side by side, as many as one request can. Return how many this one has closed."""
    left, closed = iter(skips), 0
    while context.work.may_go_on and (batch := list(islice(left, _AT_A_TIME))):
        closed += sum(context.store.parallel([partial(_close, context, *each, now) for each in batch]))
    return closed


def _close(context: Context, run: FlowRun, skip: Skip, now: datetime) -> bool:
    """Close a run that is too late. Return False if it was left to another request."""
    with suppress(VersionLockingError, NotFound, HasBegun, ApiError):
        skip_run(context, run, skip, now)
        return True
    return False
