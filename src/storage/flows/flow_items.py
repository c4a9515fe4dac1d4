"""Flows as items, and items as flows. Pure: no call is made here."""

from dataclasses import asdict
from typing import Final

from domain.flows.flows import DEFAULT_SETTINGS, Flow, Overrides
from domain.flows.tasks import Task, task_outlines, tasks_of
from domain.json_types import JsonObject
from domain.sizes import check_packed_size
from storage.dynamodb.items import Item
from storage.layout.attributes import (
    instant,
    number,
    read_instant,
    read_number,
    read_optional_instant,
    read_text,
    text,
)
from storage.layout.codec import pack, unpack
from storage.layout.keys import FLOW, TASKS, Keys, flow_order, key

OUTLINE: Final = "outline"
# Flows of release 0.1.0 are without until a migration has gone over them.
TASK_COUNT: Final = "task_count"
# In the outline, under a name that no part of a flow has.
OVERRIDES: Final = "#group"
# An outline in the flow's own item is read with every flow, for one read unit; a larger one stands apart.
INLINE_OUTLINE: Final = 3_000
FIRST_REVISION: Final = 1
PART_BYTES: Final = 350_000
# With the other items of a registration this stays under what one transaction can hold: 4 MB.
MAX_PARTS: Final = 9


def encode_flow(keys: Keys, flow: Flow) -> list[Item]:
    """Make a flow items: its head, and its outline apart when that is large."""
    order = text(flow_order(flow.name, flow.version))
    item: Item = {
        **key(keys.flow(flow.id), FLOW),
        "tenant_shard": text(keys.flows()),
        "flow_shard": text(keys.project_flows(flow.project_id)),
        "order": order,
        "group_id": text(flow.flow_group_id),
        "version_group_id": text(flow.version_group_id),
        "project_id": text(flow.project_id),
        "name": text(flow.name),
        "version": number(flow.version),
        "archived": {"BOOL": flow.archived},
        "schedule_active": {"BOOL": flow.is_schedule_active},
        "created": instant(flow.created),
        "updated": instant(flow.updated),
        "revision": number(FIRST_REVISION),
        TASK_COUNT: number(flow.task_count),
    }
    if flow.turning_point is not None:
        item["turned"] = instant(flow.turning_point)
    packed = pack(flow.outline | _encode_overrides(flow.overrides))
    if len(packed) <= INLINE_OUTLINE:
        return [{**item, "outline": {"B": packed}}]
    check_packed_size(packed, "The outline of the flow (parameters, storage, run config)", PART_BYTES)
    return [item, {**key(keys.flow(flow.id), OUTLINE), "outline": {"B": packed}}]


def _encode_overrides(overrides: Overrides) -> JsonObject:
    given = {name: value for name, value in asdict(overrides).items() if value is not None}
    if not given["default_parameters"]:
        del given["default_parameters"]
    return {OVERRIDES: given} if given else {}


def decode_flow(keys: Keys, item: Item, apart: Item | None, serialized: JsonObject | None = None) -> Flow:
    """Make a flow's item a flow; `apart` is the item of its outline when it has one.

    `serialized` tells how many tasks a flow has whose item does not.
    """
    holder = item if "outline" in item else apart
    outline = unpack(holder["outline"]["B"]) if holder else {}
    overrides = Overrides(**outline.pop(OVERRIDES, {}))
    return Flow(
        id=read_text(item, "pk").rpartition("#")[2],
        tenant_id=keys.tenant,
        project_id=read_text(item, "project_id"),
        flow_group_id=read_text(item, "group_id"),
        version_group_id=read_text(item, "version_group_id"),
        name=read_text(item, "name"),
        version=read_number(item, "version"),
        archived=item["archived"]["BOOL"],
        created=read_instant(item, "created"),
        updated=read_instant(item, "updated"),
        is_schedule_active=item["schedule_active"]["BOOL"],
        task_count=read_number(item, TASK_COUNT, count_tasks(serialized or {})),
        outline=outline,
        settings=dict(DEFAULT_SETTINGS),
        overrides=overrides,
        unarchived=read_optional_instant(item, "unarchived"),
        turning_point=read_optional_instant(item, "turned"),
    )


def count_tasks(serialized: JsonObject) -> int:
    """How many tasks a serialized flow has."""
    return len(serialized.get("tasks") or [])


def encode_serialized(keys: Keys, flow_id: str, serialized: JsonObject, revision: int) -> list[Item]:
    """Make a serialized flow items, each within DynamoDB's limit. Raises PayloadTooLarge.

    Each says of which revision it is and how many there are, since no query reads them all at one instant.
    """
    packed = check_packed_size(pack(serialized), "The serialized flow", MAX_PARTS * PART_BYTES)
    parts = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
    same = {"revision": number(revision), "parts": number(len(parts))}
    return [
        {**key(keys.flow(flow_id), part_sk(place)), **same, "part": {"B": part}}
        for place, part in enumerate(parts)
    ]


def encode_tasks(keys: Keys, flow_id: str, serialized: JsonObject) -> Item:
    """Make what is read of a flow's tasks one item: the whole flow need not be. Raises PayloadTooLarge."""
    what = "The outline of the flow's tasks (names, types, tags)"
    packed = check_packed_size(pack(task_outlines(serialized)), what, PART_BYTES)
    return {**key(keys.flow(flow_id), TASKS), "tasks": {"B": packed}}


def decode_tasks(flow: Flow, item: Item | None, serialized: JsonObject | None) -> list[Task]:
    """Give back the tasks of a flow from their item, or from its serialized form where it has none.

    A flow without tasks need not have either.
    """
    outlines = unpack(item["tasks"]["B"]) if item else task_outlines(serialized or {})
    return tasks_of(flow.id, flow.tenant_id, flow.created, outlines)


def newest_revision(items: list[Item]) -> list[Item] | None:
    """The parts of the newest revision among these; None when one is missing."""
    newest = max((read_number(item, "revision") for item in items), default=0)
    parts = [item for item in items if read_number(item, "revision") == newest]
    return parts if all(read_number(item, "parts") == len(parts) for item in parts) else None


def decode_serialized(items: list[Item]) -> JsonObject:
    """Give back the serialized flow from the items of one revision, in any order."""
    parts = sorted(items, key=lambda item: read_text(item, "sk"))
    serialized: JsonObject = unpack(b"".join(item["part"]["B"] for item in parts))
    return serialized


def part_sk(place: int) -> str:
    """Sort key of a part of a serialized flow."""
    return f"serialized#{place:03d}"
