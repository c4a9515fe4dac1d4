"""The record of a tenant's form of data: one item, and what a process knows of it."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from domain.formats import NEW, Format, Piece, check_known
from storage.dynamodb.items import Item
from storage.dynamodb.table import Refused, Table
from storage.layout.attributes import instant, number, read_number, read_optional_instant, text
from storage.layout.conditions import AT_REVISION, IS_NEW
from storage.layout.keys import FORMAT, Keys, key

# So often a process looks again, in seconds, while older data is about.
_LOOK_EVERY: Final = 10.0


class Formats:
    """The form of one tenant's data."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._key = key(keys.format(), FORMAT)

    def read(self) -> Format | None:
        """The record, as of all writes that were acknowledged; None where no code that knows of it wrote."""
        item = self._table.get(self._key)
        return None if item is None else _decode(item)

    def write(self, after: Format, before: Format | None) -> bool:
        """Put a record in the place of the one that was read; False when somebody else has."""
        condition = {"ConditionExpression": IS_NEW}
        if before is not None:
            condition["ConditionExpression"] = AT_REVISION
            condition |= {"ExpressionAttributeValues": {":revision": number(before.revision)}}  # type: ignore[dict-item]
        try:
            self._table.put(Item=self._encode(after), **condition)
        except Refused as refused:
            # A repeat after a lost answer finds itself.
            return refused.items[0] == self._encode(after)
        return True

    def note_new(self) -> None:
        """Note of a table that was just made that all of its data will have the form of this code."""
        self.write(NEW, None)

    def bring_on(self, step: int, place: str | None, now: datetime) -> Piece:
        """Do a piece of a step, from `place` on. Raises ApiError."""
        from storage.migrations import STEPS  # noqa: PLC0415  (no request needs them)

        return STEPS[step](self._table, self._keys, place, now)

    def _encode(self, record: Format) -> Item:
        item: Item = {
            **self._key,
            "version": number(record.version),
            "target": number(record.target),
            "step": number(record.step),
            "revision": number(record.revision),
        }
        if record.place is not None:
            item["place"] = text(record.place)
        if record.passed is not None:
            item["passed"] = instant(record.passed)
        return item


def _decode(item: Item) -> Format:
    return Format(
        version=read_number(item, "version"),
        target=read_number(item, "target"),
        step=read_number(item, "step"),
        place=item.get("place", {}).get("S"),
        passed=read_optional_instant(item, "passed"),
        revision=read_number(item, "revision"),
    )


class KnownFormat:
    """What a process knows of the form of its tenant's data.

    Once all has this code's form it stays so, and nothing is read again. Before, it is looked at now and
    then: what was known is never better than what is.
    """

    def __init__(self, formats: Formats, clock: Callable[[], float] = time.monotonic) -> None:
        self._formats = formats
        self._clock = clock
        self._looked: float | None = None
        self.is_current = False

    def look(self) -> bool:
        """Whether no older data is about. Raises DataTooNew, ApiError."""
        if not self.is_current and self._is_due():
            found = self._formats.read()
            check_known(found)
            self._looked = self._clock()
            self.is_current = found is not None and found.is_current
        return self.is_current

    def _is_due(self) -> bool:
        return self._looked is None or self._clock() - self._looked >= _LOOK_EVERY
