"""Flow runs that are due and wait in another state than Scheduled: agents start none of them as they are."""

from functools import partial

from domain.errors import ApiError, NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.queue.queue import offered_state
from operations.context import Context


def requeue_abandoned(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Schedule those of due runs that are not, so that an agent takes them; answers all that it may take.

    Agents keep only Scheduled ones of what a poll gives them. The others would wait for ever, and as many as
    a poll gives would hide what is due behind them. A process that lives and is Queued asks again long before
    its run is due. The version keeps out a process that comes late, and another poll that does the same:
    whoever loses leaves the run to it.
    """
    others = [run for run in due if offered_state(run) != run.state]
    done = context.store.parallel([partial(_schedule, context, run) for run in others])
    lost = {run.id for run, is_scheduled in zip(others, done, strict=True) if not is_scheduled}
    return [run for run in due if run.id not in lost]


def _schedule(context: Context, run: FlowRun) -> bool:
    change = FlowRunChange(flow_run_id=run.id, version=run.version, state=offered_state(run))
    try:
        context.store.flow_runs.set_state(change, context.now(), context.token())
    except (VersionLockingError, NotFound, ApiError):
        return False
    return True
