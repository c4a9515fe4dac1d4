"""The decision of a step in the upkeep of a schedule: its runs, what is skipped, and the next record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.occurrences import AUTOMATIC_KEY
from domain.flows.flows import Flow
from domain.flows.run_defaults import check_runnable
from domain.schedules.calendar import Occurrence
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.ruled import RuledSchedule, spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.rules.skips import SkippedOccurrence
from domain.schedules.runs.digests import gifts_digest
from domain.schedules.runs.records import NOTED, Decided, Made, ScheduleRecord, Wanted
from domain.schedules.runs.skipped import SkippedByRule, skip_message
from domain.schedules.runs.taking import ScheduleSettings, Step
from domain.schedules.runs.upkeep import next_step, still_kept
from domain.schedules.schedules import read_schedule
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, new_run


def decide(
    context: Context, record: ScheduleRecord, flow: Flow, wanted: Wanted, now: datetime, *, ends: bool = False
) -> Decided:
    """Return the next step, or that of a schedule that ends now, and the record after it.

    Raises BadUserInput.
    """
    settings = ScheduleSettings(horizon=context.schedule_horizon, lead=context.schedule_lead)
    kept = RuledSchedule(
        name=record.group_id,
        schedule=read_schedule(wanted.serialized),
        rules=ScheduleRules.read(wanted.rules),
        pause=pause_of(wanted),
        ends=ends,
    )
    step = next_step(record, kept, now, settings)
    runs = [_run(context, flow, kept.rules, occurrence, now) for occurrence in step.wanted]
    new = [_made(occurrence, run.id) for occurrence, run in zip(step.wanted, runs, strict=True)]
    labels = dict.fromkeys([*record.labels, *(tuple(run.labels) for run in runs)])
    after = replace(_record_after(record, step, kept, new, now), labels=tuple(labels))
    skipped = [_skipped(kept, skip, now) for skip in _not_backfilled(context, record.group_id, step.skipped)]
    again = [made for made in new if record.is_redone(made.event)]
    return Decided(after, runs, skipped, again, [made for made in new if made.time <= now])


def pause_of(wanted: Wanted) -> Pause | None:
    """Return the pause of a schedule, also one that is over."""
    return None if wanted.pause is None else Pause.read(wanted.pause)


def _record_after(
    record: ScheduleRecord, step: Step, kept: RuledSchedule, new: Sequence[Made], now: datetime
) -> ScheduleRecord:
    """Return the record after a step that has made new runs, but for the labels of the runs."""
    moved = spread_of(kept.name, kept.rules.spread)
    is_cut = step.next_look is not None and step.next_look <= now
    # The next step begins at their instant, and must not skip them again.
    noted = [_made(skip.occurrence, NOTED) for skip in step.skipped if skip.occurrence.event > step.until]
    is_through = record.redone is None or step.until >= record.redone
    return replace(
        record,
        until=step.until,
        redone=None if is_through else record.redone,
        moved=moved,
        farthest=max(record.farthest, moved),
        next_look=step.next_look,
        made=still_kept([*record.made, *(noted if is_cut else ()), *new], now, is_cut=is_cut),
        missed=None if step.missed is None else _made(step.missed, ""),
        counted=record.counted + len(new) if kept.rules.max_runs else 0,
        fault=None,
    )


def _skipped(kept: RuledSchedule, skip: SkippedByRule, now: datetime) -> SkippedOccurrence:
    occurrence = skip.occurrence
    return SkippedOccurrence(
        flow_group_id=kept.name,
        time=occurrence.time,
        gifts=gifts_digest(occurrence.gifts),
        event=None if occurrence.event == occurrence.time else occurrence.event,
        reason=skip.reason,
        message=skip_message(skip, kept),
        decided=now,
    )


def _not_backfilled(context: Context, group_id: str, skips: Sequence[SkippedByRule]) -> list[SkippedByRule]:
    """Leave out what is due already, and of which a backfill has made a run before a tick came."""
    now = context.now()
    due = [skip.occurrence.event for skip in skips if skip.occurrence.time <= now]
    noted = context.store.backfills.noted(group_id, min(due), max(due)) if due else {}
    return [
        skip for skip in skips if (skip.occurrence.event, gifts_digest(skip.occurrence.gifts)) not in noted
    ]


def _made(occurrence: Occurrence, flow_run_id: str) -> Made:
    return Made(occurrence.time, occurrence.event, gifts_digest(occurrence.gifts), flow_run_id)


def _run(
    context: Context, flow: Flow, rules: ScheduleRules, occurrence: Occurrence, now: datetime
) -> FlowRun:
    gifts = occurrence.gifts
    request = CreateFlowRun(
        flow_id=flow.id,
        parameters=gifts.parameter_defaults,
        labels=gifts.labels,
        run_config=gifts.run_config,
        scheduled_start_time=occurrence.time,
        idempotency_key=f"{AUTOMATIC_KEY}{format_time(occurrence.time)}",
    )
    moved = occurrence.time - occurrence.event
    run = replace(
        new_run(context, flow, request, now),
        auto_scheduled=True,
        rules=rules.of_runs,
        moved=moved,
        author=None,
    )
    check_runnable(flow, run.inputs.parameters)
    return run
