"""Use cases that delete a flow run: at once as far as a request comes, and by recovery what is left of it."""

from contextlib import suppress
from typing import Final

from domain.errors import NotFound
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from domain.flow_runs.states import Kind, State
from operations.context import Context
from operations.flow_runs.cancelling import GoOn, always
from operations.flow_runs.states import cancel_with_task_runs

_DELETED: Final = State({"type": "Cancelled", "message": "Flow run deleted."})


def delete_flow_run(context: Context, flow_run_id: str) -> bool:
    """Delete a run and its history; answers whether there was one.

    Its idempotency key stays: within its 24 hours a repeat still answers this id, and makes no second run.
    """
    runs = context.store.flow_runs.get([flow_run_id], (), consistent=True)
    if runs:
        delete_run(context, runs[0])
    else:  # there may be something that an earlier release left of it
        context.store.flow_runs.delete(flow_run_id)
    return bool(runs)


def delete_run(context: Context, run: FlowRun, go_on: GoOn = always) -> None:
    """Delete a run that was read a moment ago, as far as `go_on` says yes.

    It is marked first: should this die, recovery goes on, which also takes what is written while the run is
    deleted. One that has not ended is cancelled, so that none of its task runs begins meanwhile, and no agent
    takes what it was given, or is given what is half gone.
    """
    context.store.follow_ups.put(run.id, context.now(), deletes=True)
    if run.state.kind is not Kind.FINISHED:
        with suppress(NotFound):
            change = FlowRunChange(flow_run_id=run.id, version=None, state=_DELETED)
            cancel_with_task_runs(context, change, go_on)
    context.store.flow_runs.delete(run.id, go_on)


def go_on_deleting(context: Context, flow_run_id: str, go_on: GoOn = always) -> bool:
    """Delete what is left of a run that was marked long ago; answers whether nothing is, for good.

    A run that was still there is marked anew: writes that began before it went may still arrive. When it was
    gone already none is under way any more. False also when `go_on` said no before the end.
    """
    was_there = context.store.flow_runs.delete(flow_run_id, go_on)
    if was_there:
        context.store.follow_ups.put(flow_run_id, context.now(), deletes=True)
    return was_there is False and context.store.mapped_children.forget(flow_run_id, go_on)
