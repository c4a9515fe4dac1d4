"""The mapping between occurrences that did not run and their items. Pure: it makes no call."""

from datetime import datetime

from domain.schedules.rules.skips import SkippedOccurrence, SkipReason
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import (
    instant,
    instant_order,
    read_instant,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.conditions import IS_NEW
from storage.layout.keys import Keys, key


def put_occurrence(keys: Keys, skipped: SkippedOccurrence) -> Write:
    """Return the put of an occurrence that did not run, refused if it is noted already."""
    return {"Put": {"Item": encode_occurrence(keys, skipped), "ConditionExpression": IS_NEW}}


def encode_occurrence(keys: Keys, skipped: SkippedOccurrence) -> Item:
    """Return the item of an occurrence that did not run."""
    mark = skipped.flow_run_id or skipped.gifts
    place = occurrence_key(keys, skipped.flow_group_id, skipped.time, mark)
    order = read_text(place, "sk")
    item: Item = {
        **place,
        "tenant_shard": text(keys.all_occurrences(keys.shard_of(skipped.id))),
        "order": text(f"{order}#{skipped.flow_group_id}"),
        "reason": text(skipped.reason.value),
        "message": text(skipped.message),
        "time": instant(skipped.time),
        "decided": instant(skipped.decided),
    }
    if skipped.flow_run_id is not None:
        item["flow_run_id"] = text(skipped.flow_run_id)
    if skipped.event is not None:
        item["event"] = instant(skipped.event)
    return item


def occurrence_key(keys: Keys, flow_group_id: str, time: datetime, mark: str) -> Item:
    """Return the key of an occurrence. `mark` is the id of its run, or tells its clock if it has none."""
    return key(keys.occurrences(flow_group_id), f"{instant_order(time)}#{mark}")


def decode_occurrence(item: Item) -> SkippedOccurrence:
    """Return the occurrence of an item."""
    flow_run_id = read_optional_text(item, "flow_run_id")
    return SkippedOccurrence(
        flow_group_id=read_text(item, "pk").rpartition("#")[2],
        time=read_instant(item, "time"),
        gifts="" if flow_run_id else read_text(item, "sk").partition("#")[2],
        reason=SkipReason(read_text(item, "reason")),
        message=read_text(item, "message"),
        decided=read_instant(item, "decided"),
        event=read_optional_instant(item, "event"),
        flow_run_id=flow_run_id,
    )
