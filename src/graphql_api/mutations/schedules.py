"""Mutations of schedules: their rules and pauses, and runs that are asked for. The preview of a schedule."""

from datetime import datetime
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from domain.errors import BadUserInput
from graphql_api.info import Info
from graphql_api.language.scalars import DATE_TIME, JSON, UUID
from graphql_api.mutations.dialects import Mutation
from graphql_api.mutations.inputs import (
    ID,
    INTEGER,
    TEXT,
    TEXTS,
    TIME,
    MutationInput,
    as_object,
    optional,
    required,
)
from graphql_api.mutations.payloads import Payload, Payloads, found
from operations.context import Context


class _ScheduleInput(MutationInput):
    flow_group_id = required(ID, "The flow group of the schedule.")


class SetScheduleRulesInput(_ScheduleInput):
    """Rules of a schedule: null switches one off, one that is left out stays."""

    overlap = optional(
        TEXT,
        "What a run does while another one of the schedule is not over: `allow`, `skip`, `buffer_one`, "
        "`buffer_all` or `cancel_other`.",
    )
    late_after = optional(INTEGER, "How many seconds after it was due a run may still begin.")
    catch_up = optional(TEXT, "Which missed occurrences get runs: `none`, `last` or `all`.")
    catch_up_window = optional(INTEGER, "How many seconds back `last` and `all` look; a day if null.")
    pause_after_failures = optional(INTEGER, "After how many failed runs in a row the schedule is paused.")
    spread = optional(INTEGER, "Within how many seconds the schedule is moved by an offset of its own.")
    excluded_dates = optional(TEXTS, "The days on which nothing runs, such as 2026-12-24.")
    max_runs = optional(INTEGER, "After how many runs the schedule ends.")


class PauseScheduleInput(_ScheduleInput):
    """A pause of a schedule."""

    note = optional(TEXT, "Why the schedule is paused.", readable=True)
    until = optional(TIME, "When the pause ends by itself; never if null.")
    by = optional(TEXT, "Who pauses the schedule.", readable=True)


class ResumeScheduleInput(_ScheduleInput):
    """The schedule that goes on."""


class TriggerScheduleInput(_ScheduleInput):
    """A run of a schedule."""

    clock = optional(INTEGER, "The clock whose values the run gets; 0, the first one, if null.")
    idempotency_key = optional(TEXT, "The same key returns the same run, within 24 hours of its last use.")


class ScheduleFlowRunsInput(MutationInput):
    """The flow whose next runs are made."""

    flow_id = required(ID, "The flow.")
    max_runs = optional(INTEGER, "How many of the runs the payload has at most.")


def schedule_mutations(payloads: Payloads) -> tuple[Mutation[Any], ...]:
    """Return the mutations of the schedules of flow groups."""
    return (
        Mutation(
            "set_schedule_rules",
            "Tell a schedule its rules. Given ones replace those before.",
            SetScheduleRulesInput,
            payloads.success,
            _set_rules,
            camel_case=False,
        ),
        Mutation(
            "pause_schedule",
            "Pause a schedule: what is due meanwhile does not run, and leaves a note.",
            PauseScheduleInput,
            payloads.success,
            _pause,
            camel_case=False,
        ),
        Mutation(
            "resume_schedule",
            "End the pause of a schedule.",
            ResumeScheduleInput,
            payloads.success,
            _resume,
            camel_case=False,
        ),
        Mutation(
            "trigger_schedule",
            "Create a run now, with what a clock of the schedule gives to its runs.",
            TriggerScheduleInput,
            payloads.flow_run,
            _trigger,
            camel_case=False,
        ),
        Mutation(
            "schedule_flow_runs",
            "Make the next runs of a flow's schedule now, as far as they are missing.",
            ScheduleFlowRunsInput,
            payloads.flow_run_ids,
            _schedule_runs,
        ),
    )


