"""Backfills: planning one, its upkeep, stopping it and going on with it.

The plan says once which occurrences run, so that steps need no calendar. Each step is one transaction: the
progress moves on with the runs, and each occurrence is noted. So a step makes its runs once whatever repeats
it, and of two backfills of one occurrence one makes its run.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from domain.errors import ApiError, BadUserInput, FlowRunsError, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.flows.flows import Flow
from domain.ids import first_id_at, last_id_before, stable_id
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from domain.schedules.backfills import (
    Backfill,
    BackfillPlan,
    BackfillRequest,
    BackfillStatus,
    Direction,
    KnownRun,
    Planned,
    check_request,
    chosen,
    occurrences_within,
)
from domain.schedules.given import InvalidSchedule
from domain.schedules.rules import ScheduleRules
from domain.schedules.schedules import read_schedule
from domain.schedules.upkeep import MOST_RUNS, Kept, digest
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flow_runs.create_flow_run import CreateFlowRun, new_run
from operations.flows.finding import get_flow
from operations.flows.schedules import check_parameters, draw_schedule
from operations.reads.plans.search import in_batches

# The key in a run's context that tells its backfill.
BACKFILL: Final = "backfill"
# The work of a plan, for each occurrence within its range, and for each run that is looked at.
_OCCURRENCE: Final = 20
_RUN: Final = 100
# How far before an occurrence its run may have been made, if the next one before it is farther.
_LONGEST_AHEAD: Final = timedelta(days=366)
_FAILED: Final = frozenset({"Failed", "TimedOut", "TriggerFailed", "ValidationFailed", "Aborted"})
# Write units of a run that a backfill makes, with its note and its part of the progress.
UNITS_OF_RUN: Final = 12
_MOST_STEPS: Final = 40
_MINUTE: Final = timedelta(minutes=1)
_LONGEST_FAULT: Final = 1_000
# So long after an occurrence somebody may have made its run by hand. Ticks that are late note theirs.
_LATE_TICK: Final = timedelta(hours=1)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Preview:
    """A backfill that is not begun: its id, and the times of its runs in the order of their making."""

    id: str
    times: tuple[datetime, ...]

    @property
    def write_units(self) -> int:
        """About how many write units its runs cost until they are made."""
        return UNITS_OF_RUN * len(self.times)


def preview_backfill(context: Context, request: BackfillRequest, idempotency_key: str | None) -> Preview:
    """Return which runs a backfill would make. Raises NotFound, BadUserInput, ApiError."""
    times = tuple(planned.time for planned in _plan(context, request).planned)
    return Preview(_id(context, request, idempotency_key), times)


def create_backfill(context: Context, request: BackfillRequest, idempotency_key: str | None) -> Backfill:
    """Begin a backfill; return it after its first runs were made.

    The same request, or one with the same key, returns the backfill that there is. Raises NotFound,
    BadUserInput, PayloadTooLarge, ApiError.
    """
    backfill_id = _id(context, request, idempotency_key)
    backfill = context.store.backfills.get(backfill_id)
    if backfill is None:
        plan, now = _plan(context, request), context.now()
        new = Backfill(
            id=backfill_id,
            request=request,
            status=BackfillStatus.RUNNING,
            created=now,
            total=len(plan.planned),
        )
        backfill = context.store.backfills.create(new, plan, now, context.token())
    elif backfill.request != request:
        raise BadUserInput(
            "This idempotency_key stands for a backfill with other values.", {"field": "idempotency_key"}
        )
    keep_up_backfill(context, backfill_id, lambda: context.work.may_go_on)
    return context.store.backfills.get(backfill_id) or backfill


def _id(context: Context, request: BackfillRequest, idempotency_key: str | None) -> str:
    values = [request.first, request.last, request.at_once, request.direction.value, request.repeat.value]
    named = [request.flow_group_id, *([idempotency_key] if idempotency_key else map(str, values))]
    return stable_id(context.tenant.id, f"backfill/{digest(named)}")


def stop_backfill(context: Context, backfill_id: str) -> bool:
    """Let a backfill make no more runs. Return False if there is no such backfill."""
    return _set_status(context, backfill_id, BackfillStatus.RUNNING, BackfillStatus.STOPPED)


def continue_backfill(context: Context, backfill_id: str) -> bool:
    """Let a stopped backfill go on where it stopped. Return False if there is no such backfill."""
    is_found = _set_status(context, backfill_id, BackfillStatus.STOPPED, BackfillStatus.RUNNING)
    if is_found:
        keep_up_backfill(context, backfill_id, lambda: context.work.may_go_on)
    return is_found


def keep_up_backfill(context: Context, backfill_id: str, has_time: HasTime) -> Counter[str]:
    """Make the runs that a backfill may make now. Return how many were made. Raises ApiError.

    A backfill whose runs cannot be made is stopped, and says why.
    """
    done: Counter[str] = Counter()
    plan: BackfillPlan | None = None
    for _ in range(_MOST_STEPS):
        backfill = context.store.backfills.get(backfill_id)
        if backfill is None or backfill.status is not BackfillStatus.RUNNING or not has_time():
            break
        live = _live(context, backfill.live)
        room = min(backfill.request.at_once - len(live), backfill.total - backfill.position)
        if room > 0 and plan is None:
            plan = context.store.backfills.plan(backfill_id)
        taken = plan.planned[backfill.position :][: min(room, MOST_RUNS)] if plan and room > 0 else ()
        if not _take(context, backfill, plan, taken, live, done):
            break
    return done


def _take(
    context: Context,
    backfill: Backfill,
    plan: BackfillPlan | None,
    taken: Sequence[Planned],
    live: tuple[str, ...],
    done: Counter[str],
) -> bool:
    """Make the runs of occurrences that were taken. Return True if another step may follow at once."""
    now = context.now()
    try:
        runs = [] if plan is None else _runs(context, backfill, plan, taken, now)
    except FlowRunsError as error:
        if isinstance(error, ApiError):
            raise
        stopped = replace(
            backfill,
            revision=backfill.revision + 1,
            status=BackfillStatus.STOPPED,
            fault=error.message[:_LONGEST_FAULT],
        )
        context.store.backfills.keep(backfill, stopped, None, context.token())
        done["at_fault"] += 1
        return False
    moved = replace(backfill, revision=backfill.revision + 1, position=backfill.position + len(taken))
    for _ in range(len(taken) + 1):
        after = replace(moved, made=moved.made + len(runs), live=(*live, *(run.id for _, run in runs)))
        if after.is_over:
            after = replace(after, status=BackfillStatus.DONE)
        next_look = None if after.is_over else now + _MINUTE
        lost = context.store.backfills.keep(backfill, after, next_look, context.token(), runs)
        if lost is None:
            done["lost"] += 1
            return True
        if not lost:
            done["made"] += len(runs)
            return bool(taken)
        # Another backfill has made runs of these occurrences since this one was planned.
        runs = [(planned, run) for planned, run in runs if run.id not in lost]
    return True


def _runs(
    context: Context, backfill: Backfill, plan: BackfillPlan, taken: Sequence[Planned], now: datetime
) -> list[tuple[Planned, FlowRun]]:
    """Return new runs for occurrences, of the flow's version of now. Raises NotFound, BadUserInput."""
    if not taken:
        return []
    flow, clocks = _current(context, backfill.request.flow_group_id), read_schedule(plan.schedule).clocks
    made = []
    for planned in taken:
        gifts = clocks[planned.clock].gifts
        request = CreateFlowRun(
            flow_id=flow.id,
            parameters=gifts.parameter_defaults,
            labels=gifts.labels,
            run_config=gifts.run_config,
            context={BACKFILL: {"id": backfill.id}},
            scheduled_start_time=planned.time,
            idempotency_key=f"{BACKFILL}:{backfill.id}:{format_time(planned.time)}",
        )
        made.append((planned, new_run(context, flow, request, now)))
    return made


