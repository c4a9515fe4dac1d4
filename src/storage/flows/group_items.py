"""The mapping between flow groups and their items. Pure: it makes no call."""

from typing import Any, Final

from domain.flows.flows import DEFAULT_SETTINGS, FlowGroup
from domain.memory import Memory
from storage.dynamodb.items import Item
from storage.layout.attributes import number, read_number, read_text, text
from storage.layout.authors import decode_author, encode_author
from storage.layout.codec import pack, unpack
from storage.layout.keys import GROUP, Keys, key

# Stored only when different from the value in a new group.
_PACKED: Final = (
    *("idempotency_key", "description", "labels", "run_config"),
    *("schedule", "schedule_rules", "schedule_pause"),
)
# The values that may be large.
_LARGE: Final = ("labels", "run_config", "default_parameters", "schedule")


def encode_group(keys: Keys, group: FlowGroup) -> Item:
    """Return the item of a flow group."""
    item: Item = {
        **key(keys.group(group.id), GROUP),
        "version_group_id": text(group.version_group_id),
        "project_id": text(group.project_id),
        "flow_name": text(group.flow_name),
        "version": number(group.version),
        **encode_author(group.schedule_author),
    }
    if group.current_flow_id is not None:
        item["current_flow_id"] = text(group.current_flow_id)
    if group.is_scheduled:
        item["scheduled"] = {"BOOL": True}
    item |= {name: number(count) for name in ("changes", "deleted") if (count := getattr(group, name))}
    packed = {name: value for name in _PACKED if (value := getattr(group, name)) is not None}
    if group.default_parameters:
        packed["default_parameters"] = group.default_parameters
    if group.settings != DEFAULT_SETTINGS:
        packed["settings"] = group.settings
    return item | {name: {"B": pack(value)} for name, value in packed.items()}


def decode_group(keys: Keys, item: Item, memory: Memory | None = None, *, whole: bool = True) -> FlowGroup:
    """Return the flow group of an item. A group that is not `whole` lacks its large values."""

    def unpacked(name: str) -> Any:
        is_wanted = name in item and (whole or name not in _LARGE)
        return unpack(item[name]["B"], memory) if is_wanted else None

    return FlowGroup(
        id=read_text(item, "pk").rpartition("#")[2],
        tenant_id=keys.tenant,
        version_group_id=read_text(item, "version_group_id"),
        project_id=read_text(item, "project_id"),
        flow_name=read_text(item, "flow_name"),
        version=read_number(item, "version"),
        current_flow_id=item.get("current_flow_id", {}).get("S"),
        settings=DEFAULT_SETTINGS | (unpacked("settings") or {}),
        default_parameters=unpacked("default_parameters") or {},
        is_scheduled="scheduled" in item,
        schedule_author=decode_author(item),
        changes=int(item.get("changes", number(0))["N"]),
        deleted=int(item.get("deleted", number(0))["N"]),
        **{name: unpacked(name) for name in _PACKED},
    )
