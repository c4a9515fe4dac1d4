"""The end of untouched runs that a schedule has made and no longer asks for."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_totals import hour_to_mark
from domain.recovery.leaving import HasBegun
from domain.schedules.beginning import Skip
from domain.schedules.records import Made, ScheduleRecord
from operations.context import Context
from operations.flow_runs.beginning import skip_run
from operations.flow_runs.cancelling import HasTime

_BATCH: Final = 100


def remove_later(
    context: Context, record: ScheduleRecord, now: datetime, has_time: HasTime, done: Counter[str]
) -> tuple[Made, ...] | None:
    """Remove the untouched runs that are due after a change of rules. Return the runs that are left.

    Those that are due already keep the rules with which they were made. Return None if time ran out.
    """
    later = [run.flow_run_id for run in record.made if run.time > record.changed and run.flow_run_id]
    return _left_of(context, record, later, now, has_time, done)


def without_deleted(context: Context, record: ScheduleRecord) -> ScheduleRecord:
    """Return a record that knows which of the runs that are due after a change a user has deleted.

    It is written before any run is removed, so that those are not taken for deleted ones.
    """
    later = [run.flow_run_id for run in record.made if run.time > record.changed and run.flow_run_id]
    there: set[str] = set()
    for start in range(0, len(later), _BATCH):
        found = context.store.flow_runs.get(later[start : start + _BATCH], (), consistent=True)
        there |= {run.id for run in found}
    gone = set(later) - there
    made = (replace(run, flow_run_id="") if run.flow_run_id in gone else run for run in record.made)
    return replace(record, made=tuple(made))


def close_due(
    context: Context, record: ScheduleRecord, skip: Skip, now: datetime, has_time: HasTime
) -> int | None:
    """Close the untouched runs of a schedule that are due already; return how many. None if time ran out.

    A run that another request changes meanwhile is left to it.
    """
    closed = 0
    for batch in _waiting(context, record, now):
        if not has_time():
            return None
        untouched = [run for run in batch if run.version == 1]
        calls = [partial(_close, context, run, skip, now) for run in untouched]
        closed += sum(context.store.parallel(calls))
    return closed


def _close(context: Context, run: FlowRun, skip: Skip, now: datetime) -> bool:
    with suppress(VersionLockingError, NotFound, HasBegun):
        skip_run(context, run, skip, now)
        return True
    return False


def _waiting(context: Context, record: ScheduleRecord, now: datetime) -> Iterator[list[FlowRun]]:
    """Yield the automatic runs of a schedule that wait and are due, as they are now."""
    for labels in record.labels:
        waiting = context.store.schedules.waiting(labels, now)
        while batch := list(islice(waiting, _BATCH)):
            runs = context.store.flow_runs.get(batch, (), consistent=True)
            yield [run for run in runs if run.flow_group_id == record.group_id and run.auto_scheduled]


def remove_all(
    context: Context, record: ScheduleRecord, now: datetime, has_time: HasTime, done: Counter[str]
) -> tuple[Made, ...] | None:
    """Remove the untouched runs of a schedule. Return those that are left of the runs that the record knows.

    Those that are due for longer wait under their labels. Return None if time ran out.
    """
    for batch in _waiting(context, record, now):
        if not has_time():
            return None
        done["removed"] += _remove(context, [run.id for run in batch], now)
    known = [run.flow_run_id for run in record.made if run.flow_run_id]
    return _left_of(context, record, known, now, has_time, done)


def _left_of(
    context: Context,
    record: ScheduleRecord,
    flow_run_ids: list[str],
    now: datetime,
    has_time: HasTime,
    done: Counter[str],
) -> tuple[Made, ...] | None:
    """Remove those of these runs that nobody has touched. Return the runs of a record that are left."""
    gone = set(flow_run_ids)
    for start in range(0, len(flow_run_ids), _BATCH):
        if not has_time():
            return None
        batch = flow_run_ids[start : start + _BATCH]
        done["removed"] += _remove(context, batch, now)
        gone -= {run.id for run in context.store.flow_runs.get(batch, (), consistent=True)}
    return tuple(run for run in record.made if run.flow_run_id not in gone)


def _remove(context: Context, flow_run_ids: list[str], now: datetime) -> int:
    """Remove the untouched ones of these runs; return how many. Totals may have counted their hours."""
    hours = {hour_to_mark(flow_run_id, now): flow_run_id for flow_run_id in flow_run_ids}
    for flow_run_id in hours.values():
        context.store.run_totals.touch(flow_run_id, now)
    return context.store.schedules.remove_untouched(flow_run_ids)
