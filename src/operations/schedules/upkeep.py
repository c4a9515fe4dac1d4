"""The upkeep of one schedule: its next occurrences have runs, and runs of an earlier schedule go.

Everything that a step decides is one write whose condition is the record as it was read. So of any number of
ticks and requests that look at a schedule at once, one makes the runs. A step may be cut anywhere: then
nothing of it is there, or all. Removed runs are deleted before the record forgets them.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError, FlowRunsError
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.ruled import spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.records import Decided, ScheduleRecord, Wanted, rewound, settled
from domain.schedules.runs.skipped import pause_message
from domain.schedules.runs.turns import Skip
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always
from operations.schedules.closing import close_due
from operations.schedules.deciding import decide, pause_of
from operations.schedules.removing import remove_all, remove_later, without_deleted
from operations.schedules.visit import Visit
from operations.schedules.wanting import digests, flow_to_run, must_pause, pause_after, wanted_schedule

# Within one look; a tick goes on with the next one.
_MOST_STEPS: Final = 40
# How soon a schedule at fault is looked at again. A change of it or of its flow does not wait for that.
FAULT_PAUSE: Final = timedelta(hours=1)
_LONGEST_FAULT: Final = 1_000
# The digest of a schedule, or of what it is told, while runs are removed that were made under the former one.
_CHANGING: Final = "changing"


def keep_up(
    context: Context, group_id: str, has_time: HasTime = always, *, ends: datetime | None = None
) -> Counter[str]:
    """Do what the schedule of a group needs now. Return the numbers of runs that were made and removed.

    If a change `ends` it, only note what was due by then and has no run. What is left, or lost to another
    request, is left to the next tick. Raises ApiError.
    """
    done: Counter[str] = Counter()
    for _ in range(_MOST_STEPS):
        record = context.store.schedules.get(group_id)
        now = ends or context.now()
        if record is None or record.next_look is None or record.next_look > now or not has_time():
            break
        if not _take_step(context, record, Visit(now, has_time, done, ends=ends is not None)):
            break
    return done


def _take_step(context: Context, record: ScheduleRecord, visit: Visit) -> bool:
    """Take one step. Return True if another one may follow at once."""
    now, done = visit.at, visit.done
    # The record was read before the flow, so a later change of the flow has touched the record.
    group = context.store.flows.group(record.group_id)
    flow = flow_to_run(context, group)
    wanted = wanted_schedule(group, flow)
    before = record
    if (record.definition, record.told) != digests(wanted):
        changed = _after_change(context, record, wanted, visit)
        if changed is None:
            return True
        record = changed
    elif group is not None and wanted is not None and must_pause(record, wanted, now):
        paused = replace(group, schedule_pause=pause_after(record, now).as_json())
        done["paused"] += context.store.flow_groups.change(group, paused, now)
        return True
    decided = Decided(replace(record, next_look=None))
    if wanted is not None and flow is not None:
        try:
            decided = decide(context, record, flow, wanted, now, ends=visit.ends)
        except FlowRunsError as error:
            if isinstance(error, ApiError):
                raise
            done["at_fault"] += 1
            fault = error.message[:_LONGEST_FAULT]
            decided = Decided(replace(record, fault=fault, next_look=now + FAULT_PAUSE))
    if visit.ends and record is before and not decided.skipped:
        return False
    is_kept = _keep(context, before, decided, done)
    # A step that decides nothing is the last one for now. If another has taken a step, or the schedule was
    # changed, another look tells what is left.
    return bool(decided.runs or decided.skipped) or not is_kept


def _after_change(
    context: Context, record: ScheduleRecord, wanted: Wanted | None, visit: Visit
) -> ScheduleRecord | None:
    """Undo what was decided for a schedule, or under rules, that hold no longer. Return the record after it.

    Return None if it has to be read again, or if time ran out.
    """
    definition, told = digests(wanted)
    planned = context.store.occurrences.planned(record.group_id, record.changed)
    if wanted is not None and record.definition == definition:
        # What is removed is decided anew, also if this tick ends before it has said so.
        again = rewound(record, planned)
        if again is not record:
            again = replace(without_deleted(context, again), told=_CHANGING)
            _keep(context, record, Decided(again), visit.done)
            return None
        pause = pause_of(wanted)
        if pause is not None and pause.holds(visit.at):
            closed = close_due(context, record, Skip(SkipReason.PAUSED, pause_message(pause)), visit)
            if closed is None:
                return None
            visit.done["skipped"] += closed
            record = replace(record, counted=max(0, record.counted - closed))
        left = remove_later(context, record, visit)
    elif record.definition != _CHANGING and (record.made or record.labels):
        # Should the change be taken back before all is removed, what is removed is made anew.
        # Those that a change of rules has begun to remove are not deleted by a user.
        known = record if record.told == _CHANGING else without_deleted(context, record)
        changing = replace(known, definition=_CHANGING)
        _keep(context, record, Decided(changing), visit.done)
        return None
    else:
        left = remove_all(context, record, visit)
        record = replace(
            record, until=_begin(record, wanted), redone=None, since=settled(record), missed=None, labels=()
        )
    if left is None:
        return None
    context.store.occurrences.delete(planned)
    counted = max(0, record.counted - (len(record.made) - len(left)))
    return replace(
        record, definition=definition, told=told, made=left, counted=counted, failures=0, fault=None
    )


def _begin(record: ScheduleRecord, wanted: Wanted | None) -> datetime:
    """Return until when a new schedule is decided: what is due after the change counts, spread or not.

    While it is switched off nothing is decided.
    """
    if wanted is None:
        return record.changed - record.moved
    with suppress(InvalidSchedule):  # the next step meets it again, and notes it
        return record.changed - spread_of(record.group_id, ScheduleRules.read(wanted.rules).spread)
    return record.changed


def _keep(context: Context, before: ScheduleRecord, decided: Decided, done: Counter[str]) -> bool:
    """Write the record with what a step has decided. Return False if it has changed since it was read."""
    while True:
        after = replace(decided.after, revision=before.revision + 1)
        lost = context.store.schedules.keep(before, replace(decided, after=after), context.token())
        if lost is None:
            done["lost"] += 1
            return False
        if not lost:
            break
        # A backfill has made runs of these occurrences.
        decided = decided.without(lost)
    done["made"] += len(decided.runs)
    done["skipped"] += len(decided.skipped)
    done["missed"] += sum(each.reason is SkipReason.MISSED for each in decided.skipped)
    return True
