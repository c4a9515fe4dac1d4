"""Ids of runs in the order of an index, merged over its shards and read only as far as they are used."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from domain.flow_runs.key_ranges import FirstPages, IdsInRanges, KeyRange
from domain.task_runs.task_runs import Address, CachedAs
from storage.dynamodb.index_ranges import RANGE_PAGE, IndexRanges, Range
from storage.dynamodb.items import Item
from storage.dynamodb.table import Page, Table
from storage.flow_runs.shared_ids import BegunIds, RangeIds, ReadPage, shared
from storage.layout.attributes import instant_of_order, instant_order, read_text
from storage.layout.index_keys import FORMERLY_WAITING, WAITING
from storage.layout.indexes import BY_FLOW, BY_NAME, BY_STATUS, BY_TENANT, ENDED_LATE, PLANNED
from storage.layout.keys import RUN, Keys
from storage.task_runs.task_run_items import address_of


class RunLists:
    """The indexes of one tenant's runs."""

    def __init__(self, table: Table, keys: Keys, *, is_current: bool = True) -> None:
        self._table, self._keys = table, keys
        self._is_current = is_current
        self._ranges = IndexRanges(table)

    def of_tenant(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Return the ranges of all flow runs by creation; bounds are run ids."""
        return [
            Range(BY_TENANT, self._keys.tenant_runs(shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def of_group(self, group_id: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Return the ranges of the runs of a flow's versions by creation; bounds are run ids."""
        return [
            Range(BY_FLOW, self._keys.group_runs(group_id, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def in_status(self, status: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Return the ranges of `live` runs, or of runs that ended in this state type; bounds are run ids."""
        return [
            Range(BY_STATUS, self._keys.status_runs(status, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def live(self, after: str | None = None) -> list[Range]:
        """Return the ranges of runs that were taken and have not ended, by id, from `after` on.

        Runs that ended under release 0.1.0 with task runs left to cancel stand before them.
        """
        return self.in_status("live", after)

    def waiting(self) -> list[Range]:
        """Return the ranges of all waiting runs, by labels and then by start time, for counts."""
        former = [] if self._is_current else self.in_status(FORMERLY_WAITING)
        return self.in_status(WAITING) + former

    def planned(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Return the ranges of waiting runs planned for another time than their creation, by creation."""
        return [
            Range(PLANNED, self._keys.planned_runs(shard), lower, upper) for shard in range(self._keys.shards)
        ]

    def named(self, name: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Return the ranges of runs that were given a name, by creation; bounds are run ids.

        A run whose name follows from its id is in none of them.
        """
        return [
            Range(BY_NAME, self._keys.named_runs(name, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def follow_ups(self, start: str | None, latest: datetime) -> list[Range]:
        """Return the ranges of the markers of runs that need a follow-up, by the time of the marker."""
        bounds = start, f"{instant_order(latest)}~"
        return [Range(PLANNED, self._keys.follow_ups(shard), *bounds) for shard in range(self._keys.shards)]

    def cached(
        self,
        under: CachedAs | None,
        earliest: datetime | None = None,
        latest: datetime | None = None,
    ) -> list[Range]:
        """Return the ranges of task runs with cached results, of all, of a task or under a key, by time."""
        keys, bounds = self._keys, [instant_order(time) if time else None for time in (earliest, latest)]
        shards = range(keys.shards)
        if under is None:
            places = [(BY_TENANT, keys.cached_task_runs(shard)) for shard in shards]
        elif under.cache_key is None:
            places = [(BY_FLOW, keys.cached_of_task(under.task_id, shard)) for shard in shards]
        else:
            places = [(BY_STATUS, keys.cached_under(under.cache_key, shard)) for shard in shards]
        return [Range(index, partition, *bounds) for index, partition in places]

    def waiting_task_runs(
        self, flow_run_id: str, earliest: datetime | None = None, latest: datetime | None = None
    ) -> list[Range]:
        """Return the range of the task runs of a flow run that wait for a start between two times."""
        bounds = (instant_order(time) if time else None for time in (earliest, latest))
        return [Range(BY_STATUS, self._keys.waiting_task_runs(flow_run_id), *bounds)]

    def ids(
        self, ranges: Sequence[KeyRange], *, descending: bool, first_page: int = RANGE_PAGE
    ) -> Iterator[str]:
        """Yield the ids of the flow runs in these ranges, in the order of their sort keys over all ranges.

        The first pages are read side by side. Each further page has twice as many keys as the one before, and
        is read when the merge needs it.
        """
        for _, item in self.entries(ranges, descending=descending, first_page=first_page):
            if read_text(item, "sk") == RUN:
                yield self._keys.run_id(read_text(item, "pk"))

    def late_ends(self, earliest: datetime, latest: datetime | None = None) -> Iterator[tuple[datetime, str]]:
        """Yield the time of the last state and the id of each run that ended late, the last one first.

        The times go from `latest` down to `earliest`.
        """
        bounds = instant_order(earliest), f"{instant_order(latest)}~" if latest else None
        ranges = [
            Range(ENDED_LATE, self._keys.late_runs(shard), *bounds) for shard in range(self._keys.shards)
        ]
        for order, item in self.entries(ranges, descending=True):
            yield instant_of_order(order.partition("#")[0]), self._keys.run_id(read_text(item, "pk"))

    def begin(
        self,
        ranges: Sequence[KeyRange],
        *,
        descending: bool,
        note: Callable[[int], None],
        page: int | None = None,
        first_pages: FirstPages | None = None,
    ) -> BegunIds:
        """Read the first page of each of these ranges side by side, whose sort keys must be ids.

        The first pages have up to `page` keys, or as many as cost no more than one. `note` is told the number
        of keys of each page, of later pages, too. `first_pages` keeps those that were read.
        """
        read = _reader(self._ranges, {} if first_pages is None else first_pages, descending=descending)
        lists = [RangeIds(read, part, page, descending=descending, note=note) for part in _made_here(ranges)]
        return BegunIds(lists, self._table.parallel, descending=descending)

    def shared(self, one: IdsInRanges, other: IdsInRanges, known: Collection[str]) -> Iterator[str]:
        """Yield the ids that two begun lists share, in their order, and read both only as far as needed.

        The `known` ids count as if the other list had them.
        """
        ids = cast("BegunIds", other)
        ids.know(known)
        return shared(cast("BegunIds", one), ids)

    def task_runs(self, ranges: Sequence[KeyRange], *, descending: bool) -> Iterator[Address]:
        """Yield the addresses of the task runs in these ranges, in the order of their sort keys."""
        for _, item in self.entries(ranges, descending=descending):
            if read_text(item, "sk") != RUN:
                yield address_of(self._keys, item)

    def entries(
        self, ranges: Sequence[KeyRange], *, descending: bool, first_page: int = RANGE_PAGE
    ) -> Iterator[tuple[str, Item]]:
        """Yield the sort key of each entry in these ranges, in their order, with the keys in the index."""
        begun = [(part, None) for part in _made_here(ranges)]
        return self._ranges.merged(begun, descending=descending, first_page=first_page)

    def count(self, ranges: Sequence[KeyRange], most: int) -> int:
        """Return the number of runs in these ranges, from the keys alone.

        Return some number above `most` if there are more runs, or if more keys would have to be read.
        """
        # Other waiting items stand between the waiting runs.
        calls = [
            partial(self._ranges.count, wanted, RUN if wanted.index == BY_STATUS else None, most)
            for wanted in _made_here(ranges)
            if not wanted.is_empty
        ]
        return sum(self._table.parallel(calls))


def _reader(ranges: IndexRanges, first_pages: FirstPages, *, descending: bool) -> ReadPage:
    """Return the function that reads a page of a range, unless it is kept."""

    def read(part: Range, size: int) -> Page:
        place = part, size, descending
        if place not in first_pages:
            first_pages[place] = ranges.page(part, descending, size)
        page: Page = first_pages[place]
        return page

    return read


def _made_here(ranges: Sequence[KeyRange]) -> Sequence[Range]:
    """Return key ranges as the ranges that they are, because use cases pass on only ranges from here."""
    return cast("Sequence[Range]", ranges)
