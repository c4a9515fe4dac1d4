"""Running flow runs of which a task run waits: found by their markers in the queue."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import ApiError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.queue.queue import takes
from domain.queue.waiting_markers import after_look, may_have_waiting
from domain.task_runs.task_runs import Address, TaskRun
from operations.context import Context

# How many of a flow run's task runs that wait are looked at: the second, should the first have just begun.
_LOOKED_AT: Final = 2


def with_due_task_runs(
    context: Context,
    marked: Collection[str],
    runs: Sequence[FlowRun],
    agent_labels: frozenset[str],
    due_at: datetime,
) -> set[str]:
    """The ids of the flow runs with these markers that an agent with these labels may go on with.

    Those are Running, and a task run of theirs waits and is due: an agent starts a process for whatever it
    is given. `runs` are the flow runs as they were read. Any other marker is moved, so that no poll soon
    meets it in vain.
    """
    flow_run_ids = sorted(marked)
    markers = context.store.waiting_markers.get(flow_run_ids)
    by_id = {run.id: run for run in runs}
    running = {run.id: run for run in runs if run.state.type == "Running"}
    first = _first_task_runs(context, [each for each in flow_run_ids if each in markers and each in running])
    own = {each for each, run in running.items() if takes(run.labels, agent_labels)}
    able = _with_one_due(context, {each: first[each] for each in first if each in own}, due_at)
    now = context.now()
    moves = []
    for flow_run_id, marker in markers.items():
        starts = [start for start, _ in first.get(flow_run_id, [])]
        wanted = after_look(marker, by_id.get(flow_run_id), min(starts, default=None), now)
        if flow_run_id not in able and wanted != marker:
            moves.append(partial(context.store.waiting_markers.move, marker, wanted))
    with suppress(ApiError):
        context.store.parallel(moves)
    return able


def _first_task_runs(
    context: Context, flow_run_ids: Sequence[str]
) -> dict[str, list[tuple[datetime, Address]]]:
    look = context.store.waiting_markers.first_task_runs
    found = context.store.parallel([partial(look, each, _LOOKED_AT) for each in flow_run_ids])
    return dict(zip(flow_run_ids, found, strict=True))


def _with_one_due(
    context: Context, first: dict[str, list[tuple[datetime, Address]]], due_at: datetime
) -> set[str]:
    """The flow runs of which one of these task runs waits and is due, as of now."""
    addresses = [address for each in first.values() for start, address in each if start <= due_at]
    task_runs = context.store.task_runs.get(addresses) if addresses else []
    waiting = [each for each in task_runs if each.state.kind is Kind.SCHEDULED]
    dues = ((each.flow_run_id, each.state.due(each.latest.timestamp)) for each in waiting)
    return {flow_run_id for flow_run_id, due in dues if due is not None and due <= due_at}


def keep_marked(context: Context, flow_run: FlowRun, task_runs: Sequence[TaskRun]) -> None:
    """Have a marker if some of these task runs of a flow run wait: whatever it was lost by, it is found."""
    dues = [due for each in task_runs if (due := each.state.due(each.latest.timestamp)) is not None]
    if dues and flow_run.state.type == "Running":
        context.store.waiting_markers.keep(flow_run.id, min(dues), context.now())


def mark_if_task_runs_wait(context: Context, flow_run: FlowRun) -> None:
    """Have a marker before a flow run is set Running again: it may have lost its own when it had ended."""
    if may_have_waiting(flow_run):
        context.store.waiting_markers.put_again(flow_run.id, context.now())
