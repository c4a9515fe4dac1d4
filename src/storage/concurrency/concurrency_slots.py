"""Slots of concurrency limits: taken with the state that needs them, given back with the one that does not.

A limit's item counts the slots that are taken; a run's item names those that it holds. Both change in one
transaction with the run's state, so a slot is held exactly as long as a run is Running, whatever crashes.
"""

from collections.abc import Sequence
from typing import Final

from domain.concurrency.limits import ConcurrencyLimit, NoFreeSlot
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import number, read_text, text
from storage.layout.keys import LIMIT, RUN, Keys, key

# A limit that was taken away refuses too: whoever reads the limits again sees that it is gone.
# While those are counted who were there before it, nobody comes in.
HAS_FREE_SLOT: Final = "attribute_exists(slots) AND used < slots AND attribute_not_exists(counting.closed)"
IS_THERE: Final = "attribute_exists(slots)"
# A task run takes slots only while its flow run runs: whoever ends or deletes that afterwards will find it.
FLOW_RUN_RUNS: Final = "#state = :running"


def partitions(keys: Keys, limits: Sequence[ConcurrencyLimit]) -> list[str]:
    """The partitions of limits."""
    return [keys.limit(limit.kind.value, limit.id) for limit in limits]


def take(pk: str) -> Write:
    """Take a slot of a limit, if one is free."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used + :one",
            "ConditionExpression": HAS_FREE_SLOT,
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }


def count(pk: str, slots: int = 1) -> Write:
    """Take slots of a limit for who is Running already, whether or not any is free."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used + :number",
            "ConditionExpression": IS_THERE,
            "ExpressionAttributeValues": {":number": number(slots)},
        }
    }


def give_back(pk: str) -> Write:
    """Give a slot back, also of a limit that was taken away meanwhile: it goes on counting."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used - :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }


def while_running(flow_run_pk: str) -> Write:
    """Let a transaction happen only while a flow run runs."""
    return {
        "ConditionCheck": {
            "Key": key(flow_run_pk, RUN),
            "ConditionExpression": FLOW_RUN_RUNS,
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":running": text("Running")},
        }
    }


def refusal(standing: Sequence[Item | None]) -> NoFreeSlot:
    """What to raise when slots could not be taken: names the limits that are full, leaves out those gone."""
    return NoFreeSlot([read_text(limit, "name") for limit in standing if limit and "slots" in limit])


def held(item: Item) -> list[str]:
    """The partitions of the limits whose slots a run's item holds."""
    return [slot["S"] for slot in item.get("slots", {"L": []})["L"]]


def attribute(pks: Sequence[str]) -> Item:
    """What a run's item says of the slots that it holds."""
    return {"slots": {"L": [text(pk) for pk in pks]}}
