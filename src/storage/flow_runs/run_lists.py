"""Ids of runs in the order of an index, merged over its shards and read only as far as they are used."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from domain.flow_runs.key_ranges import KeyRange
from domain.task_runs.task_runs import Address, CachedAs
from storage.dynamodb.index_ranges import PAGE, IndexRanges, Range
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import instant_order, read_text
from storage.layout.indexes import BY_FLOW, BY_STATUS, BY_TENANT, PLANNED
from storage.layout.keys import FORMERLY_WAITING, RUN, WAITING, Keys
from storage.task_runs.task_run_items import address_of


class RunLists:
    """The indexes of one tenant's runs."""

    def __init__(self, table: Table, keys: Keys, *, is_current: bool = True) -> None:
        self._table, self._keys = table, keys
        self._is_current = is_current
        self._ranges = IndexRanges(table)

    def of_tenant(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """All runs by creation; bounds are run ids."""
        return [
            Range(BY_TENANT, self._keys.tenant_runs(shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def of_group(self, group_id: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """The runs of a flow's versions by creation; bounds are run ids."""
        return [
            Range(BY_FLOW, self._keys.group_runs(group_id, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def in_status(self, status: str, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Runs that run (`live`) or ended without success (by type); bounds are run ids."""
        return [
            Range(BY_STATUS, self._keys.status_runs(status, shard), lower, upper)
            for shard in range(self._keys.shards)
        ]

    def live(self, after: str | None = None) -> list[Range]:
        """Runs that were taken and have not ended, by their ids; from this id on if one is given.

        Before them stand runs that ended under release 0.1.0 and had task runs to cancel still.
        """
        return self.in_status("live", after)

    def waiting(self) -> list[Range]:
        """Whatever waits, by labels and then by start time: to be counted, or to be compared."""
        former = [] if self._is_current else self.in_status(FORMERLY_WAITING)
        return self.in_status(WAITING) + former

    def planned(self, lower: str | None = None, upper: str | None = None) -> list[Range]:
        """Those of them that are planned for another time than that of their creation, by creation."""
        return [
            Range(PLANNED, self._keys.planned_runs(shard), lower, upper) for shard in range(self._keys.shards)
        ]

    def follow_ups(self, start: str | None, latest: datetime) -> list[Range]:
        """Markers of runs about which something is left to do, by when they were put, from a sort key on."""
        bounds = start, f"{instant_order(latest)}~"
        return [Range(PLANNED, self._keys.follow_ups(shard), *bounds) for shard in range(self._keys.shards)]

    def cached(
        self,
        under: CachedAs | None,
        earliest: datetime | None = None,
        latest: datetime | None = None,
    ) -> list[Range]:
        """Task runs with cached results, by the time of that state: all, of a task, or under a key."""
        keys, bounds = self._keys, [instant_order(each) if each else None for each in (earliest, latest)]
        shards = range(keys.shards)
        if under is None:
            places = [(BY_TENANT, keys.cached_task_runs(shard)) for shard in shards]
        elif under.cache_key is None:
            places = [(BY_FLOW, keys.cached_of_task(under.task_id, shard)) for shard in shards]
        else:
            places = [(BY_STATUS, keys.cached_under(under.cache_key, shard)) for shard in shards]
        return [Range(index, partition, *bounds) for index, partition in places]

    def ids(self, ranges: Sequence[KeyRange], *, descending: bool, first_page: int = PAGE) -> Iterator[str]:
        """Ids of the flow runs in these ranges, in the order of their sort keys over all ranges.

        The first pages are read side by side; each further one, of twice as many keys as the one before, only
        when the merge comes to its end.
        """
        for _, item in self.entries(ranges, descending=descending, first_page=first_page):
            if read_text(item, "sk") == RUN:
                yield self._keys.run_id(read_text(item, "pk"))

    def task_runs(self, ranges: Sequence[KeyRange], *, descending: bool) -> Iterator[Address]:
        """The addresses of the task runs in these ranges, in the same order."""
        for _, item in self.entries(ranges, descending=descending):
            if read_text(item, "sk") != RUN:
                yield address_of(self._keys, item)

    def entries(
        self, ranges: Sequence[KeyRange], *, descending: bool, first_page: int = PAGE
    ) -> Iterator[tuple[str, Item]]:
        """The same as `ids` with more to tell: each entry's sort key and the keys that the index holds."""
        begun = [(part, None) for part in _made_here(ranges)]
        return self._ranges.merged(begun, descending=descending, first_page=first_page)

    def count(self, ranges: Sequence[KeyRange], most: int) -> int:
        """How many runs there are in these ranges, by their keys alone.

        Some number above `most` when there are more, or when more keys would have to be looked at.
        """
        # What else waits stands between the runs that wait.
        kinds = (
            (each, RUN if each.index == BY_STATUS else None)
            for each in _made_here(ranges)
            if not each.is_empty
        )
        return sum(
            self._table.parallel([partial(self._ranges.count, each, kind, most) for each, kind in kinds])
        )


def _made_here(ranges: Sequence[KeyRange]) -> Sequence[Range]:
    """Return key ranges as what they are: use cases pass on only those that they got from here."""
    return cast("Sequence[Range]", ranges)
