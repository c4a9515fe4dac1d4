"""Slots of concurrency limits: taken with the state that needs them, given back with the one that does not.

A limit's item counts the slots that are taken; a run's item names those that it holds. Both change in one
transaction with the run's state, so a slot is held exactly as long as a run is Running, whatever crashes.
"""

from collections.abc import Sequence
from typing import Final

from storage.keys import Item, key
from storage.table import Refused, Table, Write

LIMIT: Final = "limit"
# A limit that was taken away refuses too: whoever reads the limits again sees that it is gone.
HAS_FREE_SLOT: Final = "attribute_exists(slots) AND used < slots"

# What a run's item says when it is deleted decides which slots are given back.
HOLDS_NONE: Final = "attribute_not_exists(slots)"
HOLDS_THESE: Final = "slots = :slots"


def take(pk: str) -> Write:
    """Take a slot of a limit, if one is free."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used + :one",
            "ConditionExpression": HAS_FREE_SLOT,
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def give_back(pk: str) -> Write:
    """Give a slot back, also of a limit that was taken away meanwhile: it goes on counting."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used - :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def held(item: Item) -> list[str]:
    """The partitions of the limits whose slots a run's item holds."""
    return [slot["S"] for slot in item.get("slots", {"L": []})["L"]]


def delete_holder(table: Table, item_key: Item) -> bool:
    """Delete a run's item, and give back the slots that it holds; answers whether it was there."""
    found = item = table.get(item_key)
    while item:
        try:
            _delete(table, item_key, held(item))
        except Refused as refused:
            # Other slots by now, or deleted already: perhaps by this very call, whose answer was lost.
            item = refused.items[0]
        else:
            break
    return found is not None


def _delete(table: Table, item_key: Item, slots: list[str]) -> None:
    if not slots:
        table.delete(Key=item_key, ConditionExpression=HOLDS_NONE)
        return
    deletion = {
        "Key": item_key,
        "ConditionExpression": HOLDS_THESE,
        "ExpressionAttributeValues": {":slots": attribute(slots)["slots"]},
    }
    table.transact([{"Delete": deletion}, *(give_back(pk) for pk in slots)])


def attribute(pks: Sequence[str]) -> Item:
    """What a run's item says of the slots that it holds."""
    return {"slots": {"L": [{"S": pk} for pk in pks]}}
