"""The choice of the task runs that a restart resets, made from what is stored of a flow run and its flow."""

from collections.abc import Iterable

from domain.errors import NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.known_task_runs import KnownTaskRun
from domain.flow_runs.restart_choice import Choice, choose
from domain.flow_runs.restart_fates import has_gap
from domain.flow_runs.restart_shape import FlowShape, loads_results
from domain.flows.edges import edges_of
from domain.flows.tasks import task_outlines, tasks_of
from operations.context import Context


def chosen_resets(context: Context, run: FlowRun, touched: Iterable[int]) -> Choice:
    """Return the choice for a flow run; `touched` are tasks that the restart has noted. Raises NotFound."""
    shape = _shape(context, run)
    of_tasks = [task_run for page in context.store.task_runs.known(run.id) for task_run in page]
    context.work.note_looked_at(len(of_tasks) + len(shape.edges))
    noted = set(touched)
    if not shape.loads_results:
        noted.update(
            own.number for own in of_tasks if own.state == "Mapped" and _is_touched(context, run, own)
        )
    return choose(of_tasks, shape, noted)


def _is_touched(context: Context, run: FlowRun, own: KnownTaskRun) -> bool:
    """Return True if a child of a mapped task has not done its work, or has not begun."""
    expected = 0
    for children in context.store.task_runs.known(run.id, own.number):
        context.work.note_looked_at(len(children))
        if has_gap(children, expected) or not all(child.is_done for child in children):
            return True
        expected += len(children)
    return expected < (own.children or 0)


def _shape(context: Context, run: FlowRun) -> FlowShape:
    """Return the tasks and the edges of a run's flow. Raises NotFound."""
    flows = context.store.flows
    flow = next(iter(flows.get([run.flow_id])), None)
    serialized = flows.serialized([run.flow_id]).get(run.flow_id)
    if flow is None or serialized is None:
        raise NotFound(f"Flow run {run.id} cannot be restarted: its flow {run.flow_id} is gone.")
    tasks = tasks_of(flow.id, flow.tenant_id, flow.created, task_outlines(serialized))
    return FlowShape(tasks, edges_of(flow.id, tasks, serialized), loads_results(flow.core_version))
