"""The plan of a backfill: which occurrences of its range run, by the runs that they have had."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.occurrences import ASKED_LATE
from domain.flow_runs.states import FAILED
from domain.flows.flows import Flow
from domain.ids import first_id_at, last_id_before
from domain.json_types import JsonObject
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.ruled import RuledSchedule, spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.runs.backfill_plans import (
    BackfillPlan,
    KnownRun,
    KnownRuns,
    chosen,
    event_of,
    occurrences_within,
)
from domain.schedules.runs.backfills import BackfillRequest, Direction, check_request
from domain.schedules.schedules import read_schedule
from operations.context import Context
from operations.flows.finding import get_flow
from operations.flows.schedules import check_parameters, draw_schedule
from operations.reads.plans.search import in_batches

# The work of a plan, for each occurrence within its range, and for each run that is looked at.
_OCCURRENCE: Final = 20
_RUN: Final = 100
# How far before an occurrence its run may have been made, if the next one before it is farther.
_LONGEST_AHEAD: Final = timedelta(days=366)
# So long after an occurrence its run may have been made without a note, whatever the clocks.
_LATE: Final = 2 * ASKED_LATE
_MICROSECOND: Final = timedelta(microseconds=1)


def plan_backfill(context: Context, request: BackfillRequest) -> BackfillPlan:
    """Return which occurrences a backfill runs. Raises NotFound, BadUserInput."""
    now = context.now()
    check_request(request, now)
    group = context.store.flows.group(request.flow_group_id)
    if group is None:
        raise NotFound(f"There is no flow group {request.flow_group_id}.")
    flow = current_flow(context, group.id)
    serialized: JsonObject | None = group.schedule or flow.outline.get("schedule")
    if not serialized:
        raise BadUserInput(f"Flow {flow.name!r} has no schedule.", {"field": "flow_group_id"})
    draw_schedule(context, serialized)
    schedule = read_schedule(serialized)
    check_parameters(flow, schedule)
    kept = RuledSchedule(name=group.id, schedule=schedule, rules=ScheduleRules.read(group.schedule_rules))
    found = occurrences_within(kept, request.first, request.last)
    context.work.draw_change(_OCCURRENCE * len(found), "last")
    moved = spread_of(kept.name, kept.rules.spread)
    known = _known_runs(context, kept, request, {occurrence.event for occurrence in found})
    planned = list(chosen(found, known, request.repeat))
    if request.direction is Direction.NEWEST_FIRST:
        planned.reverse()
    return BackfillPlan(schedule=serialized, planned=tuple(planned), moved=moved)


def _known_runs(
    context: Context, kept: RuledSchedule, request: BackfillRequest, events: Collection[datetime]
) -> KnownRuns:
    """Return what is known of the occurrences of a range.

    A run that was skipped stands for no occurrence. Runs are found by their creation: not before the
    occurrence before the range, or the farthest that runs are made ahead, and not long after the farthest
    that a spread has moved one. Those that were made later are noted.
    """
    group_id, store = request.flow_group_id, context.store
    moved = spread_of(kept.name, kept.rules.spread)
    first, last = request.first - moved, request.last - moved
    record = store.schedules.get(group_id)
    latest = last + max(moved, record.farthest if record is not None else moved)
    noted = store.backfills.noted(group_id, first, last)
    by_id = {run_id: KnownRun(run_id, has_failed=False, is_gone=True) for run_id in noted.values()}
    noted_ids = set(by_id)
    skips = list(store.occurrences.of_group(group_id, (first, latest), descending=False))
    skipped = {each.flow_run_id for each in skips}
    ahead = _ahead(context, kept, request.first)
    lists, bounds = store.run_lists, (first_id_at(first - ahead), last_id_before(latest + _LATE))
    listed = lists.ids(lists.of_group(group_id, *bounds), descending=False)
    asked = store.backfills.asked(group_id, first, latest)
    plain = defaultdict[datetime, dict[str, KnownRun]](dict)
    for ids in in_batches(chain(by_id, listed, asked)):
        context.work.draw_change(_RUN * len(ids), "first")
        for run in store.flow_runs.get(list(dict.fromkeys(ids)), (), consistent=False):
            known = KnownRun(run.id, run.state.type in FAILED)
            if run.id in noted_ids:
                by_id[run.id] = known
            elif run.id not in skipped:
                plain[event_of(run, moved, events)][run.id] = known
    return KnownRuns(
        plain={event: list(runs.values()) for event, runs in plain.items()},
        noted={name: by_id[run_id] for name, run_id in noted.items()},
        skipped={
            (each.event or each.time, each.gifts): each.time for each in skips if each.flow_run_id is None
        },
        decided=None if record is None else record.until,
    )


def _ahead(context: Context, kept: RuledSchedule, first: datetime) -> timedelta:
    """Return how long before a time the runs of later occurrences may have been made.

    Runs are made within the horizon, and the next one also if it is farther, once the one before it is due.
    """
    for days in (1, 31):
        span = timedelta(days=days)
        try:
            before = occurrences_within(kept, first - span, first - _MICROSECOND)
        except InvalidSchedule:  # there are thousands
            return context.schedule_horizon + span
        if before:
            return max(first - before[-1].time, context.schedule_horizon) + span
    return _LONGEST_AHEAD


def current_flow(context: Context, flow_group_id: str) -> Flow:
    """Return the version of a group that is not archived. Raises NotFound."""
    group = context.store.flows.group(flow_group_id)
    if group is None or group.current_flow_id is None:
        raise no_current_flow(flow_group_id)
    return get_flow(context, group.current_flow_id)


def no_current_flow(flow_group_id: str) -> NotFound:
    """Return the error that a group has no version of which a run can be made."""
    return NotFound(f"There is no flow group {flow_group_id} with a flow that is not archived.")
