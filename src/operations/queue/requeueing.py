"""The write that requeues due flow runs which wait in another state than Scheduled."""

from functools import partial

from domain.errors import ApiError, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.queue.queue import offered_state
from operations.context import Context


def requeue_abandoned(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Set due flow runs Scheduled that wait in another state. Return all of them that an agent may take.

    Agents start only Scheduled flow runs. The other flow runs would wait for ever, and would fill each poll
    so that it never reaches the runs behind them. A living process of a Queued flow run asks for its slot
    again long before the flow run is due, so a due one is abandoned. The version in the write excludes a late
    process and a concurrent poll. The loser of that race leaves the flow run to the winner.
    """
    others = [run for run in due if offered_state(run) != run.state]
    results = context.store.parallel([partial(_set_scheduled, context, run) for run in others])
    lost = {run.id for run, is_scheduled in zip(others, results, strict=True) if not is_scheduled}
    return [run for run in due if run.id not in lost]


def _set_scheduled(context: Context, run: FlowRun) -> bool:
    change = FlowRunChange(flow_run_id=run.id, version=run.version, state=offered_state(run))
    try:
        context.store.flow_runs.set_state(change, context.now(), context.token())
    except (VersionLockingError, NotFound, ApiError):
        return False
    return True
