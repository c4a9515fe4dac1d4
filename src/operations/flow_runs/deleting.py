"""Use cases that delete a flow run: a request deletes as far as it comes, and recovery deletes the rest."""

from contextlib import suppress
from typing import Final

from domain.errors import NotFound
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.states import Kind, State
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always, as_far_as_a_request_goes
from operations.flow_runs.ending import cancel_with_task_runs

_DELETED: Final = State({"type": "Cancelled", "message": "Flow run deleted."})


def delete_flow_run(context: Context, flow_run_id: str) -> bool:
    """Delete a flow run and its history; return True if it existed.

    Its idempotency key stays: within its 24 hours a repeat returns the same id, and creates no second run. If
    more belongs to the run than a request deletes, the run itself is deleted, and recovery deletes the rest.
    """
    runs = context.store.flow_runs.get([flow_run_id], (), consistent=True)
    if runs:
        delete_in_request(context, runs[0])
    else:  # an earlier release may have left items of the run
        _delete(context, flow_run_id, as_far_as_a_request_goes(context))
    return bool(runs)


def delete_in_request(context: Context, run: FlowRun) -> None:
    """Delete a flow run that was read a moment ago, as far as a request goes, but always the run itself."""
    if not delete_run(context, run, as_far_as_a_request_goes(context)):
        context.store.run_totals.touch(run.id, context.now())
        context.store.flow_runs.delete_alone(run.id)


def delete_run(context: Context, run: FlowRun, has_time: HasTime = always) -> bool:
    """Delete a flow run that was read a moment ago; return False if `has_time` ended it before the end.

    The run is marked first. If this process dies, recovery continues from the marker, and deletes what was
    written in the meantime, too. A run that has not ended is cancelled, so that none of its task runs begins,
    no agent starts a run that it was given, and no agent is given a half deleted run.
    """
    context.store.follow_ups.put(run.id, context.now(), deletes=True)
    if run.state.kind is not Kind.FINISHED:
        with suppress(NotFound):
            change = FlowRunChange(flow_run_id=run.id, version=None, state=_DELETED)
            cancel_with_task_runs(context, change, has_time)
    return _delete(context, run.id, has_time) is not None


def continue_deletion(context: Context, flow_run_id: str, has_time: HasTime = always) -> bool:
    """Delete the rest of a flow run that was marked long ago; return True if nothing of it can be left.

    A run that still existed is marked anew, because writes that began before its deletion may still arrive.
    If the run was gone already, no such write is under way any more. Return False if time ran out.
    """
    was_there = _delete(context, flow_run_id, has_time)
    if was_there:
        context.store.follow_ups.put(flow_run_id, context.now(), deletes=True)
    return was_there is False and context.store.mapped_children.forget(flow_run_id, has_time)


def _delete(context: Context, flow_run_id: str, has_time: HasTime) -> bool | None:
    """Delete the items of a flow run; its hour is marked before the run's own item goes."""
    store = context.store
    return store.flow_runs.delete(
        flow_run_id, has_time, lambda: store.run_totals.touch(flow_run_id, context.now())
    )
