"""The mapping between occurrences that did not run and their items. Pure: it makes no call."""

from domain.schedules.skips import SkippedOccurrence, SkipReason
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import (
    instant,
    instant_order,
    read_instant,
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
    order = f"{instant_order(skipped.time)}#{skipped.flow_run_id or skipped.gifts}"
    item: Item = {
        **key(keys.occurrences(skipped.flow_group_id), order),
        "tenant_shard": text(keys.all_occurrences(keys.shard_of(skipped.id))),
        "order": text(f"{order}#{skipped.flow_group_id}"),
        "reason": text(skipped.reason.value),
        "message": text(skipped.message),
        "time": instant(skipped.time),
        "decided": instant(skipped.decided),
    }
    if skipped.flow_run_id is not None:
        item["flow_run_id"] = text(skipped.flow_run_id)
    return item


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
        flow_run_id=flow_run_id,
    )
