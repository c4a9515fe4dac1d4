"""Closing untouched runs of a schedule that are due, and finding those that wait."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS
from domain.schedules.runs.beginning import LATEST_AGAIN
from domain.schedules.runs.records import ScheduleRecord
from domain.schedules.runs.signs import is_untouched
from domain.schedules.runs.turns import Skip
from operations.context import Context
from operations.flow_runs.skipping import skip_run
from operations.schedules.visit import Visit

BATCH: Final = 100
# A run that waits for its turn is listed under the time at which it asks again.
_ASKS_AGAIN: Final = 2 * LATEST_AGAIN


def close_due(context: Context, record: ScheduleRecord, skip: Skip, visit: Visit) -> int | None:
    """Close the untouched runs of a schedule that are due already; return how many. None if time ran out.

    Also those whose processes wait: they are told so, and leave. A run that another request begins meanwhile
    is left to it.
    """
    closed, now = 0, visit.at
    for batch in waiting_runs(context, record, now):
        if not visit.has_time():
            return None
        runs = [run for run in batch if run.scheduled_start_time <= now]
        for _ in range(ROUNDS):
            untouched = [run for run in runs if is_untouched(run)]
            ended = close_runs(context, untouched, skip, now)
            closed += len(ended)
            runs = read_runs(context, [run.id for run in untouched if run.id not in ended])
            if not runs:
                break
    return closed


def close_runs(context: Context, runs: Sequence[FlowRun], skip: Skip, now: datetime) -> set[str]:
    """Close runs as they were read. Return those that this request has closed."""
    closed = context.store.parallel([partial(_close_one, context, run, skip, now) for run in runs])
    return set(filter(None, closed))


def _close_one(context: Context, run: FlowRun, skip: Skip, now: datetime) -> str | None:
    with suppress(VersionLockingError, NotFound, HasBegun):
        skip_run(context, run, skip, now)
        return run.id
    return None


def waiting_runs(context: Context, record: ScheduleRecord, now: datetime) -> Iterator[list[FlowRun]]:
    """Yield the automatic runs of a schedule that wait, as they are now: all that were due before now."""
    for labels in record.labels:
        waiting = context.store.schedules.waiting(labels, now + _ASKS_AGAIN)
        while batch := list(islice(waiting, BATCH)):
            runs = read_runs(context, batch)
            yield [
                run
                for run in runs
                # Another request may have taken the change back, and made runs since.
                if run.flow_group_id == record.group_id and run.auto_scheduled and run.created < now
            ]


def read_runs(context: Context, flow_run_ids: Sequence[str]) -> list[FlowRun]:
    """Read runs with all their states. Hardly any has more than those that stand in its item."""
    if not flow_run_ids:
        return []
    return context.store.flow_runs.get(flow_run_ids, (Part.TYPES,), consistent=True)
