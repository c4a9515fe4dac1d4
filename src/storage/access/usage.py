"""The counts of a tenant's use in the table: an item for each day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from domain.access.usage import COUNTED, DayOfUse
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import epoch_second, number, read_number, read_text, text
from storage.layout.keys import Keys, key

# How long a day is kept.
_KEPT: Final = timedelta(days=400)


class Usage:
    """The counts of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._partition = keys.usage()

    def add(self, day: date, counts: Mapping[str, int]) -> None:
        """Add counts to those of a day. A repeat after a lost response adds them again."""
        names = [name for name in COUNTED if counts.get(name)]
        if not names:
            return
        ends = datetime(day.year, day.month, day.day, tzinfo=UTC) + _KEPT
        self._table.update(
            Key=key(self._partition, day.isoformat()),
            UpdateExpression="SET expires = :expires ADD " + ", ".join(f"{name} :{name}" for name in names),
            ExpressionAttributeValues={
                ":expires": number(epoch_second(ends)),
                **{f":{name}": number(counts[name]) for name in names},
            },
        )

    def since(self, day: date) -> list[DayOfUse]:
        """Return the days from this one on, the newest first, without those on which nothing was counted."""
        items = self._table.query_all(
            KeyConditionExpression="pk = :pk AND sk >= :day",
            ExpressionAttributeValues={":pk": text(self._partition), ":day": text(day.isoformat())},
            ScanIndexForward=False,
        )
        return [_day(item) for item in items]


def _day(item: Item) -> DayOfUse:
    counts = {name: read_number(item, name, 0) for name in COUNTED}
    return DayOfUse(day=date.fromisoformat(read_text(item, "sk")), **counts)
