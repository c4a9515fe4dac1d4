"""Deleting what may hold slots of concurrency limits, so that none is lost with it."""

from typing import Any, Final

from domain.rounds import ROUNDS, changed_too_often
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item
from storage.dynamodb.table import Refused, Table
from storage.layout.keys import key_of

# Who deletes has seen that nothing is held: a slot taken meanwhile must not go with it.
HOLDS_NOTHING: Final = "attribute_not_exists(slots)"
# What is given back is what it holds: at another version it may have gone back, and a limit that is made
# meanwhile adds a slot at the same one.
HOLDS_AS_READ: Final = "version = :version AND slots = :slots"


def delete_with_slots(table: Table, item: Item) -> None:
    """Delete an item and give its slots back, in one transaction if it has any. Raises ApiError."""
    for _ in range(ROUNDS):
        try:
            _delete(table, item)
        except Refused as refused:
            standing = refused.items[0]
            if not standing:  # it is gone, perhaps by our own first try
                return
            item = standing
        else:
            return
    raise changed_too_often("What was to be deleted")


def _delete(table: Table, item: Item) -> None:
    this: dict[str, Any] = {"Key": key_of(item)}
    held = slots.held(item)
    if not held:
        table.delete(**this, ConditionExpression=HOLDS_NOTHING)
        return
    this |= {
        "ConditionExpression": HOLDS_AS_READ,
        "ExpressionAttributeValues": {":version": item["version"], ":slots": item["slots"]},
    }
    table.transact([{"Delete": this}, *map(slots.give_back, held)])
