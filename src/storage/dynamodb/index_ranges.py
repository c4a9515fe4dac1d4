"""Ranges of index partitions, read page by page and merged in the order of their sort keys."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from storage.dynamodb.items import Index, Item
from storage.dynamodb.table import Page, Table

# The most keys that one query reads. A key entry has about 250 bytes, so a page stays under 4 units.
RANGE_PAGE: Final = 100
# Reading this many keys costs no more than reading one.
SMALLEST_PAGE: Final = 16

# An entry of an index with its sort key in that index.
Entry = tuple[str, Item]
# Returns the order of an entry in a merge.
MergeOrder = Callable[[Entry], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Range:
    """A part of one index partition: sort keys from `lower` to `upper`, both included."""

    index: Index
    partition: str
    lower: str | None = None
    upper: str | None = None

    @property
    def is_empty(self) -> bool:
        """True if no key can lie in the range. The database refuses a range that ends before it begins."""
        return self.lower is not None and self.upper is not None and self.upper < self.lower

    def order(self, item: Item) -> str:
        """Return the sort key of an entry of this index."""
        order: str = item[self.index.sort_key]["S"]
        return order


# A range with its first page, if that was read already.
Begun = tuple[Range, Page | None]


def by_sort_key(entry: Entry) -> tuple[str, str]:
    """Order entries by their sort keys, then by the runs to which they belong."""
    return entry[0], entry[1]["pk"]["S"]


class IndexRanges:
    """Ranges of a table's indexes, whose entries are keys alone."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def merged(
        self,
        begun: Sequence[Begun],
        *,
        descending: bool,
        first_page: int = RANGE_PAGE,
        page: int = RANGE_PAGE,
        order: MergeOrder = by_sort_key,
    ) -> Iterator[Entry]:
        """Yield the sort key and the entry of each key in these ranges, merged by `order`.

        Missing first pages are read in parallel. Each further page is read only when the merge needs it, with
        twice as many keys as the page before but no more than `page`.
        """
        begun = [(part, first) for part, first in begun if not part.is_empty]
        missing = [part for part, first in begun if first is None]
        read = iter(
            self._table.parallel([partial(self.page, part, descending, first_page) for part in missing])
        )
        streams = [
            self._stream(part, next(read) if first is None else first, descending, first_page, page)
            for part, first in begun
        ]
        return heapq.merge(*streams, key=order, reverse=descending)

    def _stream(self, part: Range, page: Page, descending: bool, size: int, most: int) -> Iterator[Entry]:
        sort_key = part.index.sort_key
        while True:
            for item in page.items:
                yield item[sort_key]["S"], item
            if page.next_key is None:
                return
            size = min(max(2 * size, SMALLEST_PAGE), most)
            page = self.page(part, descending, size, page.next_key)

    def page(self, part: Range, descending: bool, size: int, start: Item | None = None) -> Page:
        """Return a page of up to `size` keys of a range, from its beginning or after the key `start`."""
        return self._table.query(start, **_condition(part), ScanIndexForward=not descending, Limit=size)

    def count(self, part: Range, sk: str | None, most: int) -> int:
        """Return the number of entries in a range, or of those at the sort key `sk` of the table.

        Return a number above `most` if there are more, or if more keys would have to be looked at.
        """
        condition = _condition(part)
        if sk is not None:
            condition["FilterExpression"] = "sk = :sk"
            condition["ExpressionAttributeValues"][":sk"] = {"S": sk}
        counted = looked_at = 0
        start: Item | None = None
        while looked_at <= most:
            # Without a limit a page has a megabyte of keys, however few are wanted.
            matching, seen, start = self._table.count(start, **condition, Limit=most + 1 - looked_at)
            counted, looked_at = counted + matching, looked_at + seen
            if start is None:
                return counted
        return most + 1


def _condition(part: Range) -> dict[str, Any]:
    names = {"#partition": part.index.partition_key}
    values: dict[str, Any] = {":partition": {"S": part.partition}}
    condition = "#partition = :partition"
    if part.lower is not None or part.upper is not None:
        names["#order"] = part.index.sort_key
        # A blank sorts before every sort key, and a tilde behind.
        values |= {":lower": {"S": part.lower or " "}, ":upper": {"S": part.upper or "~"}}
        condition += " AND #order BETWEEN :lower AND :upper"
    return {
        "IndexName": part.index.name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
