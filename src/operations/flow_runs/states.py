"""Use cases of a flow run that exists: its states, its name, its labels, its heartbeat."""

from collections.abc import Collection
from dataclasses import replace

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import BeginsByRules, FlowRun, FlowRunChange, cancelled_from
from domain.flow_runs.states import State
from domain.flows.labels import check_labels
from domain.names import fitted_name
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.recovery.rules import covers_task_runs
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always, as_far_as_a_request_goes, cancel_task_runs
from operations.flow_runs.leaving import mark_if_left_behind
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
    if state.type == "Cancelled":
        return cancel_with_task_runs(context, change, as_far_as_a_request_goes(context))
    if state.type == "Running":
        return start_flow_run(context, change)
    return _mark_and_set(context, change)[0]


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


def _mark_and_set(context: Context, change: FlowRunChange) -> tuple[FlowRun, bool]:
    """Set a state, after the run was marked if it may leave task runs behind.

    Return the run as this change left it, and True if it was marked.
    """
    for _ in range(ROUNDS):
        check = mark_if_left_behind(context, change)
        marked = replace(change, only_if_no_task_run_begun=check.no_task_run_begun)
        try:
            run = _set(context, marked, check.before)
        except HasBegun:
            continue
        if run is not None:
            return run, check.may_be_left
    raise changed_too_often(f"Flow run {change.flow_run_id}")


def _set(context: Context, change: FlowRunChange, before: FlowRun | None) -> FlowRun | None:
    """Set a state. Return None if the run has changed since it was read."""
    if before is not None and before.rules is not None and before.rules.counts_failures:
        # Hardly any run has some.
        from operations.flow_runs.counting_ends import end_and_count  # noqa: PLC0415

        return end_and_count(context, change, before)
    return context.store.flow_runs.set_state(change, context.now(), context.token())


def cancel_with_task_runs(context: Context, change: FlowRunChange, has_time: HasTime = always) -> FlowRun:
    """Cancel the flow run first, so that none of its tasks can become Running any more, then its task runs.

    The run is marked before. Recovery finds what is left if this request dies or has no time for all of them,
    or if another request has just set a task run Running.
    """
    run, may_be_left = _mark_and_set(context, change)
    if may_be_left:
        cancel_task_runs(context, run, has_time)
    return run


def cancel_flow_run(context: Context, flow_run_id: str, reason: str | None = None) -> FlowRun:
    """Cancel a flow run; return it as this change left it, its newest state whole.

    A running run is asked to stop, a waiting run ends now, and an ended run stays as it is. `reason` is the
    message of its state. Raises NotFound, ApiError.
    """
    run, is_changed = cancel_run(context, get_flow_run(context, flow_run_id, (Part.STATE,)), reason)
    if not is_changed and run.state.type == "Cancelled":  # an earlier request may have died half done
        cancel_task_runs(context, run, as_far_as_a_request_goes(context))
    return run


def cancel_run(context: Context, run: FlowRun, reason: str | None = None) -> tuple[FlowRun, bool]:
    """Cancel a flow run that was read with its state, as `cancel_flow_run` does.

    Return it as this change left it, and True; or as it stands, and False if it needs no change. Raises
    NotFound, ApiError.
    """
    for _ in range(ROUNDS):
        state = cancelled_from(run.state, reason)
        if state is None:
            return run, False
        try:
            return set_flow_run_state(context, run.id, run.version, state), True
        except VersionLockingError:
            run = get_flow_run(context, run.id, (Part.STATE,))
    raise changed_too_often(f"Flow run {run.id}")


def get_flow_run(context: Context, flow_run_id: str, parts: Collection[Part] = ()) -> FlowRun:
    """Read one flow run as of now, with these parts of it. Raises NotFound."""
    found = context.store.flow_runs.get([flow_run_id], parts, consistent=True)
    if not found:
        raise NotFound(f"There is no flow run {flow_run_id}.")
    return found[0]


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
