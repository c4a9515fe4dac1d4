"""The upkeep of a backfill: each step makes the runs that it may make now, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from domain.access import authors
from domain.errors import ApiError, FlowRunsError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.schedules.runs.backfill_plans import BackfillPlan, Planned
from domain.schedules.runs.backfills import Backfill, BackfillStatus
from domain.schedules.runs.taking import MOST_RUNS
from domain.schedules.schedules import read_schedule
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flow_runs.create_flow_run import CreateFlowRun, new_run
from operations.schedules.backfill_planning import current_flow

# The key in a run's context that tells its backfill.
BACKFILL: Final = "backfill"
_MOST_STEPS: Final = 40
_MINUTE: Final = timedelta(minutes=1)
_LONGEST_FAULT: Final = 1_000


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
            author=authors.BACKFILL,
        )
        made.append((planned, new_run(context, flow, request, now)))
    return made


def _live(context: Context, flow_run_ids: tuple[str, ...]) -> tuple[str, ...]:
    if not flow_run_ids:
        return ()
    runs = context.store.flow_runs.get(flow_run_ids, (), consistent=True)
    return tuple(run.id for run in runs if run.state.kind is not Kind.FINISHED)
