"""The end of untouched runs that a schedule has made and no longer asks for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_totals import hour_to_mark
from domain.rounds import ROUNDS
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.records import Made, ScheduleRecord
from domain.schedules.runs.signs import is_untouched, waits_in_process
from domain.schedules.runs.turns import Skip
from operations.context import Context
from operations.schedules.closing import BATCH, close_runs, read_runs, waiting_runs
from operations.schedules.visit import Visit

# So many states of a run are deleted with it in one transaction.
_MOST_STATES: Final = 1_000
# What becomes of a run that cannot be deleted.
_SCHEDULE_ENDED: Final = Skip(
    SkipReason.OVERLAP, "The schedule was switched off or changed while the run waited for its turn."
)

# Removes the untouched ones of these runs, and returns those that are gone.
_Remove = Callable[[list[str]], set[str]]


def remove_later(context: Context, record: ScheduleRecord, visit: Visit) -> tuple[Made, ...] | None:
    """Remove the untouched runs that are due after a change of rules. Return the runs that are left.

    Those that are due already keep the rules with which they were made, and so does one that cannot be
    deleted, because its occurrence would have no other run. Return None if time ran out.
    """
    later = [run.flow_run_id for run in record.made if run.time > record.changed and run.has_run]
    return _left_of(record, later, partial(_remove_known, context, None, visit), visit)


def without_deleted(context: Context, record: ScheduleRecord) -> ScheduleRecord:
    """Return a record that knows which of the runs that are due after a change a user has deleted.

    It is written before any run is removed, so that those are not taken for deleted ones.
    """
    later = [run.flow_run_id for run in record.made if run.time > record.changed and run.has_run]
    there: set[str] = set()
    for start in range(0, len(later), BATCH):
        found = context.store.flow_runs.get(later[start : start + BATCH], (), consistent=True)
        there |= {run.id for run in found}
    gone = set(later) - there
    made = (replace(run, flow_run_id="") if run.flow_run_id in gone else run for run in record.made)
    return replace(record, made=tuple(made))


def remove_all(context: Context, record: ScheduleRecord, visit: Visit) -> tuple[Made, ...] | None:
    """Remove the untouched runs of a schedule. Return those that are left of the runs that the record knows.

    Those that are due for longer wait under their labels. Return None if time ran out.
    """
    for batch in waiting_runs(context, record, visit.at):
        if not visit.has_time():
            return None
        _remove(context, batch, _SCHEDULE_ENDED, visit)
    known = [run.flow_run_id for run in record.made if run.has_run]
    return _left_of(record, known, partial(_remove_known, context, _SCHEDULE_ENDED, visit), visit)


def _left_of(
    record: ScheduleRecord, flow_run_ids: list[str], remove: _Remove, visit: Visit
) -> tuple[Made, ...] | None:
    """Remove those of these runs that nobody has touched. Return the runs of a record that are left."""
    gone: set[str] = set()
    for start in range(0, len(flow_run_ids), BATCH):
        if not visit.has_time():
            return None
        gone |= remove(flow_run_ids[start : start + BATCH])
    return tuple(run for run in record.made if run.flow_run_id not in gone)


def _remove_known(context: Context, skip: Skip | None, visit: Visit, flow_run_ids: list[str]) -> set[str]:
    """Remove runs as `_remove` does, unread, because mostly all of them are as they were made."""
    removed = _delete(context, dict.fromkeys(flow_run_ids, 1), visit)
    left = read_runs(context, [run_id for run_id in flow_run_ids if run_id not in removed])
    kept = {run.id for run in left} - _remove(context, left, skip, visit)
    return set(flow_run_ids) - kept


def _remove(context: Context, runs: Sequence[FlowRun], skip: Skip | None, visit: Visit) -> set[str]:
    """Remove the untouched ones of these runs, and close those that cannot be deleted, if `skip` is given.

    A run that another request lets wait meanwhile is looked at again. Return the runs that are gone.
    """
    gone: set[str] = set()
    for _ in range(ROUNDS):
        untouched = [run for run in runs if is_untouched(run)]
        stay = [] if skip is None else [run for run in untouched if _must_stay(run)]
        closed = set() if skip is None else close_runs(context, stay, skip, visit.at)
        visit.done["skipped"] += len(closed)
        versions = {run.id: run.version for run in untouched if not _must_stay(run)}
        removed = _delete(context, versions, visit)
        tried = [*versions, *(run.id for run in stay)]
        lost = [run_id for run_id in tried if run_id not in removed | closed]
        runs = read_runs(context, lost)
        gone |= removed | set(lost) - {run.id for run in runs}
        if not runs:
            break
    return gone


def _must_stay(run: FlowRun) -> bool:
    """Return True if an untouched run cannot be deleted: its process waits, or it has waited for days."""
    return waits_in_process(run) or run.version > _MOST_STATES


def _delete(context: Context, versions: dict[str, int], visit: Visit) -> set[str]:
    """Delete untouched runs at their versions. Totals may have counted their hours."""
    hours = {hour_to_mark(flow_run_id, visit.at): flow_run_id for flow_run_id in versions}
    for flow_run_id in hours.values():
        context.store.run_totals.touch(flow_run_id, visit.at)
    removed = context.store.schedules.remove_untouched(versions)
    visit.done["removed"] += len(removed)
    return removed
