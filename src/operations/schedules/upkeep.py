"""The upkeep of one schedule: its next occurrences have runs, and runs of an earlier schedule go.

Everything that a step decides is one write whose condition is the record as it was read. So of any number of
ticks and requests that look at a schedule at once, one makes the runs. A step may be cut anywhere: then
nothing of it is there, or all. Removed runs are deleted before the record forgets them.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from domain.errors import ApiError, FlowRunsError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_totals import hour_to_mark
from domain.flows.flows import Flow, FlowGroup
from domain.flows.run_defaults import check_runnable
from domain.schedules.calendar import Occurrence
from domain.schedules.records import Made, ScheduleRecord, Wanted
from domain.schedules.rules import ScheduleRules
from domain.schedules.schedules import read_schedule
from domain.schedules.upkeep import ScheduleSettings, digest, gifts_digest, kept, next_step
from domain.times import format_time
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always
from operations.flow_runs.create_flow_run import CreateFlowRun, new_run

# Within one look; a tick goes on with the next one.
_MOST_STEPS: Final = 40
_BATCH: Final = 100
# How soon a schedule at fault is looked at again. A change of it or of its flow does not wait for that.
_FAULT_PAUSE: Final = timedelta(hours=1)
# The beginning of the key by which clients know the run of an occurrence, as in Prefect Server.
_KEY: Final = "auto-scheduled:"
_LONGEST_FAULT: Final = 1_000


def keep_up(context: Context, group_id: str, has_time: HasTime = always) -> Counter[str]:
    """Do what the schedule of a group needs now. Return the numbers of runs that were made and removed.

    What is left, or lost to another request, is left to the next tick. Raises ApiError.
    """
    done: Counter[str] = Counter()
    for _ in range(_MOST_STEPS):
        record = context.store.schedules.get(group_id)
        now = context.now()
        if record is None or record.next_look is None or record.next_look > now or not has_time():
            break
        if not _take_step(context, record, now, has_time, done):
            break
    return done


def _take_step(
    context: Context, record: ScheduleRecord, now: datetime, has_time: HasTime, done: Counter[str]
) -> bool:
    """Take one step. Return True if another one may follow at once."""
    # The record was read before the flow, so a later change of the flow has touched the record.
    group = context.store.flows.group(record.group_id)
    flow = _current_flow(context, group)
    wanted = _wanted(group, flow)
    before = record
    definition = None if wanted is None else wanted.definition
    if record.definition != definition:
        if not _remove_runs(context, record, now, has_time, done):
            return False
        record = replace(
            record,
            definition=definition,
            until=record.changed,
            made=(),
            labels=(),
            fault=None,
        )
    runs: list[FlowRun] = []
    if wanted is None or flow is None:
        after = replace(record, next_look=None)
    else:
        try:
            after, runs = _with_runs(context, record, flow, wanted, now)
        except FlowRunsError as error:
            if isinstance(error, ApiError):
                raise
            done["at_fault"] += 1
            after = replace(record, fault=error.message[:_LONGEST_FAULT], next_look=now + _FAULT_PAUSE)
    after = replace(after, revision=before.revision + 1)
    if not context.store.schedules.keep(before, after, context.token(), runs=runs):
        done["lost"] += 1
        return True  # look again: another has taken a step, or the schedule was changed
    done["made"] += len(runs)
    return bool(runs)  # a step without runs is the last one for now


def _with_runs(
    context: Context, record: ScheduleRecord, flow: Flow, wanted: Wanted, now: datetime
) -> tuple[ScheduleRecord, list[FlowRun]]:
    """Return the record after the next step, and the runs of the step. Raises BadUserInput."""
    settings = ScheduleSettings(horizon=context.schedule_horizon, lead=context.schedule_lead)
    step = next_step(record, read_schedule(wanted.serialized), now, settings)
    runs = [_run(context, flow, wanted.rules, occurrence, now) for occurrence in step.wanted]
    new = [
        Made(occurrence.time, gifts_digest(occurrence.gifts), run.id)
        for occurrence, run in zip(step.wanted, runs, strict=True)
    ]
    labels = dict.fromkeys([*record.labels, *(tuple(run.labels) for run in runs)])
    after = replace(
        record,
        until=step.until,
        next_look=step.next_look,
        made=kept(record, new, now),
        labels=tuple(labels),
        fault=None,
    )
    return after, runs


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
        idempotency_key=f"{_KEY}{format_time(occurrence.time)}",
    )
    run = replace(new_run(context, flow, request, now), auto_scheduled=True, rules=rules.of_runs)
    check_runnable(flow, run.inputs.parameters)
    return run


def _current_flow(context: Context, group: FlowGroup | None) -> Flow | None:
    if group is None or group.current_flow_id is None:
        return None
    flows = context.store.flows.get([group.current_flow_id])
    return flows[0] if flows and not flows[0].archived else None


def _wanted(group: FlowGroup | None, flow: Flow | None) -> Wanted | None:
    """Return the schedule that is to be kept up, None if there is none or it is switched off."""
    if group is None or flow is None or not flow.is_schedule_active:
        return None
    serialized = group.schedule or flow.outline.get("schedule")
    if not serialized:
        return None
    rules = ScheduleRules.read(group.schedule_rules)
    parts = [flow.id, serialized, *filter(None, [group.schedule_rules])]
    return Wanted(serialized, rules, digest(parts))


def _remove_runs(
    context: Context, record: ScheduleRecord, now: datetime, has_time: HasTime, done: Counter[str]
) -> bool:
    """Remove the untouched runs of a schedule. Return False if time ran out.

    The record knows the newest ones. Those that are due for longer wait under their labels.
    """
    made = [run.flow_run_id for run in record.made]
    for start in range(0, len(made), _BATCH):
        done["removed"] += _remove(context, made[start : start + _BATCH], now)
    for labels in record.labels:
        waiting = context.store.schedules.waiting(labels, now)
        while batch := list(islice(waiting, _BATCH)):
            if not has_time():
                return False
            runs = context.store.flow_runs.get(batch, (), consistent=True)
            ours = [run.id for run in runs if run.flow_group_id == record.group_id and run.auto_scheduled]
            done["removed"] += _remove(context, ours, now)
    return True


def _remove(context: Context, flow_run_ids: list[str], now: datetime) -> int:
    """Remove the untouched ones of these runs; return how many. Totals may have counted their hours."""
    hours = {hour_to_mark(flow_run_id, now): flow_run_id for flow_run_id in flow_run_ids}
    for flow_run_id in hours.values():
        context.store.run_totals.touch(flow_run_id, now)
    return context.store.schedules.remove_untouched(flow_run_ids)
