"""Use cases of a flow run that exists: its states, its name, its labels, its heartbeat."""

from domain.flow_runs.flow_runs import BeginsByRules, FlowRun, FlowRunChange
from domain.flow_runs.states import State
from domain.flows.labels import check_labels
from domain.names import fitted_name
from domain.recovery.rules import covers_task_runs
from operations.context import Context
from operations.flow_runs.ending import set_other_state
from operations.flow_runs.starting import start_flow_run


def set_flow_run_state(context: Context, flow_run_id: str, version: int | None, state: State) -> FlowRun:
    """Set a state under the version that the caller holds; None means whatever version is current.

    The version grows by exactly one. Cancelled also ends the run's unfinished task runs. Instead of Running
    the run is Queued if a concurrency limit of its labels is full. Rules of its schedule may let it wait, or
    close it, instead of Submitted and Running. Raises VersionLockingError, NotFound, BadUserInput,
    PayloadTooLarge, ApiError.
    """
    if state.type == "Submitted":
        return _submit(context, flow_run_id, version, state)
    change = FlowRunChange(flow_run_id=flow_run_id, version=version, state=state)
    if state.type == "Running":
        return start_flow_run(context, change)
    return set_other_state(context, change)


def _submit(context: Context, flow_run_id: str, version: int | None, state: State) -> FlowRun:
    """Set Submitted by one write that most runs need, whose condition finds those that begin by rules."""
    change = FlowRunChange(
        flow_run_id=flow_run_id,
        version=version,
        state=state,
        agent_id=context.agent_id,
        only_without_rules=True,
        only_if_not_automatic=context.schedule_late_after is not None,
    )
    try:
        return context.store.flow_runs.set_state(change, context.now(), context.token())
    except BeginsByRules as begins:
        # Hardly any run has some.
        from operations.flow_runs.beginning import submit_by_rules  # noqa: PLC0415

        return submit_by_rules(context, change, begins.run)


def set_flow_run_name(context: Context, flow_run_id: str, name: str) -> bool:
    """Rename a flow run; return True if it exists. Raises BadUserInput."""
    return context.store.flow_runs.rename(flow_run_id, fitted_name(name, "name"), context.now())


def set_flow_run_labels(context: Context, flow_run_id: str, labels: list[str]) -> bool:
    """Replace the labels of a flow run; return True if it exists. Raises BadUserInput."""
    done = context.store.flow_runs.set_labels(flow_run_id, check_labels(labels), context.now())
    if done:
        context.store.waiting_markers.relabel(flow_run_id)
    return done


def update_heartbeat(context: Context, flow_run_id: str) -> None:
    """Note that the process of a flow run is alive; for an unknown run nothing is noted that lasts."""
    covers = covers_task_runs(context.core_version)
    context.store.flow_runs.heartbeat(flow_run_id, context.now(), covers_task_runs=covers)
