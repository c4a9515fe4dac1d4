"""The mapping between flows and their items. Pure: it makes no call."""

from dataclasses import asdict
from functools import partial
from typing import Final

from domain.flows.flows import DEFAULT_SETTINGS, Contents, Flow, Overrides
from domain.flows.tasks import Task, task_outlines, tasks_of
from domain.json_types import JsonObject
from domain.lazy import Lazy
from domain.memory import Memory
from domain.sizes import KEPT_FLOW, check_kept, check_packed_size, json_text
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
from storage.layout.authors import decode_author, encode_author
from storage.layout.codec import pack, pack_text, unpack
from storage.layout.keys import FLOW, TASKS, Keys, flow_order, key

OUTLINE: Final = "outline"
OUTLINE_NAME: Final = "The outline of the flow (parameters, storage, run config)"
# Flows of release 0.1.0 lack the count until a migration has added it.
TASK_COUNT: Final = "task_count"
# Key for the group's overrides in the packed outline; it cannot clash with a key of the flow.
OVERRIDES: Final = "#group"
# A larger outline has an item of its own, so that the flow's head is read for one read unit.
INLINE_OUTLINE: Final = 3_000
# About the bytes that a task takes as an object and as a row of a response.
_TASK_MEMORY: Final = 1_200
FIRST_REVISION: Final = 1
PART_BYTES: Final = 350_000
# As many parts and the other items of a registration stay below the 4 MB of a transaction.
MAX_PARTS: Final = 9


def encode_flow(keys: Keys, flow: Flow) -> list[Item]:
    """Return the items of a flow: its head, and an item of its outline if that is large.

    Raises PayloadTooLarge.
    """
    item: Item = {
        **key(keys.flow(flow.id), FLOW),
        "tenant_shard": text(keys.flows()),
        "flow_shard": text(keys.project_flows(flow.project_id)),
        "order": text(flow_order(flow.name, flow.version)),
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
        **encode_author(flow.author),
    }
    if flow.turning_point is not None:
        item["turned"] = instant(flow.turning_point)
    packed = pack(flow.outline | _encode_overrides(flow.overrides))
    if len(packed) <= INLINE_OUTLINE:
        return [{**item, "outline": {"B": packed}}]
    check_packed_size(packed, OUTLINE_NAME, PART_BYTES)
    return [item, {**key(keys.flow(flow.id), OUTLINE), "outline": {"B": packed}}]


def _encode_overrides(overrides: Overrides) -> JsonObject:
    given = {name: value for name, value in asdict(overrides).items() if value is not None}
    if not given["default_parameters"]:
        del given["default_parameters"]
    return {OVERRIDES: given} if given else {}


def decode_flow(
    keys: Keys,
    item: Item,
    outline_item: Item | None,
    serialized: JsonObject | None = None,
    memory: Memory | None = None,
) -> Flow:
    """Return the flow of its head and of the item of its outline, if that has an item and was read.

    The outline is unpacked when somebody looks at it.

    `serialized` gives the number of tasks if the head lacks it.
    """
    holder = item if "outline" in item else outline_item
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
        contents=Lazy(partial(_contents, holder["outline"]["B"] if holder else None, memory)),
        settings=dict(DEFAULT_SETTINGS),
        unarchived=read_optional_instant(item, "unarchived"),
        turning_point=read_optional_instant(item, "turned"),
        author=decode_author(item),
    )


def _contents(packed: bytes | None, memory: Memory | None) -> Contents:
    outline = {} if packed is None else unpack(packed, memory)
    return Contents(overrides=Overrides(**outline.pop(OVERRIDES, {})), outline=outline)


def count_tasks(serialized: JsonObject) -> int:
    """Return the number of tasks of a serialized flow."""
    return len(serialized.get("tasks") or [])


def encode_serialized(keys: Keys, flow_id: str, serialized: JsonObject, revision: int) -> list[Item]:
    """Return the items of a serialized flow, each within DynamoDB's limit. Raises PayloadTooLarge.

    Each item has its revision and the number of items, because no query reads them all at one instant.
    """
    what = "The serialized flow"
    most = MAX_PARTS * PART_BYTES
    packed = pack_text(check_kept(json_text(serialized), what, KEPT_FLOW), most=most)
    check_packed_size(packed, what, most)
    parts = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
    same = {"revision": number(revision), "parts": number(len(parts))}
    return [
        {**key(keys.flow(flow_id), part_sk(number)), **same, "part": {"B": part}}
        for number, part in enumerate(parts)
    ]


def encode_tasks(keys: Keys, flow_id: str, serialized: JsonObject) -> Item:
    """Return the item of a flow's tasks, so that they are read without the whole flow.

    Raises PayloadTooLarge.
    """
    what = "The outline of the flow's tasks (names, types, tags)"
    packed = check_packed_size(pack(task_outlines(serialized)), what, PART_BYTES)
    return {**key(keys.flow(flow_id), TASKS), "tasks": {"B": packed}}


def decode_tasks(
    flow: Flow, item: Item | None, serialized: JsonObject | None, memory: Memory | None = None
) -> list[Task]:
    """Return the tasks of a flow from their item, or from the serialized flow if they have no item.

    A flow without tasks may have neither.
    """
    if memory is not None:
        memory.draw(_TASK_MEMORY * flow.task_count)
    outlines = unpack(item["tasks"]["B"], memory) if item else task_outlines(serialized or {})
    return tasks_of(flow.id, flow.tenant_id, flow.created, outlines)


def newest_revision(items: list[Item]) -> list[Item] | None:
    """Return the parts of the newest revision among these items; None if a part is missing."""
    newest = max((read_number(item, "revision") for item in items), default=0)
    parts = [item for item in items if read_number(item, "revision") == newest]
    return parts if all(read_number(item, "parts") == len(parts) for item in parts) else None


def decode_serialized(items: list[Item], memory: Memory | None = None) -> JsonObject:
    """Return the serialized flow of the items of one revision, which may be in any order."""
    parts = sorted(items, key=lambda item: read_text(item, "sk"))
    serialized: JsonObject = unpack(b"".join(item["part"]["B"] for item in parts), memory)
    return serialized


def part_sk(number: int) -> str:
    """Return the sort key of a part of a serialized flow."""
    return f"serialized#{number:03d}"
