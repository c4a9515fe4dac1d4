"""Parts of index partitions, read page by page and merged in the order of their sort keys."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from storage.dynamodb.items import Index, Item
from storage.dynamodb.table import Page, Table

# One query reads at most this many keys; a key entry has about 250 bytes, so a page stays under 4 units.
PAGE: Final = 100
# So many cost no more than one.
LEAST: Final = 16

Place = Callable[[str, Item], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Range:
    """A part of one index partition: sort keys from `lower` to `upper`, both included."""

    index: Index
    partition: str
    lower: str | None = None
    upper: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no key lies in it: the database refuses a range that ends before it begins."""
        return self.lower is not None and self.upper is not None and self.upper < self.lower

    def order(self, item: Item) -> str:
        """Return the sort key of an entry of this index."""
        order: str = item[self.index.sort_key]["S"]
        return order


# What is known of a range that was begun: its first page.
Begun = tuple[Range, Page | None]


def by_order(order: str, item: Item) -> tuple[str, str]:
    """Place an entry by its sort key, then by the run that it belongs to."""
    return order, item["pk"]["S"]


class IndexRanges:
    """Ranges of a table's indexes, which hold keys alone."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def merged(
        self,
        begun: Sequence[Begun],
        *,
        descending: bool,
        first_page: int = PAGE,
        page: int = PAGE,
        place: Place = by_order,
    ) -> Iterator[tuple[str, Item]]:
        """The sort key and the entry of each key in these ranges, in the order of their places over all.

        First pages that are not known yet are read side by side; each further one, of twice as many keys as
        the one before but no more than `page`, only when the merge comes to its end.
        """
        begun = [(part, first) for part, first in begun if not part.is_empty]
        missing = [part for part, first in begun if first is None]
        read = iter(
            self._table.parallel([partial(self.page, each, descending, first_page) for each in missing])
        )
        streams = [
            self._stream(part, next(read) if first is None else first, descending, first_page, page)
            for part, first in begun
        ]
        return heapq.merge(*streams, key=lambda entry: place(*entry), reverse=descending)

    def _stream(
        self, part: Range, page: Page, descending: bool, size: int, most: int
    ) -> Iterator[tuple[str, Item]]:
        while True:
            yield from ((part.order(item), item) for item in page.items)
            if page.next_key is None:
                return
            size = min(max(2 * size, LEAST), most)
            page = self.page(part, descending, size, page.next_key)

    def page(self, part: Range, descending: bool, size: int, start: Item | None = None) -> Page:
        """Read so many keys of a range, from its beginning or after the key `start`."""
        return self._table.query(start, **_condition(part), ScanIndexForward=not descending, Limit=size)

    def count(self, part: Range, sk: str | None, most: int) -> int:
        """How many entries there are in a range, of items at this sort key if one is given.

        Some number above `most` when there are more, or when more keys would have to be looked at.
        """
        condition = _condition(part)
        if sk is not None:
            condition["FilterExpression"] = "sk = :sk"
            condition["ExpressionAttributeValues"][":sk"] = {"S": sk}
        counted = looked_at = 0
        start: Item | None = None
        while looked_at <= most:
            matching, seen, start = self._table.count(start, **condition)
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
        values |= {":lower": {"S": part.lower or " "}, ":upper": {"S": part.upper or "~"}}
        condition += " AND #order BETWEEN :lower AND :upper"
    return {
        "IndexName": part.index.name,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
