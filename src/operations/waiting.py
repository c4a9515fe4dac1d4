"""Flow runs that were Queued and whose process has not asked again: they wait for an agent anew."""

from functools import partial

from domain.errors import ApiError, NotFound, VersionLockingError
from domain.flow_runs import FlowRun
from domain.limits import missed_turn
from operations.context import Context


def schedule_missed(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Schedule those of due runs that are Queued, so that an agent takes them; answers all that it may take.

    A process that lives asks again long before its run is due. Agents take no Queued run by themselves, so
    that one would wait for ever, and many would hide what is due behind them. The version keeps out a process
    that comes late, and another poll that does the same: whoever loses leaves the run to it.
    """
    missed = [run for run in due if run.state.type == "Queued"]
    done = context.store.parallel([partial(_schedule, context, run) for run in missed])
    lost = {run.id for run, is_scheduled in zip(missed, done, strict=True) if not is_scheduled}
    return [run for run in due if run.id not in lost]


def _schedule(context: Context, run: FlowRun) -> bool:
    now = context.now()
    try:
        context.store.flow_runs.set_state(
            run.id, run.version, missed_turn(run.state, now), now, context.token()
        )
    except (VersionLockingError, NotFound, ApiError):
        return False
    return True
