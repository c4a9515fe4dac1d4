"""Ids of runs in the order of an index, merged over its shards and read only as far as they are used."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.task_runs import Address, CachedAs
from storage.flow_run_items import start_in, start_order
from storage.keys import RUN, Item, Keys
from storage.table import Page, Table
from storage.task_run_items import address_of

# One query reads at most this many keys; a key entry has about 250 bytes, so a page stays under 4 units.
PAGE: Final = 100
# So many cost no more than one.
_LEAST: Final = 16


@dataclass(frozen=True, slots=True)
class Range:
    """A part of one index partition: sort keys from `lower` to `upper`, both included."""

    index: str
    partition: str
    lower: str | None = None
    upper: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no key lies in it: the database refuses a range that ends before it begins."""
        return self.lower is not None and self.upper is not None and self.upper < self.lower


_ATTRIBUTES: Final = {
    "by_tenant": ("tenant_shard", "order"),
    "by_flow": ("flow_shard", "order"),
    "by_status": ("status_shard", "status_order"),
    "planned": ("planned_shard", "order"),
}


def _place(entry: tuple[str, Item]) -> tuple[str, str]:
    return entry[0], entry[1]["pk"]["S"]


class RunLists:
    """The indexes of one tenant's runs."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def of_tenant(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """All runs by creation; bounds are run ids."""
        return [
            Range("by_tenant", self._keys.tenant_runs(shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def of_group(self, group_id: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """The runs of a flow's versions by creation; bounds are run ids."""
        return [
            Range("by_flow", self._keys.group_runs(group_id, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def in_status(self, status: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Runs that wait (`queue`, by start time), run (`live`) or ended without success (by type)."""
        return [
            Range("by_status", self._keys.status_runs(status, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def live(self, after: str | None = None) -> list[Range]:
        """Runs that were taken and have not ended, by their ids; from this id on if one is given.

        Before them stand runs that ended under release 0.1.0 and had task runs to cancel still.
        """
        return self.in_status("live", after)

    def waiting(self, earliest: datetime | None = None, latest: datetime | None = None) -> list[Range]:
        """Runs that wait, by the time at which they may start; the bounds are such times."""
        lower = start_order(earliest) if earliest else None
        # Behind the time stands the digest of the labels, which sorts before this.
        return self.in_status("queue", lower, f"{start_order(latest)}~" if latest else None)

    def planned(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Those of them that are planned for another time than that of their creation, by creation."""
        return [
            Range("planned", self._keys.planned_runs(shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def follow_ups(self, start: str | None, latest: datetime) -> list[Range]:
        """Markers of runs about which something is left to do, by when they were put, from a sort key on."""
        bounds = start, f"{start_order(latest)}~"
        return [Range("planned", self._keys.follow_ups(shard), *bounds) for shard in range(self._keys.shards)]

    def cached(
        self,
        under: CachedAs | None,
        earliest: datetime | None = None,
        latest: datetime | None = None,
    ) -> list[Range]:
        """Task runs with cached results, by the time of that state: all, of a task, or under a key."""
        keys, bounds = self._keys, [start_order(each) if each else None for each in (earliest, latest)]
        shards = range(keys.shards)
        if under is None:
            places = [("by_tenant", keys.cached_task_runs(shard)) for shard in shards]
        elif under.cache_key is None:
            places = [("by_flow", keys.cached_of_task(under.task_id, shard)) for shard in shards]
        else:
            places = [("by_status", keys.cached_under(under.cache_key, shard)) for shard in shards]
        return [Range(index, partition, *bounds) for index, partition in places]

    def ids(self, ranges: Sequence[Range], *, descending: bool, first_page: int = PAGE) -> Iterator[str]:
        """Ids of the flow runs in these ranges, in the order of their sort keys over all ranges.

        The first pages are read side by side; each further one, of twice as many keys as the one before, only
        when the merge comes to its end.
        """
        for _, item in self.entries(ranges, descending=descending, first_page=first_page):
            if item["sk"]["S"] == RUN:
                yield self._keys.run_id(item["pk"]["S"])

    def starts(
        self, ranges: Sequence[Range], *, descending: bool, first_page: int = PAGE
    ) -> Iterator[tuple[datetime, str]]:
        """Start times and ids of the flow runs in these ranges of what waits, in the same order.

        For each task run that waits among them there is a start time with no id (""), since it was read, too.
        """
        for order, item in self.entries(ranges, descending=descending, first_page=first_page):
            is_run = item["sk"]["S"] == RUN
            yield start_in(order), self._keys.run_id(item["pk"]["S"]) if is_run else ""

    def task_runs(self, ranges: Sequence[Range], *, descending: bool) -> Iterator[Address]:
        """The addresses of the task runs in these ranges, in the same order."""
        for _, item in self.entries(ranges, descending=descending):
            if item["sk"]["S"] != RUN:
                yield address_of(self._keys, item)

    def entries(
        self, ranges: Sequence[Range], *, descending: bool, first_page: int = PAGE, page: int = PAGE
    ) -> Iterator[tuple[str, Item]]:
        """The same as `ids` with more to tell: each entry's sort key and the keys that the index holds.

        No page has more than `page` keys.
        """
        ranges = [each for each in ranges if not each.is_empty]
        firsts = self._table.parallel([partial(self._page, each, descending, first_page) for each in ranges])
        streams = (
            self._stream(each, first, descending, first_page, page)
            for each, first in zip(ranges, firsts, strict=True)
        )
        return heapq.merge(*streams, key=_place, reverse=descending)

    def count(self, ranges: Sequence[Range], most: int) -> int:
        """How many runs there are in these ranges, by their keys alone.

        Some number above `most` when there are more, or when more keys would have to be looked at.
        """
        return sum(
            self._table.parallel([partial(self._count, each, most) for each in ranges if not each.is_empty])
        )

    def _count(self, part: Range, most: int) -> int:
        condition = _condition(part)
        if part.index == "by_status":  # what else waits stands between the runs that wait
            condition["FilterExpression"] = "sk = :run"
            condition["ExpressionAttributeValues"][":run"] = {"S": RUN}
        counted = looked_at = 0
        start: Item | None = None
        while looked_at <= most:
            begin = {"ExclusiveStartKey": start} if start else {}
            matching, seen, start = self._table.count(**condition, **begin)
            counted, looked_at = counted + matching, looked_at + seen
            if start is None:
                return counted
        return most + 1

    def _stream(
        self, part: Range, page: Page, descending: bool, size: int, most: int
    ) -> Iterator[tuple[str, Item]]:
        order = _ATTRIBUTES[part.index][1]
        while True:
            yield from ((item[order]["S"], item) for item in page.items)
            if page.next_key is None:
                return
            size = min(max(2 * size, _LEAST), most)
            page = self._page(part, descending, size, page.next_key)

    def _page(self, part: Range, descending: bool, size: int, start: Item | None = None) -> Page:
        return self._table.query(
            **_condition(part),
            ScanIndexForward=not descending,
            Limit=size,
            **({"ExclusiveStartKey": start} if start else {}),
        )


def _condition(part: Range) -> dict[str, Any]:
    partition, order = _ATTRIBUTES[part.index]
    names = {"#partition": partition}
    values: dict[str, Any] = {":partition": {"S": part.partition}}
    condition = "#partition = :partition"
    if part.lower is not None or part.upper is not None:
        names["#order"] = order
        values |= {":lower": {"S": part.lower or " "}, ":upper": {"S": part.upper or "~"}}
        condition += " AND #order BETWEEN :lower AND :upper"
    return {
        "IndexName": part.index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
