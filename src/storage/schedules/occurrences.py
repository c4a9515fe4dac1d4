"""The occurrences of schedules that did not run, in the table: one small item each."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Final

from domain.schedules.skips import SkippedOccurrence
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.table import Table
from storage.flow_runs.run_lists import RunLists
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import Keys, key_of
from storage.layout.queries import in_partition
from storage.schedules.occurrence_items import decode_occurrence

_BATCH: Final = 100


class Occurrences:
    """The occurrences of one tenant's schedules that did not run."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._lists = RunLists(table, keys)

    def of_group(self, flow_group_id: str, *, descending: bool) -> Iterator[SkippedOccurrence]:
        """Yield those of a group in the order of their times, read as far as they are used."""
        partition = in_partition(self._keys.occurrences(flow_group_id))
        for page in self._table.pages(**partition, ScanIndexForward=not descending):
            yield from map(decode_occurrence, page.items)

    def of_tenant(self, *, descending: bool) -> Iterator[SkippedOccurrence]:
        """Yield those of all groups in the order of their times, read as far as they are used.

        The list comes from an index, so the newest ones may be missing for a moment.
        """
        shards = range(self._keys.shards)
        ranges = [Range(BY_TENANT, self._keys.all_occurrences(shard)) for shard in shards]
        entries = self._lists.entries(ranges, descending=descending)
        while batch := [key_of(item) for _, item in islice(entries, _BATCH)]:
            found = {(item["pk"]["S"], item["sk"]["S"]): item for item in self._table.batch_get(batch)}
            places = [(wanted["pk"]["S"], wanted["sk"]["S"]) for wanted in batch]
            yield from (decode_occurrence(found[place]) for place in places if place in found)

    def delete_all(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool:
        """Delete those of a group. Return False if time ran out before the end."""
        partition = in_partition(self._keys.occurrences(flow_group_id))
        for page in self._table.pages(**partition, ProjectionExpression="pk, sk"):
            if not has_time():
                return False
            self._table.parallel([partial(self._table.delete, Key=key_of(item)) for item in page.items])
        return True
