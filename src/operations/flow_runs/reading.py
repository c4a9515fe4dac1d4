"""Reading one flow run as of now, for a use case that answers or changes it."""

from collections.abc import Collection

from domain.errors import NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from operations.context import Context


def get_flow_run(context: Context, flow_run_id: str, parts: Collection[Part] = ()) -> FlowRun:
    """Read one flow run as of now, with these parts of it. Raises NotFound."""
    found = context.store.flow_runs.get([flow_run_id], parts, consistent=True)
    if not found:
        raise NotFound(f"There is no flow run {flow_run_id}.")
    return found[0]


def read_run_to_change(context: Context, flow_run_id: str) -> FlowRun:
    """Read a run whose state is to be set. Raises NotFound."""
    found = context.store.flow_runs.get([flow_run_id], (Part.STATE,), consistent=True)
    if not found:
        raise NotFound(f"State update failed: there is no flow run {flow_run_id}.")
    return found[0]
