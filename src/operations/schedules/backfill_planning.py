"""The plan of a backfill: which occurrences of its range run, by the runs that they have had."""

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.states import FAILED
from domain.flows.flows import Flow
from domain.ids import first_id_at, last_id_before
from domain.json_types import JsonObject
from domain.schedules.backfills import (
    BackfillPlan,
    BackfillRequest,
    Direction,
    KnownRun,
    check_request,
    chosen,
    occurrences_within,
)
from domain.schedules.given import InvalidSchedule
from domain.schedules.rules import ScheduleRules
from domain.schedules.schedules import read_schedule
from domain.schedules.upkeep import Kept
from operations.context import Context
from operations.flows.finding import get_flow
from operations.flows.schedules import check_parameters, draw_schedule
from operations.reads.plans.search import in_batches

# The work of a plan, for each occurrence within its range, and for each run that is looked at.
_OCCURRENCE: Final = 20
_RUN: Final = 100
# How far before an occurrence its run may have been made, if the next one before it is farther.
_LONGEST_AHEAD: Final = timedelta(days=366)
# So long after an occurrence somebody may have made its run by hand. Ticks that are late note theirs.
_LATE_TICK: Final = timedelta(hours=1)
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
    kept = Kept(name=group.id, schedule=schedule, rules=ScheduleRules.read(group.schedule_rules))
    found = occurrences_within(kept, request.first, request.last)
    context.work.draw_change(_OCCURRENCE * len(found), "last")
    plain, noted, skipped = _known_runs(context, kept, request)
    planned = list(chosen(found, plain, noted, skipped, request.repeat))
    if request.direction is Direction.NEWEST_FIRST:
        planned.reverse()
    return BackfillPlan(schedule=serialized, planned=tuple(planned))


_Named = tuple[datetime, str]


def _known_runs(
    context: Context, kept: Kept, request: BackfillRequest
) -> tuple[dict[datetime, list[KnownRun]], dict[_Named, KnownRun], set[_Named]]:
    """Return the runs of occurrences within a range: plain ones by their times, and those that are noted.

    Return as well the occurrences that were skipped before a run was made of them. A run that was skipped
    stands for no occurrence. Runs are found by their creation: not before the occurrence before the range, or
    the farthest that runs are made ahead, and not long after the range. Those that were made later are noted.
    """
    noted = context.store.backfills.noted(request.flow_group_id, request.first, request.last)
    noted_ids = set(noted.values())
    by_id = {run_id: KnownRun(run_id, has_failed=False, is_gone=True) for run_id in noted_ids}
    span = request.first, request.last
    skips = list(context.store.occurrences.of_group(request.flow_group_id, span, descending=False))
    skipped = {each.flow_run_id for each in skips}
    lists = context.store.run_lists
    bounds = (
        first_id_at(request.first - _ahead(context, kept, request.first)),
        last_id_before(request.last + _LATE_TICK),
    )
    listed = lists.ids(lists.of_group(request.flow_group_id, *bounds), descending=False)
    plain = defaultdict[datetime, list[KnownRun]](list)
    for ids in in_batches(chain(by_id, listed)):
        context.work.draw_change(_RUN * len(ids), "first")
        for run in context.store.flow_runs.get(ids, (), consistent=False):
            known = KnownRun(run.id, run.state.type in FAILED)
            if run.id in noted_ids:
                by_id[run.id] = known
            elif run.id not in skipped:
                plain[run.scheduled_start_time].append(known)
    unmade = {(each.time, each.gifts) for each in skips if each.flow_run_id is None}
    return plain, {place: by_id[run_id] for place, run_id in noted.items()}, unmade


def _ahead(context: Context, kept: Kept, first: datetime) -> timedelta:
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
        raise NotFound(f"There is no flow group {flow_group_id} with a flow that is not archived.")
    return get_flow(context, group.current_flow_id)
