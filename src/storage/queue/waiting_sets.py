"""The waiting runs by their sets of labels. Each set is a range of keys in the order of start times.

The sort key is the digest of the set, `#`, and the start time. A walk leaps from set to set: the next query
begins where the next set may begin, whatever lies between. Sets that a page already has need no query.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from domain.queue.label_sets import OneSet, TakableSets, WantedSets
from domain.queue.queue import TooManySets
from storage.dynamodb.index_ranges import RANGE_PAGE, SMALLEST_PAGE, Begun, Entry, IndexRanges, Range
from storage.dynamodb.items import Item
from storage.dynamodb.table import Page, Table
from storage.layout.attributes import instant_order, read_text
from storage.layout.index_keys import WAITING
from storage.layout.indexes import BY_STATUS
from storage.layout.keys import Keys
from storage.queue.walk_places import Places, WalkPlaces

# How many queries look for sets in one shard: for the sets of an agent, and for all sets of a list.
MAX_LEAPS: Final = 250
MAX_SETS: Final = 1_000
WAITING_PAGE: Final = 250
# The characters next to `#`. With _BEHIND a bound lies behind the keys of a set and before longer digests
# that begin alike, whose next character is a dot or a digit. With _BEFORE it lies before the keys of the set.
_BEHIND: Final = "$"
_BEFORE: Final = '"'
# The bound behind the last set of an agent.
_END: Final = "~"


def by_start(entry: Entry) -> tuple[str, str]:
    """Return the order of an entry by its start time, whatever its labels."""
    return entry[0].partition("#")[2], read_text(entry[1], "pk")


class WaitingSets:
    """The waiting runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._ranges = IndexRanges(table)
        self._places = WalkPlaces(table, keys)

    def takable(self, sets: TakableSets, before: datetime, now: datetime) -> Iterator[tuple[str, Item]]:
        """Yield the due entries of these sets, in the order of start times.

        If there are too many sets for one poll, half of the queries look for the first sets. The other half
        continues behind the sets that the last poll has looked at. So all sets are met by a few polls.
        """
        walks = [self._walk(shard, sets, (None, before), SMALLEST_PAGE) for shard in range(self._keys.shards)]
        first = self._table.parallel(
            [partial(walk.begin_ranges, f"{sets.first}#", MAX_LEAPS // 2) for walk in walks]
        )
        found = [begun for begun, _ in first]
        stopped = {shard: bound for shard, (_, bound) in enumerate(first) if bound is not None}
        if stopped:
            found += self._further(walks, sets.every, stopped, now)
        return self._merged(found, False, SMALLEST_PAGE)

    def _further(
        self, walks: Sequence["_Walk"], labels: str, stopped: Places, now: datetime
    ) -> list[list[Begun]]:
        """Continue where the last poll has stopped, or behind the sets that this poll has looked at."""
        noted = self._places.read(labels)
        starts = {shard: max(bound, noted.get(shard, "")) for shard, bound in stopped.items()}
        further = self._table.parallel(
            [partial(walks[shard].begin_ranges, start, MAX_LEAPS // 2) for shard, start in starts.items()]
        )
        left = zip(starts, further, strict=True)
        places = {shard: bound for shard, (_, bound) in left if bound is not None}
        self._places.note(labels, noted, places, now)
        return [begun for begun, _ in further]

    def of_labels(self, labels: Collection[str], latest: datetime) -> Iterator[tuple[str, Item]]:
        """Yield the entries with just these labels and a start up to a time, in the order of start times."""
        sets = OneSet(labels)

        def find(walk: _Walk) -> list[Begun]:
            # If one query meets keys of other sets with the same former digest, the next one passes them.
            return walk.begin_ranges(f"{sets.first}#", MAX_LEAPS)[0]

        walks = [self._walk(shard, sets, (None, latest), RANGE_PAGE) for shard in range(self._keys.shards)]
        found = self._table.parallel([partial(find, walk) for walk in walks])
        return self._merged(found, False, RANGE_PAGE)

    def all(
        self, times: tuple[datetime | None, datetime | None], *, descending: bool, first_page: int
    ) -> Iterator[tuple[str, Item]]:
        """Yield the entries of all sets with a start between two times, in the order of the times.

        Raises TooManySets.
        """

        def find(walk: _Walk) -> list[Begun]:
            begun, stopped = walk.begin_ranges(None, MAX_SETS)
            if stopped is not None:
                raise TooManySets
            return begun

        shards = range(self._keys.shards)
        walks = [self._walk(shard, None, times, first_page, descending=descending) for shard in shards]
        found = self._table.parallel([partial(find, walk) for walk in walks])
        return self._merged(found, descending, first_page)

    def _walk(
        self,
        shard: int,
        sets: WantedSets | None,
        times: tuple[datetime | None, datetime | None],
        size: int,
        *,
        descending: bool = False,
    ) -> "_Walk":
        earliest, latest = [instant_order(time) if time else "" for time in times]
        partition = self._keys.status_runs(WAITING, shard)
        return _Walk(
            ranges=self._ranges,
            partition=partition,
            sets=sets,
            earliest=earliest,
            latest=latest,
            descending=descending,
            size=size,
        )

    def _merged(self, found: Sequence[list[Begun]], descending: bool, first_page: int) -> Iterator[Entry]:
        begun = [ranges for of_shard in found for ranges in of_shard]
        return self._ranges.merged(
            begun, descending=descending, first_page=first_page, page=WAITING_PAGE, order=by_start
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A walk from set to set through one shard: the wanted sets, or all sets if `sets` is None."""

    ranges: IndexRanges
    partition: str
    sets: WantedSets | None
    earliest: str
    latest: str
    descending: bool
    size: int

    def begin_ranges(self, bound: str | None, queries: int) -> tuple[list[Begun], str | None]:
        """Return the ranges of the sets from `bound` on, and the bound where to continue.

        Each range begins with the entries that were read. The bound is None if these queries were enough.
        """
        found: list[Begun] = []
        size = self.size
        for _ in range(queries):
            page, before, passed = self._from(bound, size), len(found), 0
            rest = page.items
            while rest and bound != _END:
                passed += 1
                digest, own, rest = _first_set(rest)
                next_key = None if rest else page.next_key
                if next_key and self.sets is None and len(found) > before + 1:
                    # The set may be as small as those before it. Then the next page has it whole.
                    bound = read_text(own[0], "status_order")
                    break
                bound = self._note(found, digest, own, next_key)
                rest = [item for item in rest if self._is_beyond(item, bound)]
            if page.next_key is None or bound == _END:
                return found, None
            # The sets here are small, so that a larger page passes more sets for each query.
            pays = len(found) > before + 1 or passed >= max(2, size // SMALLEST_PAGE)
            size = min(2 * size, WAITING_PAGE) if pays else self.size
        return found, bound

    def _note(self, found: list[Begun], digest: str, own: list[Item], next_key: Item | None) -> str:
        """Begin the range of a wanted set with the entries of a page. Return the next bound."""
        part = Range(BY_STATUS, self.partition, f"{digest}#{self.earliest}", f"{digest}#{self.latest}~")
        lower, upper, last = part.lower or "", part.upper or "", part.order(own[-1])
        if self.sets is None or digest in self.sets:
            if next_key is not None and (last > upper if self.descending else last < lower):
                # The page ends before the range begins, so the next page has to begin there.
                return upper if self.descending else lower
            is_past = last < lower if self.descending else last > upper
            inside = [item for item in own if lower <= part.order(item) <= upper]
            found.append((part, Page(inside, None if is_past else next_key)))
        return self.beyond(digest)

    def beyond(self, digest: str) -> str:
        """Return the bound at which the keys behind a set begin."""
        if self.sets is None:
            return f"{digest}{_BEFORE if self.descending else _BEHIND}"
        following = self.sets.after(digest)
        return _END if following is None else f"{following}#"

    def _from(self, bound: str | None, size: int) -> Page:
        if self.descending:
            part = Range(BY_STATUS, self.partition, None, bound)
        elif self.sets is None:
            part = Range(BY_STATUS, self.partition, bound)
        else:
            part = Range(BY_STATUS, self.partition, bound, f"{self.sets.last}#{self.latest}~")
        return self.ranges.page(part, self.descending, size)

    def _is_beyond(self, item: Item, bound: str) -> bool:
        order = read_text(item, "status_order")
        return order <= bound if self.descending else order >= bound


def _first_set(items: list[Item]) -> tuple[str, list[Item], list[Item]]:
    """Return the digest of the first entry, the entries of its set, and the remaining entries."""
    digest = _digest_in(items[0])
    end = next((n for n, item in enumerate(items) if _digest_in(item) != digest), len(items))
    return digest, items[:end], items[end:]


def _digest_in(item: Item) -> str:
    return read_text(item, "status_order").partition("#")[0]
