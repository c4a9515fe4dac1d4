"""Flows with or without their serialized form, which may be megabytes and is read only where it is needed."""

from typing import Any

from operations.context import Context
from operations.reads.entities.description import SERIALIZED
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, WholeFlow


def read_flows(context: Context, flow_ids: list[str], need: Need, *, consistent: bool = True) -> list[Any]:
    """Read flows, with their serialized form if the need asks for it."""
    flows = context.store.flows.get(flow_ids, consistent=consistent)
    if SERIALIZED not in need.parts(ENTITIES["flow"]):
        return list(flows)
    whole = context.store.flows.serialized(flow.id for flow in flows)
    return [WholeFlow(flow, whole.get(flow.id)) for flow in flows]


def read_whole_flows(context: Context, flow_ids: list[str]) -> list[Any]:
    """Read flows with their serialized forms."""
    return read_flows(context, flow_ids, Need({"serialized_flow"}))
