"""The recovery cursor in the table: one item, which each tick replaces."""

from contextlib import suppress
from typing import Final

from domain.flow_runs.run_totals import Series
from domain.recovery.cursor import RecoveryCursor
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    instant,
    read_instant,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.conditions import IS_NEW
from storage.layout.keys import CURSOR, Keys, key
from storage.recovery.follow_ups import follow_up_at, order_of

# A tick that was overtaken leaves the cursor to the later tick.
TICK_AS_READ: Final = "tick = :tick"


class CursorRecord:
    """The stored recovery cursor of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._key = key(keys.recovery(), CURSOR)

    def read(self) -> RecoveryCursor | None:
        """Return the cursor of the newest tick; None before the first tick."""
        item = self._table.get(self._key)
        return None if item is None else decode_cursor(item)

    def begin(self, cursor: RecoveryCursor, before: RecoveryCursor | None) -> bool:
        """Replace the cursor that a tick read by its own. Return False if another tick was faster."""
        # IS_NEW lets only one of two first ticks go on.
        condition = IS_NEW if before is None else TICK_AS_READ
        values = {} if before is None else {"ExpressionAttributeValues": {":tick": {"B": before.token}}}
        try:
            self._table.put(Item=self._encode(cursor), ConditionExpression=condition, **values)
        except Refused as refused:
            # After a lost response, the repeated write finds the cursor that it has written itself.
            (item,) = refused.items
            return bool(item) and item["tick"]["B"] == cursor.token  # type: ignore[index]
        return True

    def advance_to(self, cursor: RecoveryCursor) -> None:
        """Store how far a tick has come, unless another tick has begun since."""
        with suppress(Refused):
            self._table.put(
                Item=self._encode(cursor),
                ConditionExpression=TICK_AS_READ,
                ExpressionAttributeValues={":tick": {"B": cursor.token}},
            )

    def _encode(self, cursor: RecoveryCursor) -> Item:
        return {
            **self._key,
            "at": instant(cursor.at),
            "since": instant(cursor.since),
            "tick": {"B": cursor.token},
            **({"after": text(cursor.after)} if cursor.after is not None else {}),
            **({"marked": text(order_of(cursor.marked))} if cursor.marked is not None else {}),
            **({} if cursor.totals is None else _encode_series(cursor.totals)),
        }


def decode_cursor(item: Item) -> RecoveryCursor:
    """Return the cursor of its item."""
    return RecoveryCursor(
        at=read_instant(item, "at"),
        since=read_instant(item, "since"),
        token=item["tick"]["B"],
        after=read_optional_text(item, "after"),
        marked=follow_up_at(read_text(item, "marked")) if "marked" in item else None,
        totals=_series(item),
    )


def _series(item: Item) -> Series | None:
    since = read_optional_instant(item, "totals_since")
    if since is None:
        return None
    first, reached, look = (
        read_optional_instant(item, name) for name in ("totals_first", "totals_reached", "totals_look")
    )
    return Series(since, first, reached, look)


def _encode_series(series: Series) -> Item:
    times = {
        "totals_since": series.since,
        "totals_first": series.first,
        "totals_reached": series.reached,
        "totals_look": series.look,
    }
    return {name: instant(time) for name, time in times.items() if time is not None}
