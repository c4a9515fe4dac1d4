"""Deleting an item that may hold slots of concurrency limits, so that no slot is lost with it."""

from typing import Any, Final

from domain.rounds import ROUNDS, changed_too_often
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import read_text
from storage.layout.keys import key_of

# Delete only while the item holds no slots, because a slot that was taken since the read would be lost.
HOLDS_NOTHING: Final = "attribute_not_exists(slots)"
# Give back exactly the slots that the item holds. At another version they may have been given back already,
# and a limit that is created in the meantime adds a slot at the same version.
HOLDS_AS_READ: Final = "version = :version AND slots = :slots"


def delete_with_slots(table: Table, item: Item) -> None:
    """Delete an item and give its slots back, in one transaction if it has any. Raises ApiError."""
    for _ in range(ROUNDS):
        try:
            _delete(table, item)
        except Refused as refused:
            standing = refused.items[0]
            if not standing:  # deleted already, perhaps by our own first attempt
                return
            item = standing
        else:
            return
    raise changed_too_often(f"Item {read_text(item, 'sk')!r} of {read_text(item, 'pk')!r}")


def _delete(table: Table, item: Item) -> None:
    delete: dict[str, Any] = {"Key": key_of(item)}
    held = slots.held_by(item)
    if not held:
        table.delete(**delete, ConditionExpression=HOLDS_NOTHING)
        return
    delete |= {
        "ConditionExpression": HOLDS_AS_READ,
        "ExpressionAttributeValues": {":version": item["version"], ":slots": item["slots"]},
    }
    table.transact([{"Delete": delete}, *map(slots.give_back, held)])
