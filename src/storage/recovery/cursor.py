"""Recovery's own record in the table: one item, each tick's after the other's."""

from contextlib import suppress
from typing import Final

from domain.recovery.cursor import Watch
from storage.dynamodb.items import Item
from storage.dynamodb.table import Refused, Table
from storage.layout.attributes import instant, read_instant, read_optional_text, read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.keys import CURSOR, Keys, key
from storage.recovery.follow_ups import follow_up_at, order_of

# A tick that was overtaken leaves the record to the one that goes on with it.
IS_AS_READ: Final = "tick = :tick"


class Watches:
    """The record of one tenant's recovery."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._key = key(keys.recovery(), CURSOR)

    def read(self) -> Watch | None:
        """The newest tick's record; None before the first."""
        item = self._table.get(self._key)
        if item is None:
            return None
        return Watch(
            at=read_instant(item, "at"),
            since=read_instant(item, "since"),
            token=item["tick"]["B"],
            after=read_optional_text(item, "after"),
            marked=follow_up_at(read_text(item, "marked")) if "marked" in item else None,
        )

    def begin(self, watch: Watch, before: Watch | None) -> bool:
        """Put a tick's record in the place of the one that it read; False when another tick has."""
        condition = IS_NEW if before is None else IS_AS_READ
        values = {} if before is None else {"ExpressionAttributeValues": {":tick": {"B": before.token}}}
        try:
            self._table.put(Item=self._encode(watch), ConditionExpression=condition, **values)
        except Refused as refused:
            # A repeat after a lost answer finds itself.
            (item,) = refused.items
            return bool(item) and item["tick"]["B"] == watch.token  # type: ignore[index]
        return True

    def come_to(self, watch: Watch) -> None:
        """Note how far a tick has come, unless another has begun meanwhile."""
        with suppress(Refused):
            self._table.put(
                Item=self._encode(watch),
                ConditionExpression=IS_AS_READ,
                ExpressionAttributeValues={":tick": {"B": watch.token}},
            )

    def _encode(self, watch: Watch) -> Item:
        return {
            **self._key,
            "at": instant(watch.at),
            "since": instant(watch.since),
            "tick": {"B": watch.token},
            **({"after": text(watch.after)} if watch.after is not None else {}),
            **({"marked": text(order_of(watch.marked))} if watch.marked is not None else {}),
        }
