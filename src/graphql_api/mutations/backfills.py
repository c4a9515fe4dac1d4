"""Mutations of backfills: beginning one, stopping it, and going on with it."""

from typing import TYPE_CHECKING, Any

from domain.errors import BadUserInput
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    FLAG,
    ID,
    INTEGER,
    TEXT,
    TIME,
    MutationInput,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context

if TYPE_CHECKING:
    from domain.schedules.runs.backfills import BackfillRequest


class CreateBackfillInput(MutationInput):
    """A range of the past whose occurrences get runs."""

    flow_group_id = required(ID, "The flow group of the schedule.")
    first = required(TIME, "The beginning of the range, included.")
    last = required(TIME, "The end of the range, included; not in the future.")
    at_once = optional(INTEGER, "How many runs may be unfinished at a time, 1 to 100; 1 if null.")
    direction = optional(TEXT, "`oldest_first`, also if null, or `newest_first`.")
    repeat = optional(
        TEXT,
        "Which occurrences run: `missing` (without a run, also if null), `failed` (also those whose newest "
        "run failed), or `all`.",
    )
    dry_run = optional(FLAG, "True only counts the runs.")
    idempotency_key = optional(TEXT, "Tells two backfills with the same values apart.")


class StopBackfillInput(MutationInput):
    """The backfill that makes no more runs."""

    backfill_id = required(ID, "The backfill.")


class ContinueBackfillInput(StopBackfillInput):
    """The backfill that goes on where it was stopped."""


def backfill_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of backfills."""
    return (
        Mutation(
            "create_backfill",
            "Make runs for the past occurrences of a schedule, some at a time. The same values return the "
            "backfill that there is.",
            CreateBackfillInput,
            payloads.backfill,
            _create,
            camel_case=False,
        ),
        Mutation(
            "stop_backfill",
            "Let a backfill make no more runs. Those that it has made stay.",
            StopBackfillInput,
            payloads.success,
            _stop,
            camel_case=False,
        ),
        Mutation(
            "continue_backfill",
            "Let a backfill go on where it was stopped.",
            ContinueBackfillInput,
            payloads.success,
            _continue,
            camel_case=False,
        ),
    )


# Few requests concern backfills, so that starts do without them.


def _create(context: Context, given: CreateBackfillInput) -> Payload:
    from operations.schedules import backfilling

    request = _request(given)
    if given.dry_run:
        preview = backfilling.preview_backfill(context, request, given.idempotency_key)
        return {
            "id": preview.id,
            "count": len(preview.times),
            "made": 0,
            "write_units": preview.write_units,
            "first_time": preview.times[0] if preview.times else None,
            "last_time": preview.times[-1] if preview.times else None,
        }
    backfill = backfilling.create_backfill(context, request, given.idempotency_key)
    return {
        "id": backfill.id,
        "status": backfill.status.value,
        "count": backfill.total,
        "made": backfill.made,
        "write_units": backfilling.UNITS_OF_RUN * backfill.total,
    }


def _request(given: CreateBackfillInput) -> "BackfillRequest":
    from domain.schedules.runs.backfills import BackfillRequest, Direction, Repeat

    return BackfillRequest(
        flow_group_id=given.flow_group_id,
        first=given.first,
        last=given.last,
        at_once=1 if given.at_once is None else given.at_once,
        direction=_choice(Direction, given.direction, "direction", Direction.OLDEST_FIRST),
        repeat=_choice(Repeat, given.repeat, "repeat", Repeat.MISSING),
    )


def _choice(kind: Any, given: str | None, field: str, default: Any) -> Any:
    if given is None:
        return default
    names = [choice.value for choice in kind]
    if given not in names:
        raise BadUserInput(f"{field} must be one of {', '.join(names)}.", {"field": field})
    return kind(given)


def _stop(context: Context, given: StopBackfillInput) -> Payload:
    from operations.schedules import backfilling

    return found(backfilling.stop_backfill(context, given.backfill_id), "backfill", given.backfill_id)


def _continue(context: Context, given: ContinueBackfillInput) -> Payload:
    from operations.schedules import backfilling

    return found(backfilling.continue_backfill(context, given.backfill_id), "backfill", given.backfill_id)
