"""Mutations of the schedule that replaces those of a flow's versions."""

from datetime import timedelta
from typing import Any, Final

from domain.errors import BadUserInput
from domain.json_types import JsonObject
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    ID,
    INTEGER,
    JSON_VALUE,
    TEXT,
    TEXTS,
    MutationInput,
    as_object,
    list_of,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context

_MICROSECONDS: Final = 1_000_000
# The units of a clock in the list, beside its own values: each is read and checked.
_CLOCK: Final = 500.0


class _ClockInput(MutationInput):
    parameter_defaults = optional(JSON_VALUE, "Parameters of the runs that the clock asks for.")
    labels = optional(TEXTS, "Labels of the runs that the clock asks for.")


class CronClockInput(_ClockInput):
    """A clock that runs at the times of a cron expression."""

    cron = required(TEXT, "The cron expression.")


class IntervalClockInput(_ClockInput):
    """A clock that runs at an interval."""

    interval = required(INTEGER, "The interval in seconds, 60 at least.")


class SetGroupScheduleInput(MutationInput):
    """A schedule of a flow group."""

    flow_group_id = required(ID, "The flow group.")
    cron_clocks = optional(list_of(CronClockInput, _CLOCK), "Clocks with cron expressions.")
    interval_clocks = optional(list_of(IntervalClockInput, _CLOCK), "Clocks with intervals, which begin now.")
    timezone = optional(TEXT, "The time zone of all clocks, such as Europe/Berlin; null is UTC.")


class DeleteGroupScheduleInput(MutationInput):
    """The flow group whose versions get their own schedules back."""

    flow_group_id = required(ID, "The flow group.")


def group_schedule_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of the schedules of flow groups."""
    return (
        Mutation(
            "set_flow_group_schedule",
            "Let a schedule replace those of a flow's versions, while the flow's schedule is switched on.",
            SetGroupScheduleInput,
            payloads.success,
            _set,
            camel_case=False,
        ),
        Mutation(
            "delete_flow_group_schedule",
            "Give a flow's versions their own schedules back.",
            DeleteGroupScheduleInput,
            payloads.success,
            _delete,
            camel_case=False,
        ),
    )


def _set(context: Context, given: SetGroupScheduleInput) -> Payload:
    """Set the schedule, which begins now in its zone. Raises BadUserInput."""
    zone = given.timezone or "UTC"
    start = {"dt": _wall(context, zone), "tz": zone}
    clocks = [
        *(_clock(context, clock, "CronClock", start, cron=clock.cron) for clock in given.cron_clocks or []),
        *(
            _clock(context, clock, "IntervalClock", start, interval=clock.interval * _MICROSECONDS)
            for clock in given.interval_clocks or []
        ),
    ]
    if not clocks:
        raise BadUserInput("Give cron_clocks or interval_clocks, or delete the schedule.")
    from operations.flows.schedules import set_group_schedule

    is_found = set_group_schedule(context, given.flow_group_id, {"type": "Schedule", "clocks": clocks})
    return found(is_found, "flow group", given.flow_group_id)


def _clock(
    context: Context,
    given: CronClockInput | IntervalClockInput,
    kind: str,
    start: JsonObject,
    **timing: object,
) -> JsonObject:
    parameters = as_object(given.parameter_defaults, "parameter_defaults", context.work.memory)
    clock = {"type": kind, "start_date": start, "end_date": None, **timing}
    return clock | {"parameter_defaults": parameters, "labels": given.labels}


def _wall(context: Context, zone: str) -> str:
    """Return the present local time in a zone. A zone that is not known is refused with the schedule."""
    # Few requests set a schedule, so that starts do without the zones.
    from domain.schedules.clocks.zones import local, zone_named

    now = context.now()
    try:
        wall = local(now, zone_named(zone))
    except KeyError:
        wall = local(now, zone_named("UTC"))
    return (wall - timedelta(microseconds=wall.microsecond)).isoformat()


def _delete(context: Context, given: DeleteGroupScheduleInput) -> Payload:
    from operations.flows.schedules import set_group_schedule

    return found(set_group_schedule(context, given.flow_group_id, None), "flow group", given.flow_group_id)
