"""Flows with or without their serialized form, which may be megabytes and is read only where it is needed."""

from dataclasses import replace

from domain.flows.flows import Flow
from domain.parts import Part
from operations.context import Context
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need


def read_flows(context: Context, flow_ids: list[str], need: Need, *, consistent: bool = True) -> list[Flow]:
    """Read flows, with their serialized form and their groups' settings if the need asks for these."""
    flows, parts = context.store.flows.get(flow_ids, consistent=consistent), need.parts(ENTITIES["flow"])
    if Part.SETTINGS in parts:
        groups = context.store.flows.groups(sorted({flow.flow_group_id for flow in flows}))
        settings = {group.id: group.settings for group in groups}
        flows = [replace(flow, settings=settings.get(flow.flow_group_id, flow.settings)) for flow in flows]
    if Part.SERIALIZED not in parts:
        return flows
    whole = context.store.flows.serialized(flow.id for flow in flows)
    return [replace(flow, serialized=whole.get(flow.id)) for flow in flows]


def read_whole_flows(context: Context, flow_ids: list[str]) -> list[Flow]:
    """Read flows with their serialized forms."""
    return read_flows(context, flow_ids, Need({"serialized_flow"}))
