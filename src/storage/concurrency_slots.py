"""Slots of concurrency limits: taken with the state that needs them, given back with the one that does not.

A limit's item counts the slots that are taken; a run's item names those that it holds. Both change in one
transaction with the run's state, so a slot is held exactly as long as a run is Running, whatever crashes.
"""

from collections.abc import Sequence
from typing import Final

from storage.keys import Item, key
from storage.table import Write

LIMIT: Final = "limit"
# A limit that was taken away refuses too: whoever reads the limits again sees that it is gone.
HAS_FREE_SLOT: Final = "attribute_exists(slots) AND used < slots"


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


def attribute(pks: Sequence[str]) -> Item:
    """What a run's item says of the slots that it holds."""
    return {"slots": {"L": [{"S": pk} for pk in pks]}}
