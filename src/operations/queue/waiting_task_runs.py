"""Running flow runs with waiting task runs, which the queue lists by one marker for each flow run."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import ApiError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.queue.queue import takes
from domain.queue.waiting_markers import marker_after_look, may_have_waiting
from domain.task_runs.task_runs import Address, TaskRun
from operations.context import Context

# A poll looks at this many waiting task runs of a flow run, because the first may have begun just now.
_LOOKED_AT: Final = 2

# The first waiting task runs of a flow run, with their start times.
FirstTaskRuns = Sequence[tuple[datetime, Address]]


def pick_running_and_move_markers(
    context: Context,
    marked: Collection[str],
    runs: Sequence[FlowRun],
    agent_labels: frozenset[str],
    due_at: datetime,
) -> set[str]:
    """Return the ids of the marked flow runs that an agent with these labels may continue.

    Such a flow run is Running, and one of its task runs waits and is due. The check is needed because an
    agent starts a process for every id that it gets. `runs` are the flow runs as they were read. All other
    markers are moved, so that later polls do not meet them in vain.
    """
    flow_run_ids = sorted(marked)
    markers = context.store.waiting_markers.get(flow_run_ids)
    by_id = {run.id: run for run in runs}
    running = {run.id: run for run in runs if run.state.type == "Running"}
    first = _first_task_runs(
        context, [run_id for run_id in flow_run_ids if run_id in markers.keys() & running]
    )
    takable = {run_id for run_id, run in running.items() if takes(run.labels, agent_labels)}
    picked = _with_due_task_run(context, [first[run_id] for run_id in first if run_id in takable], due_at)
    now = context.now()
    moves = []
    for run_id, marker in markers.items():
        starts = [start for start, _ in first.get(run_id, [])]
        wanted = marker_after_look(marker, by_id.get(run_id), min(starts, default=None), now)
        if run_id not in picked and wanted != marker:
            moves.append(partial(context.store.waiting_markers.move, marker, wanted))
    with suppress(ApiError):
        context.store.parallel(moves)
    return picked


def _first_task_runs(context: Context, flow_run_ids: Sequence[str]) -> Mapping[str, FirstTaskRuns]:
    look = context.store.waiting_markers.first_task_runs
    found = context.store.parallel([partial(look, run_id, _LOOKED_AT) for run_id in flow_run_ids])
    return dict(zip(flow_run_ids, found, strict=True))


def _with_due_task_run(context: Context, first: Sequence[FirstTaskRuns], due_at: datetime) -> set[str]:
    """Return the ids of the flow runs of which one of these task runs waits and is due, as of now."""
    addresses = [address for task_runs in first for start, address in task_runs if start <= due_at]
    found = context.store.task_runs.get(addresses) if addresses else []
    waiting = [task_run for task_run in found if task_run.state.kind is Kind.SCHEDULED]
    dues = ((task_run.flow_run_id, task_run.state.due(task_run.latest.timestamp)) for task_run in waiting)
    return {flow_run_id for flow_run_id, due in dues if due is not None and due <= due_at}


def keep_marked(context: Context, flow_run: FlowRun, task_runs: Sequence[TaskRun]) -> None:
    """Put the marker of a Running flow run if one of these task runs waits.

    This mends a marker that was lost, whatever lost it.
    """
    dues = [due for run in task_runs if (due := run.state.due(run.latest.timestamp)) is not None]
    if dues and flow_run.state.type == "Running":
        context.store.waiting_markers.keep(flow_run.id, min(dues), context.now())


def mark_if_task_runs_wait(context: Context, flow_run: FlowRun) -> None:
    """Put the marker of a flow run before it is set Running again if task runs of it may wait.

    The flow run may have lost its marker when it had ended.
    """
    if may_have_waiting(flow_run):
        context.store.waiting_markers.put_again(flow_run.id, context.now())
