"""Use cases that ask a schedule for runs: one at once, and those that come next."""

from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.states import Kind
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.schedules import read_schedule
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.finding import get_flow
from operations.flows.schedules import draw_schedule
from operations.schedules.upkeep import keep_up

# The key in a run's context that marks it, with the clock whose values it has.
TRIGGERED: Final = "triggered_schedule"


def trigger(context: Context, flow_group_id: str, *, clock: int, idempotency_key: str | None) -> str:
    """Create a run of a group's current flow now, as a clock of its schedule asks for it; return its id.

    The schedule may be switched off or paused, and its rules do not hold for the run. A key that was used
    returns the run that it made. Raises NotFound, InvalidSchedule, and what `create_flow_run` raises.
    """
    group = context.store.flows.group(flow_group_id)
    if group is None or group.current_flow_id is None:
        raise NotFound(f"There is no flow group {flow_group_id} with a flow that is not archived.")
    serialized = group.schedule or get_flow(context, group.current_flow_id).outline.get("schedule")
    if not serialized:
        raise BadUserInput(f"Flow {group.flow_name!r} has no schedule.", {"field": "flow_group_id"})
    draw_schedule(context, serialized)
    clocks = read_schedule(serialized).clocks
    if not 0 <= clock < len(clocks):
        raise InvalidSchedule("clock", f"must be from 0 to {len(clocks) - 1}, not {clock}.")
    gifts = clocks[clock].gifts
    request = CreateFlowRun(
        flow_id=group.current_flow_id,
        parameters=gifts.parameter_defaults,
        labels=gifts.labels,
        run_config=gifts.run_config,
        context={TRIGGERED: {"clock": clock}},
        idempotency_key=idempotency_key,
    )
    return create_flow_run(context, request)


def next_runs(context: Context, flow_id: str) -> list[str]:
    """Make the next runs of a flow's schedule, if they are missing. Return those that come and wait.

    They are in the order of their times. A flow whose schedule is switched off has none. Raises NotFound,
    BadUserInput with the fault of a schedule that can make no runs, ApiError.
    """
    flow = get_flow(context, flow_id)
    keep_up(context, flow.flow_group_id, lambda: context.work.may_go_on)
    record = context.store.schedules.get(flow.flow_group_id)
    if record is None:
        return []
    if record.fault is not None:
        raise BadUserInput(f"The schedule of flow {flow.name!r} makes no runs: {record.fault}")
    ahead = [run for run in record.made if run.time > context.now() and run.has_run]
    made = [run.flow_run_id for run in sorted(ahead, key=lambda run: run.time)]
    runs = context.store.flow_runs.get(made, (), consistent=True)
    waiting = {run.id for run in runs if run.flow_id == flow_id and run.state.kind is Kind.SCHEDULED}
    return [flow_run_id for flow_run_id in made if flow_run_id in waiting]
