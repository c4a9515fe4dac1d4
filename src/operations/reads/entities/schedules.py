"""The entities of schedules, and of their occurrences that did not run."""

from typing import Final

from domain.parts import Part
from operations.reads.entities.description import (
    BOOLEAN,
    ID,
    INT,
    JSON,
    STRING,
    TENANT_ID,
    TIME,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    created_by,
    named,
)
from operations.reads.plans.schedules.backfill_plans import plan_backfills
from operations.reads.plans.schedules.occurrence_plans import plan_occurrences
from operations.reads.plans.schedules.schedule_plans import plan_schedules

SCHEDULE: Final = Entity(
    "schedule",
    "The schedule of a flow group that was ever switched on.",
    {
        "id": Column(UUID, named("id"), "The id of the flow group."),
        "tenant_id": Column(UUID, named("group.tenant_id"), TENANT_ID["tenant_id"].description),
        "flow_group_id": Column(UUID, named("id"), "The flow group."),
        "flow_id": Column(
            UUID, named("flow_id"), "The version that runs; null if all are archived.", nullable=True
        ),
        "name": Column(STRING, named("group.flow_name"), "The flow's name."),
        "is_active": Column(BOOLEAN, named("is_active"), "True if the schedule is switched on."),
        "schedule": Column(
            JSON,
            named("serialized"),
            "The schedule in effect, as serialized: that of the group, else that of the flow.",
            Part.OUTLINE,
            nullable=True,
        ),
        "rules": Column(JSON, lambda value: value.group.schedule_rules or {}, "The rules that are not off."),
        "pause": Column(
            JSON,
            named("pause"),
            "The pause with `since`, `until`, `by` and `note`; null if there is none.",
            nullable=True,
        ),
        "next_run": Column(
            TIME,
            named("next_run"),
            "The time of the next occurrence for which a run was made.",
            Part.SCHEDULE,
            nullable=True,
        ),
        "failures": Column(
            INT,
            named("failures"),
            "The number of runs that failed in a row last, if `pause_after_failures` is set.",
            Part.SCHEDULE,
        ),
        "fault": Column(
            STRING,
            named("fault"),
            "The reason why the schedule that is switched on makes no runs; null if it makes them.",
            Part.SCHEDULE,
            nullable=True,
        ),
        **created_by(
            "author", "Who set the schedule in effect, or registered the flow with it", Part.OUTLINE
        ),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The version that runs.", id_column="flow_id", nullable=True),
        "flow_group": Relation(
            "flow_group", "The group of all versions of the flow.", id_column="flow_group_id", nullable=True
        ),
        "occurrences": Relation(
            "occurrence", "The occurrences that did not run.", many=True, owner_column="flow_group_id"
        ),
    },
    plan=plan_schedules,
    leads=("id", "flow_group_id", "name"),
)

OCCURRENCE: Final = Entity(
    "occurrence",
    "An occurrence of a schedule that did not run.",
    {
        **ID,
        "flow_group_id": Column(UUID, named("flow_group_id"), "The flow group of the schedule."),
        "scheduled_time": Column(TIME, named("time"), "The time at which it was due."),
        "reason": Column(
            STRING,
            named("reason.value"),
            "The reason: `overlap`, `late`, `paused`, `missed`, `excluded` or `limit`.",
        ),
        "message": Column(STRING, named("message"), "The reason in words."),
        "flow_run_id": Column(
            UUID, named("flow_run_id"), "The run that was made of it and was skipped.", nullable=True
        ),
        "decided": Column(TIME, named("decided"), "The time at which it was skipped."),
    },
    {
        "flow_group": Relation(
            "flow_group", "The flow group of the schedule.", id_column="flow_group_id", nullable=True
        ),
        "schedule": Relation("schedule", "The schedule.", id_column="flow_group_id", nullable=True),
        "flow_run": Relation(
            "flow_run", "The run that was made of it and was skipped.", id_column="flow_run_id", nullable=True
        ),
    },
    plan=plan_occurrences,
    newest_by="scheduled_time",
    by_id=False,
)

BACKFILL: Final = Entity(
    "backfill",
    "Runs for a range of a schedule's past.",
    {
        **ID,
        "flow_group_id": Column(UUID, named("request.flow_group_id"), "The flow group of the schedule."),
        "created": Column(TIME, named("created"), "The time at which it was begun."),
        "status": Column(STRING, named("status.value"), "`running`, `stopped` or `done`."),
        "first": Column(TIME, named("request.first"), "The beginning of the range."),
        "last": Column(TIME, named("request.last"), "The end of the range."),
        "at_once": Column(INT, named("request.at_once"), "How many runs may be unfinished at a time."),
        "direction": Column(STRING, named("request.direction.value"), "`oldest_first` or `newest_first`."),
        "repeat": Column(STRING, named("request.repeat.value"), "`missing`, `failed` or `all`."),
        "count": Column(INT, named("total"), "The number of occurrences that are to run."),
        "taken": Column(INT, named("position"), "How many of them were taken."),
        "made": Column(INT, named("made"), "How many runs were made; other backfills made the others."),
        "unfinished": Column(
            INT, lambda value: len(value.live), "How many runs were not over when the tick looked last."
        ),
        "fault": Column(STRING, named("fault"), "The reason why it stopped by itself.", nullable=True),
    },
    {
        "flow_group": Relation(
            "flow_group", "The flow group of the schedule.", id_column="flow_group_id", nullable=True
        ),
        "schedule": Relation("schedule", "The schedule.", id_column="flow_group_id", nullable=True),
    },
    plan=plan_backfills,
    newest_by="created",
)