def _live(context: Context, flow_run_ids: tuple[str, ...]) -> tuple[str, ...]:
    if not flow_run_ids:
        return ()
    runs = context.store.flow_runs.get(flow_run_ids, (), consistent=True)
    return tuple(run.id for run in runs if run.state.kind is not Kind.FINISHED)


def _plan(context: Context, request: BackfillRequest) -> BackfillPlan:
    """Return which occurrences a backfill runs. Raises NotFound, BadUserInput."""
    now = context.now()
    check_request(request, now)
    group = context.store.flows.group(request.flow_group_id)
    if group is None:
        raise NotFound(f"There is no flow group {request.flow_group_id}.")
    flow = _current(context, group.id)
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
            known = KnownRun(run.id, run.state.type in _FAILED)
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


def _current(context: Context, flow_group_id: str) -> Flow:
    group = context.store.flows.group(flow_group_id)
    if group is None or group.current_flow_id is None:
        raise NotFound(f"There is no flow group {flow_group_id} with a flow that is not archived.")
    return get_flow(context, group.current_flow_id)


def _set_status(context: Context, backfill_id: str, before: BackfillStatus, after: BackfillStatus) -> bool:
    for _ in range(ROUNDS):
        backfill, now = context.store.backfills.get(backfill_id), context.now()
        if backfill is None:
            return False
        if backfill.status is not before:
            return True
        changed = replace(backfill, status=after, revision=backfill.revision + 1, fault=None)
        next_look = now if after is BackfillStatus.RUNNING else None
        if context.store.backfills.keep(backfill, changed, next_look, context.token()) is not None:
            return True
    raise changed_too_often(f"Backfill {backfill_id}")
