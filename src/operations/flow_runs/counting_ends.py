"""Ends of runs that count for the failures in a row of their schedule, which may pause itself by them.

The end and the count are one transaction, so each end counts once.
"""

from dataclasses import replace
from typing import Final

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange, Overtaken
from domain.flow_runs.states import FAILED, Kind
from domain.schedules.runs.beside_runs import Beside, Ended
from operations.context import Context

_SUCCESS: Final = "Success"


def end_and_count(context: Context, change: FlowRunChange, before: FlowRun) -> FlowRun | None:
    """End a run, and count its end. `before` is the run as it was read.

    Return None if it has changed since. An end after an end does not count again. Raises VersionLockingError,
    NotFound, HasBegun, PayloadTooLarge, ApiError.
    """
    has_failed = change.state.type in FAILED
    counts = has_failed or change.state.type == _SUCCESS
    is_first = before.state.kind is not Kind.FINISHED and change.version in (None, before.version)
    if not (counts and is_first and (has_failed or _has_failures(context, before.flow_group_id))):
        return context.store.flow_runs.set_state(change, context.now(), context.token())
    now = context.now()
    ours = replace(change, version=before.version)
    beside = Beside(ended=Ended(before.flow_group_id, has_failed, now))
    try:
        return context.store.flow_runs.set_state(ours, now, context.token(), beside=beside)
    except Overtaken:  # the schedule is gone
        return context.store.flow_runs.set_state(change, now, context.token())
    except VersionLockingError:
        if change.version is not None:
            raise
        return None


def _has_failures(context: Context, group_id: str) -> bool:
    """Return True if a success has failures to forget; usually it has none, and is one write."""
    record = context.store.schedules.get(group_id)
    return record is not None and record.failures > 0
