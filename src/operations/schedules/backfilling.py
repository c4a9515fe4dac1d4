"""Backfills: beginning one, its upkeep, stopping it and going on with it.

The plan says once which occurrences run, so that steps need no calendar. Each step is one transaction: the
progress moves on with the runs, and each occurrence is noted. So a step makes its runs once whatever repeats
it, and of two backfills of one occurrence one makes its run.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.errors import BadUserInput
from domain.ids import stable_id
from domain.rounds import ROUNDS, changed_too_often
from domain.schedules.runs.backfills import Backfill, BackfillRequest, BackfillStatus
from domain.schedules.runs.digests import digest
from operations.context import Context
from operations.schedules.backfill_planning import no_current_flow, plan_backfill
from operations.schedules.backfill_upkeep import keep_up_backfill

# Write units of a run that a backfill makes, with its note and its part of the progress.
UNITS_OF_RUN: Final = 12


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
