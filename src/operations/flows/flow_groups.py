"""Use cases of flow groups: the switches of a flow, and the values that its new runs begin with."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from domain.errors import NotFound
from domain.flows.flows import FlowGroup, Switch, check_description
from domain.flows.labels import check_labels
from domain.json_types import JsonObject
from domain.rounds import ROUNDS, changed_too_often
from domain.sizes import KEPT_OF_GROUP, check_kept, json_text
from operations.context import Context
from operations.flows.finding import get_flow


def set_switch(context: Context, flow_id: str, switch: Switch, *, on: bool) -> None:
    """Turn a switch on or off for all versions of a flow. Raises NotFound, ApiError."""
    flow = get_flow(context, flow_id)
    if not change_group(context, flow.flow_group_id, lambda group: switch.turned(group, on=on)):
        raise NotFound(f"There is no flow {flow_id}.")


def set_description(context: Context, flow_group_id: str, description: str | None) -> bool:
    """Set the description of a group. Return False if there is no such group.

    Raises PayloadTooLarge, ApiError.
    """
    return _set(context, flow_group_id, description=check_description(description))


def set_labels(context: Context, flow_group_id: str, labels: list[str] | None) -> bool:
    """Set the labels that new runs take instead of their flow's. Return False if there is no such group.

    None inherits the flow's labels; an empty list gives no labels.
    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    return _set(context, flow_group_id, labels=None if labels is None else check_labels(labels))


def set_run_config(context: Context, flow_group_id: str, run_config: JsonObject | None) -> bool:
    """Set the run config that new runs take instead of their flow's; None goes back to the flow's.

    Return False if there is no such group. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    labels = (run_config or {}).get("labels")
    if labels is not None:
        check_labels(labels)
    check_kept(json_text(run_config), "run_config", KEPT_OF_GROUP)
    return _set(context, flow_group_id, run_config=run_config)


def set_default_parameters(context: Context, flow_group_id: str, parameters: JsonObject) -> bool:
    """Set default parameters, which replace those of the flow in new runs. Return False for an unknown group.

    Raises PayloadTooLarge, ApiError.
    """
    check_kept(json_text(parameters), "default_parameters", KEPT_OF_GROUP)
    return _set(context, flow_group_id, default_parameters=parameters)


def _set(context: Context, flow_group_id: str, **values: Any) -> bool:
    return change_group(context, flow_group_id, lambda group: replace(group, **values))


def change_group(context: Context, flow_group_id: str, change: Callable[[FlowGroup], FlowGroup]) -> bool:
    """Change a group; a group that is already so is not written. Return False if there is no such group.

    If its schedule, the rules or the pause change, the next tick looks at the schedule. Raises
    PayloadTooLarge, ApiError.
    """
    for _ in range(ROUNDS):
        group = context.store.flows.group(flow_group_id)
        if group is None:
            return False
        changed = change(group)
        now = None if _schedule_of(changed) == _schedule_of(group) else context.now()
        if changed == group or context.store.flow_groups.change(group, changed, now):
            return True
    raise changed_too_often(f"Flow group {flow_group_id}")


def _schedule_of(group: FlowGroup) -> tuple[JsonObject | None, ...]:
    return group.schedule, group.schedule_rules, group.schedule_pause
