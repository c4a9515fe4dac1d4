"""Backfills: beginning one, its upkeep, stopping it and going on with it.

The plan says once which occurrences run, so that steps need no calendar. Each step is one transaction: the
progress moves on with the runs, and each occurrence is noted. So a step makes its runs once whatever repeats
it, and of two backfills of one occurrence one makes its run.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError, BadUserInput, FlowRunsError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.ids import stable_id
from domain.rounds import ROUNDS, changed_too_often
from domain.schedules.runs.backfills import (
    Backfill,
    BackfillPlan,
    BackfillRequest,
    BackfillStatus,
    Planned,
)
from domain.schedules.runs.digests import digest
from domain.schedules.runs.upkeep import MOST_RUNS
from domain.schedules.schedules import read_schedule
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flow_runs.create_flow_run import CreateFlowRun, new_run
from operations.schedules.backfill_planning import current_flow, no_current_flow, plan_backfill

# The key in a run's context that tells its backfill.
BACKFILL: Final = "backfill"
# Write units of a run that a backfill makes, with its note and its part of the progress.
UNITS_OF_RUN: Final = 12
_MOST_STEPS: Final = 40
_MINUTE: Final = timedelta(minutes=1)
_LONGEST_FAULT: Final = 1_000


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
    times = tuple(planned.time for planned in plan_backfill(context, request).planned)
    return Preview(_id(context, request, idempotency_key), times)


def create_backfill(context: Context, request: BackfillRequest, idempotency_key: str | None) -> Backfill:
    """Begin a backfill; return it after its first runs were made.

    The same request, or one with the same key, returns the backfill that there is. Raises NotFound,
    BadUserInput, PayloadTooLarge, ApiError.
    """
    backfill_id = _id(context, request, idempotency_key)
    backfill = context.store.backfills.get(backfill_id)
    if backfill is None:
        plan, now = plan_backfill(context, request), context.now()
        new = Backfill(
            id=backfill_id,
            request=request,
            status=BackfillStatus.RUNNING,
            created=now,
            total=len(plan.planned),
        )
        backfill = context.store.backfills.create(new, plan, now, context.token())
        if backfill is None:
            raise no_current_flow(request.flow_group_id)
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
            if plan is None:  # the flow was deleted meanwhile
                break
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
        runs = _runs(context, backfill, plan, taken, now)
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
    context: Context, backfill: Backfill, plan: BackfillPlan | None, taken: Sequence[Planned], now: datetime
) -> list[tuple[Planned, FlowRun]]:
    """Return new runs for occurrences, of the flow's version of now. Raises NotFound, BadUserInput.

    The flow is looked for also while no run may be made, so that nobody waits for a backfill of a flow that
    is gone.
    """
    if backfill.position >= backfill.total:
        return []
    flow = current_flow(context, backfill.request.flow_group_id)
    if plan is None or not taken:
        return []
    clocks = read_schedule(plan.schedule).clocks
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
