"""State changes as clients ask for them: a flow's owner may have switched the lock on versions off."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State
from domain.flows.flows import Switch
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.states import set_flow_run_state
from operations.task_runs.task_runs import find_address, set_task_run_state

Run = TypeVar("Run")


def set_flow_run_state_with_optional_lock(
    context: Context, flow_run_id: str, version: int | None, state: State
) -> FlowRun:
    """Set a state, under the version that the caller holds unless the run's flow does without.

    Raises what `set_flow_run_state` raises.
    """

    def change(held: int | None) -> FlowRun:
        return set_flow_run_state(context, flow_run_id, held, state)

    return _locked(change, version, partial(_locks, context, lambda: flow_run_id))


def set_task_run_state_with_optional_lock(
    context: Context, task_run_id: str, version: int | None, state: State
) -> TaskRun:
    """Set a state of a task run, under the same rule. Raises what `set_task_run_state` raises."""

    def change(held: int | None) -> TaskRun:
        return set_task_run_state(context, task_run_id, held, state)

    def flow_run_id() -> str:
        return find_address(context, task_run_id).flow_run_id

    return _locked(change, version, partial(_locks, context, flow_run_id))


def _locked(change: Callable[[int | None], Run], version: int | None, locks: Callable[[], bool]) -> Run:
    """The switch is looked at only when versions differ: nobody else's change costs a read for it."""
    try:
        return change(version)
    except VersionLockingError:
        if locks():
            raise
        return change(None)


def _locks(context: Context, flow_run_id: Callable[[], str]) -> bool:
    runs = context.store.flow_runs.get([flow_run_id()], (), consistent=True)
    groups = context.store.flows.groups([run.flow_group_id for run in runs])
    return all(Switch.VERSION_LOCKING.is_on(group.settings) for group in groups)
