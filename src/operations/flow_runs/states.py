"""Use cases of a run that exists: its states, its name, its end."""

from collections.abc import Collection
from dataclasses import replace

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun, FlowRunChange, cancelled_from
from domain.flow_runs.states import State
from domain.flows.labels import check_labels
from domain.names import fitted_name
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.recovery.rules import speaks_for_task_runs
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flow_runs.cancelling import GoOn, always, cancel_task_runs
from operations.flow_runs.leaving import mark_if_left_behind
from operations.flow_runs.starting import start_flow_run


def set_flow_run_state(context: Context, flow_run_id: str, version: int | None, state: State) -> FlowRun:
    """Set a state under the version that the caller holds; None means whatever version is current.

    The version grows by exactly one. Cancelled also ends the run's unfinished task runs. Instead of Running
    it is Queued when a concurrency limit of its labels has no slot left. Raises VersionLockingError,
    NotFound, BadUserInput, PayloadTooLarge, ApiError.
    """
    if state.type == "Cancelled":
        return cancel_with_task_runs(context, flow_run_id, version, state)
    if state.type == "Running":
        return start_flow_run(context, flow_run_id, version, state)
    return _leave(context, flow_run_id, version, state)[0]


def _leave(context: Context, flow_run_id: str, version: int | None, state: State) -> tuple[FlowRun, bool]:
    """Set a state, having marked the run where it may leave task runs behind; answers whether it may, too."""
    agent_id = context.agent_id if state.type == "Submitted" else None
    change = FlowRunChange(flow_run_id=flow_run_id, version=version, state=state, agent_id=agent_id)
    for _ in range(ROUNDS):
        left = mark_if_left_behind(context, flow_run_id, version, state)
        change = replace(change, only_unbegun=left.unbegun)
        try:
            run = context.store.flow_runs.set_state(change, context.now(), context.token())
        except HasBegun:
            continue
        return run, left.may_be_left
    raise changed_too_often(f"Flow run {flow_run_id}")


def cancel_with_task_runs(
    context: Context, flow_run_id: str, version: int | None, state: State, go_on: GoOn = always
) -> FlowRun:
    """Cancel the run first, so that no task of it can become Running any more, then its task runs.

    It is marked before: should this request die, or another that has just set a task run Running, recovery
    finds what is left.
    """
    run, may_be_left = _leave(context, flow_run_id, version, state)
    if may_be_left:
        cancel_task_runs(context, run, go_on)
    return run


def cancel_flow_run(context: Context, flow_run_id: str) -> FlowRun:
    """Cancel a run: one that runs is asked to stop, any other ends now, one that has ended stays as it is.

    Returns it as this left it, its newest state whole. Raises NotFound, ApiError.
    """
    for _ in range(ROUNDS):
        run = get_flow_run(context, flow_run_id, (Part.STATE,))
        state = cancelled_from(run.state)
        if state is None:
            if run.state.type == "Cancelled":  # an earlier request may have died before it was done
                cancel_task_runs(context, run)
            return run
        try:
            return set_flow_run_state(context, flow_run_id, run.version, state)
        except VersionLockingError:
            continue
    raise changed_too_often(f"Flow run {flow_run_id}")


def get_flow_run(context: Context, flow_run_id: str, parts: Collection[Part] = ()) -> FlowRun:
    """Read one run as of now, its item alone unless more of it is wanted. Raises NotFound."""
    found = context.store.flow_runs.get([flow_run_id], parts, consistent=True)
    if not found:
        raise NotFound(f"There is no flow run {flow_run_id}.")
    return found[0]


def set_flow_run_name(context: Context, flow_run_id: str, name: str) -> bool:
    """Rename a run; answers whether there is such a run. Raises BadUserInput."""
    return context.store.flow_runs.rename(flow_run_id, fitted_name(name, "name"), context.now())


def set_flow_run_labels(context: Context, flow_run_id: str, labels: list[str]) -> bool:
    """Give a run other labels; answers whether there is such a run. Raises BadUserInput."""
    done = context.store.flow_runs.set_labels(flow_run_id, check_labels(labels), context.now())
    if done:
        context.store.waiting_markers.relabel(flow_run_id)
    return done


def update_heartbeat(context: Context, flow_run_id: str) -> None:
    """Note that a run's process is alive; for an unknown run nothing is noted that lasts."""
    for_task_runs = speaks_for_task_runs(context.core_version)
    context.store.flow_runs.heartbeat(flow_run_id, context.now(), for_task_runs=for_task_runs)
