"""Use cases of flow groups: the switches of flows, and what their runs begin with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.errors import NotFound
from domain.flows.flows import (
    MAX_GROUP_JSON_BYTES,
    FlowGroup,
    Switch,
    check_description,
    check_labels,
)
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from domain.sizes import check_json_size
from operations.context import Context
from operations.flows.flows import get_flow


def set_switch(context: Context, flow_id: str, switch: Switch, *, on: bool) -> None:
    """Turn a switch on or off for a flow, all versions of it. Raises NotFound, ApiError."""
    flow = get_flow(context, flow_id)
    if not change_group(context, flow.flow_group_id, lambda group: switch.turned(group, on=on)):
        raise NotFound(f"There is no flow {flow_id}.")


def set_description(context: Context, flow_group_id: str, description: str | None) -> bool:
    """Say what a flow is for; answers whether there is such a group. Raises PayloadTooLarge, ApiError."""
    return _set(context, flow_group_id, description=check_description(description))


def set_labels(context: Context, flow_group_id: str, labels: list[str] | None) -> bool:
    """Give new runs these labels instead of their flow's; null inherits them, an empty list means none.

    Answers whether there is such a group. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    return _set(context, flow_group_id, labels=None if labels is None else check_labels(labels))


def set_run_config(context: Context, flow_group_id: str, run_config: JsonObject | None) -> bool:
    """Execute new runs like this instead of as their flow says; null goes back to that.

    Answers whether there is such a group. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    labels = (run_config or {}).get("labels")
    if labels is not None:
        check_labels(labels)
    return _set(
        context, flow_group_id, run_config=check_json_size(run_config, "run_config", MAX_GROUP_JSON_BYTES)
    )


def set_default_parameters(context: Context, flow_group_id: str, parameters: JsonObject) -> bool:
    """Replace the parameters that stand over the flow's own defaults.

    Answers whether there is such a group. Raises PayloadTooLarge, ApiError.
    """
    check_json_size(parameters, "default_parameters", MAX_GROUP_JSON_BYTES)
    return _set(context, flow_group_id, default_parameters=parameters)


def _set(context: Context, flow_group_id: str, **values: Any) -> bool:
    return change_group(context, flow_group_id, lambda group: replace(group, **values))


def change_group(context: Context, flow_group_id: str, change: Callable[[FlowGroup], FlowGroup]) -> bool:
    """Change a group; answers whether there is such a one. What is as it should be is not written."""
    for _ in range(ROUNDS):
        group = context.store.flows.group(flow_group_id)
        if group is None:
            return False
        changed = change(group)
        if changed == group or context.store.flow_groups.change(group, changed):
            return True
    raise changed_too_often(f"Flow group {flow_group_id}")
