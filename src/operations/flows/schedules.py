"""Use cases that switch a flow's schedule on and off."""

from operations.context import Context
from operations.flows.finding import get_flow


def set_schedule_active(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule on. Return False if the flow has no schedule. Raises NotFound."""
    flow = get_flow(context, flow_id)
    if not flow.outline.get("schedule"):
        return False
    return context.store.flows.set_schedule_active(flow_id, active=True)


def set_schedule_inactive(context: Context, flow_id: str) -> bool:
    """Switch a flow's schedule off, if the flow has one. Return False if there is no such flow."""
    return context.store.flows.set_schedule_active(flow_id, active=False)
