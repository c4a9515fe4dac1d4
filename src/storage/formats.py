"""The record of the form of a tenant's data: one item, and the form that a process knows."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.formats import NEW, Format, MigrationPiece, check_known
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import instant, number, read_number, read_optional_instant, text
from storage.layout.conditions import AT_REVISION, IS_NEW
from storage.layout.keys import FORMAT, Keys, key

# Seconds between two reads of the record by one process while there is older data.
_READ_EVERY: Final = 10.0


class Formats:
    """The record of the form of one tenant's data."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._key = key(keys.format(), FORMAT)

    def read(self) -> Format | None:
        """Return the record as of all acknowledged writes, None if only code from before the record wrote."""
        item = self._table.get(self._key)
        return None if item is None else _decode(item)

    def write(self, after: Format, before: Format | None) -> bool:
        """Replace the record that was read. Return False if another writer replaced it first."""
        condition = {"ConditionExpression": IS_NEW}
        if before is not None:
            condition["ConditionExpression"] = AT_REVISION
            condition |= {"ExpressionAttributeValues": {":revision": number(before.revision)}}  # type: ignore[dict-item]
        try:
            self._table.put(Item=self._encode(after), **condition)
        except Refused as refused:
            # A repeat after a lost response finds its own record.
            return refused.items[0] == self._encode(after)
        return True

    def note_new(self) -> None:
        """Record for a new table that all its data will have the form of this code."""
        self.write(NEW, None)

    def migrate_piece(self, step: int, position: str | None, now: datetime) -> MigrationPiece:
        """Do one piece of a step, from `position` on. Raises ApiError."""
        from storage.migrations import STEPS  # noqa: PLC0415  (no request needs the steps)

        return STEPS[step](self._table, self._keys, position, now)

    def _encode(self, record: Format) -> Item:
        item: Item = {
            **self._key,
            "version": number(record.version),
            "target": number(record.target),
            "step": number(record.step),
            "revision": number(record.revision),
        }
        if record.position is not None:
            item["place"] = text(record.position)
        if record.passed is not None:
            item["passed"] = instant(record.passed)
        return item


def _decode(item: Item) -> Format:
    return Format(
        version=read_number(item, "version"),
        target=read_number(item, "target"),
        step=read_number(item, "step"),
        position=item.get("place", {}).get("S"),
        passed=read_optional_instant(item, "passed"),
        revision=read_number(item, "revision"),
    )


class KnownFormat:
    """The form of a tenant's data as one process knows it.

    While there is older data, the record is read again now and then: the data only gets newer, so an old
    result is never too good. Once all data has the form of this code it keeps it, and no more reads are made.
    """

    def __init__(self, formats: Formats, clock: Callable[[], float] = time.monotonic) -> None:
        self._formats = formats
        self._clock = clock
        self._read_at: float | None = None
        self.is_current = False

    def look(self) -> bool:
        """Return True if all data has the form of this code. Raises DataTooNew, ApiError."""
        if not self.is_current and self._is_due():
            found = self._formats.read()
            check_known(found)
            self._read_at = self._clock()
            self.is_current = found is not None and found.is_current
        return self.is_current

    def _is_due(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= _READ_EVERY
