"""The mapping between the records of schedules and their items. Pure: it makes no call."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from domain.memory import Memory
from domain.schedules.runs.beside_runs import Ended
from domain.schedules.runs.records import Made, ScheduleRecord
from domain.times import from_micros, to_micros
from storage.dynamodb.items import Item, Write
from storage.flows.flow_writes import place_of_schedule
from storage.layout.attributes import (
    instant,
    instant_of_order,
    number,
    read_instant,
    read_number,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.codec import pack, unpack
from storage.layout.conditions import EXISTS
from storage.layout.keys import SCHEDULE, Keys, key

AS_READ: Final = "revision = :revision"
FAILURES: Final = "failures"
# Attributes that a record without a value lacks, each with what encodes it.
_OPTIONAL: Final[dict[str, Callable[[Any], Item]]] = {
    **dict.fromkeys(("until", "redone", "since"), instant),
    **dict.fromkeys(("definition", "told", "fault"), text),
    **dict.fromkeys(("counted", FAILURES), number),
}


def encode_record(keys: Keys, record: ScheduleRecord, tick: bytes) -> Item:
    """Return the item of a record that the tick with this token writes."""
    item: Item = {
        **key(keys.group(record.group_id), SCHEDULE),
        "revision": number(record.revision),
        "changed": instant(record.changed),
        "tick": {"B": tick},
    }
    if record.next_look is not None:
        item |= place_of_schedule(keys, record.group_id, record.next_look)
    for name, encode in _OPTIONAL.items():
        if value := getattr(record, name):
            item[name] = encode(value)
    if record.missed is not None:
        item["missed"] = {"B": pack(_made_row(record.missed))}
    if record.made:
        made = [_made_row(run) for run in record.made]
        item["made"] = {"B": pack(made)}
    for name in ("moved", "farthest"):
        if span := getattr(record, name):
            item[name] = number(int(span.total_seconds()))
    if record.labels:
        item["label_sets"] = {"B": pack([list(labels) for labels in record.labels])}
    return item


def _made_row(made: Made) -> list[Any]:
    return [to_micros(made.time), made.gifts, made.flow_run_id, to_micros(made.event)]


def _read_made(row: list[Any]) -> Made:
    time, gifts, flow_run_id, event = row
    return Made(from_micros(time), from_micros(event), gifts, flow_run_id)


def decode_record(item: Item, memory: Memory | None = None) -> ScheduleRecord:
    """Return the record of an item."""
    made = unpack(item["made"]["B"], memory) if "made" in item else []
    labels = unpack(item["label_sets"]["B"], memory) if "label_sets" in item else []
    return ScheduleRecord(
        group_id=read_text(item, "pk").rpartition("#")[2],
        revision=read_number(item, "revision"),
        changed=read_instant(item, "changed"),
        definition=read_optional_text(item, "definition"),
        told=read_optional_text(item, "told"),
        until=read_optional_instant(item, "until"),
        redone=read_optional_instant(item, "redone"),
        since=read_optional_instant(item, "since"),
        next_look=instant_of_order(read_text(item, "order").partition("#")[0]) if "order" in item else None,
        made=tuple(map(_read_made, made)),
        moved=timedelta(seconds=read_number(item, "moved", 0)),
        farthest=timedelta(seconds=read_number(item, "farthest", 0)),
        missed=_read_made(unpack(item["missed"]["B"], memory)) if "missed" in item else None,
        counted=read_number(item, "counted", 0),
        failures=read_number(item, FAILURES, 0),
        labels=tuple(tuple(names) for names in labels),
        fault=read_optional_text(item, "fault"),
    )


def count_end(keys: Keys, ended: Ended) -> Write:
    """Return the update that counts the end of a run, refused if the schedule is gone.

    A failure lets the next tick look at the schedule. Each end refuses the step of a tick that has read the
    count before it.
    """
    update: Write = {
        "Key": key(keys.group(ended.group_id), SCHEDULE),
        "UpdateExpression": f"REMOVE {FAILURES} ADD revision :one",
        "ConditionExpression": EXISTS,
        "ExpressionAttributeValues": {":one": number(1)},
    }
    if ended.has_failed:
        place = place_of_schedule(keys, ended.group_id, ended.at)
        sets = ", ".join(f"#{name} = :{name}" for name in place)
        update["UpdateExpression"] = f"SET {sets} ADD {FAILURES} :one, revision :one"
        update["ExpressionAttributeNames"] = {f"#{name}": name for name in place}
        update["ExpressionAttributeValues"] |= {f":{name}": value for name, value in place.items()}
    return {"Update": update}
