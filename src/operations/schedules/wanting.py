"""What is wanted of a schedule: whether it is switched on, with which flow, rules and pause."""

from datetime import datetime
from typing import Final

from domain.flows.flows import Flow, FlowGroup
from domain.schedules.rules.pauses import Pause
from domain.schedules.runs.digests import digest
from domain.schedules.runs.records import ScheduleRecord, Wanted
from operations.context import Context
from operations.schedules.deciding import pause_of

# Who has paused a schedule whose runs have failed.
_BY_ITSELF: Final = "pause_after_failures"


def digests(wanted: Wanted | None) -> tuple[str | None, str | None]:
    """Return the digests by which a change of a schedule, or of its rules and pause, is noticed."""
    return (None, None) if wanted is None else (wanted.definition, wanted.told)


def must_pause(record: ScheduleRecord, wanted: Wanted, now: datetime) -> bool:
    """Return True if as many runs have failed in a row as the rules bear."""
    most = (wanted.rules or {}).get("pause_after_failures")
    pause = pause_of(wanted)
    return most is not None and record.failures >= most and not (pause is not None and pause.holds(now))


def pause_after(record: ScheduleRecord, now: datetime) -> Pause:
    """Return the pause of a schedule whose last runs have failed."""
    runs = "The last run" if record.failures == 1 else f"The last {record.failures:,} runs"
    return Pause(since=now, by=_BY_ITSELF, note=f"{runs} failed.")


def flow_to_run(context: Context, group: FlowGroup | None) -> Flow | None:
    """Return the flow of which a schedule makes runs; None if there is none that is not archived."""
    if group is None or group.current_flow_id is None:
        return None
    flows = context.store.flows.get([group.current_flow_id])
    return flows[0] if flows and not flows[0].archived else None


def wanted_schedule(group: FlowGroup | None, flow: Flow | None) -> Wanted | None:
    """Return the schedule that is to be kept up, None if there is none or it is switched off."""
    if group is None or flow is None or not flow.is_schedule_active:
        return None
    serialized = group.schedule or flow.outline.get("schedule")
    if not serialized:
        return None
    rules, pause = group.schedule_rules, group.schedule_pause
    told = digest([rules, pause]) if rules or pause else None
    return Wanted(serialized, rules, pause, digest([flow.id, serialized]), told)
