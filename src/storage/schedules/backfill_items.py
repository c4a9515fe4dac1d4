"""The mapping between backfills and their items. Pure: it makes no call.

A backfill has an item for its progress, and one for its plan, which is written once. What it has made of an
occurrence is noted for all backfills of the flow group.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from domain.memory import Memory
from domain.schedules.runs.backfill_plans import BackfillPlan, Planned
from domain.schedules.runs.backfills import Backfill, BackfillRequest, BackfillStatus, Direction, Repeat
from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import (
    instant,
    instant_order,
    number,
    read_instant,
    read_number,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.codec import pack, unpack
from storage.layout.keys import BACKFILL, PLAN, Keys, key

AS_READ: Final = "revision = :revision"
_ENTRY: Final = "backfill#"


def encode_backfill(keys: Keys, backfill: Backfill, next_look: datetime | None, token: bytes) -> Item:
    """Return the item of the progress of a backfill, listed by when somebody has to look at it, if ever."""
    request = backfill.request
    item: Item = {
        **key(keys.backfill(backfill.id), BACKFILL),
        "tenant_shard": text(keys.backfills()),
        "flow_group_id": text(request.flow_group_id),
        "first": instant(request.first),
        "last": instant(request.last),
        "at_once": number(request.at_once),
        "direction": text(request.direction.value),
        "repeat": text(request.repeat.value),
        "status": text(backfill.status.value),
        "created": instant(backfill.created),
        "total": number(backfill.total),
        "position": number(backfill.position),
        "made": number(backfill.made),
        "live": {"L": [text(flow_run_id) for flow_run_id in backfill.live]},
        "revision": number(backfill.revision),
        "tick": {"B": token},
        "order": text(f"{instant_order(next_look or backfill.created)}#{backfill.id}"),
    }
    if backfill.fault is not None:
        item["fault"] = text(backfill.fault)
    if next_look is not None:
        item["planned_shard"] = text(keys.backfills())
    return item


def decode_backfill(item: Item) -> Backfill:
    """Return the backfill of an item."""
    return Backfill(
        id=read_text(item, "pk").rpartition("#")[2],
        request=BackfillRequest(
            flow_group_id=read_text(item, "flow_group_id"),
            first=read_instant(item, "first"),
            last=read_instant(item, "last"),
            at_once=read_number(item, "at_once"),
            direction=Direction(read_text(item, "direction")),
            repeat=Repeat(read_text(item, "repeat")),
        ),
        status=BackfillStatus(read_text(item, "status")),
        created=read_instant(item, "created"),
        total=read_number(item, "total"),
        revision=read_number(item, "revision"),
        position=read_number(item, "position"),
        made=read_number(item, "made"),
        live=tuple(entry["S"] for entry in item["live"]["L"]),
        fault=read_optional_text(item, "fault"),
    )


def encode_plan(keys: Keys, backfill_id: str, plan: BackfillPlan) -> Item:
    """Return the item of the plan of a backfill."""
    rows = [
        [to_micros(each.event), each.gifts, each.clock, each.known, each.skipped and to_micros(each.skipped)]
        for each in plan.planned
    ]
    item = {
        **key(keys.backfill(backfill_id), PLAN),
        "schedule": {"B": pack(plan.schedule)},
        "planned": {"B": pack(rows)},
    }
    return item | ({"moved": number(int(plan.moved.total_seconds()))} if plan.moved else {})


def decode_plan(item: Item, memory: Memory | None = None) -> BackfillPlan:
    """Return the plan of an item."""
    moved = timedelta(seconds=read_number(item, "moved", 0))
    return BackfillPlan(
        schedule=unpack(item["schedule"]["B"], memory),
        planned=tuple(_read_planned(row, moved) for row in unpack(item["planned"]["B"], memory)),
        moved=moved,
    )


def _read_planned(row: list[Any], moved: timedelta) -> Planned:
    micros, gifts, clock, known, skipped = row
    event = from_micros(micros)
    return Planned(event + moved, event, gifts, clock, known, skipped and from_micros(skipped))


def note_run(
    keys: Keys, flow_group_id: str, event: datetime, gifts: str, flow_run_id: str, known: str | None = None
) -> Write:
    """Return the put that notes the run of an occurrence that is due already.

    The occurrence is named by its time before the spread. The put is refused if it has another noted run
    than the one that is `known`.
    """
    place = f"{instant_order(event)}#{gifts}"
    put: Item = {
        "Item": {**key(keys.backfilled(flow_group_id), place), "flow_run_id": text(flow_run_id)},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    if known is not None:
        put["ConditionExpression"] = "flow_run_id = :known"
        put["ExpressionAttributeValues"] = {":known": text(known)}
    return {"Put": put}


def asked_key(keys: Keys, flow_group_id: str, time: datetime, flow_run_id: str) -> Item:
    """Return the key of the note of a run that somebody has asked for long after its time."""
    return key(keys.backfilled(flow_group_id), f"{asked_order(time)}#{flow_run_id}")


def asked_order(time: datetime) -> str:
    """Return the beginning of the sort key of such a note, which sorts behind those of occurrences."""
    return f"asked#{instant_order(time)}"


def entry_key(keys: Keys, flow_group_id: str, backfill_id: str) -> Item:
    """Return the key of the item that leads from a flow group to a backfill of it."""
    return key(keys.backfilled(flow_group_id), f"{_ENTRY}{backfill_id}")


def backfill_of_entry(item: Item) -> str | None:
    """Return the backfill to which an item leads; None if it is a note of a run."""
    before, prefix, backfill_id = read_text(item, "sk").partition(_ENTRY)
    return backfill_id if prefix and not before else None
