"""The occurrences of schedules that did not run, in the table: one small item each."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from domain.schedules.rules.skips import SkippedOccurrence
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.flow_runs.run_lists import RunLists
from storage.layout.attributes import instant_order, text
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import Keys, key_of
from storage.layout.queries import in_partition
from storage.schedules.occurrence_items import decode_occurrence, encode_occurrence

_BATCH: Final = 100
# The earliest and the latest time of a list, both included.
Times = tuple[datetime | None, datetime | None]
ALWAYS: Final[Times] = (None, None)


class Occurrences:
    """The occurrences of one tenant's schedules that did not run."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._lists = RunLists(table, keys)

    def of_group(
        self, flow_group_id: str, times: Times = ALWAYS, *, descending: bool, page: int = _BATCH
    ) -> Iterator[SkippedOccurrence]:
        """Yield those of a group in the order of their times, read as far as they are used.

        `page` is how many are read at once.
        """
        lower, upper = _bounds(times)
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :lower AND :upper",
            "ExpressionAttributeValues": {
                ":pk": text(self._keys.occurrences(flow_group_id)),
                ":lower": text(lower),
                ":upper": text(upper),
            },
        }
        if lower > upper:  # the database refuses such a range
            return
        for read in self._table.pages(**query, ScanIndexForward=not descending, Limit=page):
            yield from map(decode_occurrence, read.items)

    def of_tenant(
        self, times: Times = ALWAYS, *, descending: bool, page: int = _BATCH
    ) -> Iterator[SkippedOccurrence]:
        """Yield those of all groups in the order of their times, read as far as they are used.

        The list comes from an index, so the newest ones may be missing for a moment.
        """
        bounds = _bounds(times)
        ranges = [
            Range(BY_TENANT, self._keys.all_occurrences(shard), *bounds) for shard in range(self._keys.shards)
        ]
        if ranges[0].is_empty:
            return
        entries = self._lists.entries(ranges, descending=descending, first_page=page)
        while batch := [key_of(item) for _, item in islice(entries, page)]:
            found = {(item["pk"]["S"], item["sk"]["S"]): item for item in self._table.batch_get(batch)}
            places = [(wanted["pk"]["S"], wanted["sk"]["S"]) for wanted in batch]
            yield from (decode_occurrence(found[place]) for place in places if place in found)

    def planned(self, flow_group_id: str, after: datetime) -> list[SkippedOccurrence]:
        """Return those of a group that are due after an instant, and of which no run was made."""
        keys = {
            ":pk": text(self._keys.occurrences(flow_group_id)),
            ":after": text(f"{instant_order(after)}~"),
        }
        items = self._table.query_all(
            KeyConditionExpression="pk = :pk AND sk > :after",
            FilterExpression="attribute_not_exists(flow_run_id)",
            ExpressionAttributeValues=keys,
            ConsistentRead=True,
        )
        return list(map(decode_occurrence, items))

    def delete(self, skipped: Sequence[SkippedOccurrence]) -> None:
        """Delete these occurrences."""
        self._delete([key_of(encode_occurrence(self._keys, each)) for each in skipped])

    def delete_all(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool:
        """Delete the occurrences of a group. Return False if time ran out before the end."""
        partition = in_partition(self._keys.occurrences(flow_group_id))
        for page in self._table.pages(**partition, ProjectionExpression="pk, sk"):
            if not has_time():
                return False
            self._delete([key_of(item) for item in page.items])
        return True

    def _delete(self, keys: Sequence[Item]) -> None:
        self._table.parallel([partial(self._table.delete, Key=item_key) for item_key in keys])


def _bounds(times: Times) -> tuple[str, str]:
    """Return the first and the last sort key of a list."""
    earliest, latest = times
    lower = " " if earliest is None else instant_order(earliest)
    return lower, "~" if latest is None else f"{instant_order(latest)}~"