def schedule_preview_field() -> GraphQLField:
    """Return the query `schedule_preview`, which shows what a schedule would do next."""
    return GraphQLField(
        GraphQLNonNull(GraphQLList(GraphQLNonNull(_PREVIEWED))),
        {
            "flow_group_id": GraphQLArgument(UUID, description="The flow group of the schedule."),
            "schedule": GraphQLArgument(
                JSON, description="A schedule in its serialized form, in the place of the group's."
            ),
            "rules": GraphQLArgument(JSON, description="Rules by their names, in the place of the group's."),
            "after": GraphQLArgument(DATE_TIME, description="Only what is due after this time; now if null."),
            "limit": GraphQLArgument(
                GraphQLInt, default_value=_FEW, description="How many occurrences, 100 at most."
            ),
        },
        _preview,
        description="The next occurrences of a schedule, saved or not.",
    )


_FEW: Final = 10
_PREVIEWED: Final = GraphQLObjectType(
    "schedule_preview",
    {
        "time": GraphQLField(GraphQLNonNull(DATE_TIME), description="The time at which it is due, in UTC."),
        "local_time": GraphQLField(
            GraphQLNonNull(GraphQLString),
            resolve=lambda previewed, _info: previewed.local.isoformat(),
            description="The same in the clock's zone, with its offset from UTC.",
        ),
        "time_zone": GraphQLField(
            GraphQLNonNull(GraphQLString),
            resolve=lambda previewed, _info: previewed.zone,
            description="The zone.",
        ),
        "clock": GraphQLField(
            GraphQLNonNull(GraphQLInt), description="The clock that asks for it; the first one is 0."
        ),
        "reason": GraphQLField(
            GraphQLString,
            resolve=lambda previewed, _info: previewed.skip and previewed.skip.value,
            description="The reason why it will not run: `excluded`, `paused` or `limit`; null if it will.",
        ),
        "remark": GraphQLField(
            GraphQLString,
            description="A clock change, the spread, or the reason in words; null if there is none.",
        ),
    },
    description="An occurrence of a schedule that comes.",
)


# Few requests concern schedules, so that starts do without the calendar.


def _set_rules(context: Context, given: SetScheduleRulesInput) -> Payload:
    from operations.schedules import telling

    rules = {name: value for name, value in given.given_values().items() if name != "flow_group_id"}
    return _found(telling.set_rules(context, given.flow_group_id, rules), given)


def _pause(context: Context, given: PauseScheduleInput) -> Payload:
    from operations.schedules import telling

    is_found = telling.pause(context, given.flow_group_id, until=given.until, by=given.by, note=given.note)
    return _found(is_found, given)


def _resume(context: Context, given: ResumeScheduleInput) -> Payload:
    from operations.schedules import telling

    return _found(telling.resume(context, given.flow_group_id), given)


def _trigger(context: Context, given: TriggerScheduleInput) -> Payload:
    from operations.schedules import asking

    clock = 0 if given.clock is None else given.clock
    run_id = asking.trigger(context, given.flow_group_id, clock=clock, idempotency_key=given.idempotency_key)
    return {"id": run_id}


def _schedule_runs(context: Context, given: ScheduleFlowRunsInput) -> Payload:
    from operations.schedules import asking

    if given.max_runs is not None and given.max_runs < 0:
        raise BadUserInput("max_runs must not be negative.", {"field": "max_runs"})
    return {"flow_run_ids": asking.next_runs(context, given.flow_id)[: given.max_runs]}


def _preview(
    _root: None,
    info: Info,
    *,
    flow_group_id: str | None = None,
    schedule: object = None,
    rules: object = None,
    after: datetime | None = None,
    limit: int | None = None,
) -> Any:
    from operations.schedules import previewing

    memory = info.context.work.memory
    return previewing.preview(
        info.context,
        flow_group_id=flow_group_id,
        schedule=as_object(schedule, "schedule", memory),
        rules=as_object(rules, "rules", memory),
        after=after,
        count=_FEW if limit is None else limit,
    )


def _found(is_found: bool, given: _ScheduleInput) -> Payload:
    return found(is_found, "flow group", given.flow_group_id)
