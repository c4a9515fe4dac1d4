"""State changes as clients ask for them: the owner of a flow may have switched version locking off.

The switch is read only after the versions differed, so that no other change costs a read for it.
"""

from typing import TYPE_CHECKING

from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import State
from domain.flows.flows import Switch
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.flow_runs.states import set_flow_run_state
from operations.task_runs.task_runs import find_address, set_task_run_state

if TYPE_CHECKING:
    from operations.flow_runs.restarting import Restarted


def set_flow_run_state_with_optional_lock(
    context: Context, flow_run_id: str, version: int | None, state: State
) -> FlowRun:
    """Set a state of a flow run, under the version that the caller holds if the flow's switch is on.

    Raises what `set_flow_run_state` raises.
    """
    try:
        return set_flow_run_state(context, flow_run_id, version, state)
    except VersionLockingError:
        if _locks_versions(context, flow_run_id):
            raise
    return set_flow_run_state(context, flow_run_id, None, state)


def set_task_run_state_with_optional_lock(
    context: Context, task_run_id: str, version: int | None, state: State
) -> TaskRun:
    """Set a state of a task run, under the version that the caller holds if the flow's switch is on.

    Raises what `set_task_run_state` raises.
    """
    try:
        return set_task_run_state(context, task_run_id, version, state)
    except VersionLockingError:
        if _locks_versions(context, find_address(context, task_run_id).flow_run_id):
            raise
    return set_task_run_state(context, task_run_id, None, state)


def restart_flow_run_with_optional_lock(
    context: Context, flow_run_id: str, idempotency_key: str | None, version: int | None
) -> "Restarted":
    """Restart a flow run, under the version that the caller holds if the flow's switch is on.

    Raises what `restart_flow_run` raises.
    """
    # Hardly any request restarts a run.
    from operations.flow_runs.restarting import restart_flow_run  # noqa: PLC0415

    try:
        return restart_flow_run(context, flow_run_id, idempotency_key, version)
    except VersionLockingError:
        if version is None or _locks_versions(context, flow_run_id):
            raise
    return restart_flow_run(context, flow_run_id, idempotency_key)


def _locks_versions(context: Context, flow_run_id: str) -> bool:
    runs = context.store.flow_runs.get([flow_run_id], (), consistent=True)
    groups = context.store.flows.groups([run.flow_group_id for run in runs], whole=False)
    return all(Switch.VERSION_LOCKING.is_on(group.settings) for group in groups)
