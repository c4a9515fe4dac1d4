"""What waits, set of labels by set of labels: each is a range of keys in the order of start times.

The sort key is the digest of the set, `#`, and the start time. Sets are found by leaping: a query from where
the next one may begin, whatever lies between; what a page has of several sets needs no query more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from domain.queue.queue import TakableSets, TooManySets
from storage.dynamodb.index_ranges import SMALLEST_PAGE, Begun, IndexRanges, Range
from storage.dynamodb.items import Item
from storage.dynamodb.table import Page, Table
from storage.layout.attributes import instant_order, read_text
from storage.layout.indexes import BY_STATUS
from storage.layout.keys import WAITING, Keys
from storage.queue.walk_places import Places, WalkPlaces

# How many queries look for sets in one shard: of what an agent may take, and of all that waits for a list.
MAX_LEAPS: Final = 250
MAX_SETS: Final = 1_000
PAGE: Final = 250
# They come next after `#` and before it: so behind a set's keys and before those of sets that begin alike,
# or before it.
_BEHIND: Final = "$"
_BEFORE: Final = '"'
# The bound behind which an agent takes nothing.
_END: Final = "~"


def by_start(order: str, item: Item) -> tuple[str, str]:
    """Place an entry of what waits by its start time, whatever its labels."""
    return order.partition("#")[2], read_text(item, "pk")


class WaitingSets:
    """What waits in one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._ranges = IndexRanges(table)
        self._places = WalkPlaces(table, keys)

    def takable(self, sets: TakableSets, before: datetime, now: datetime) -> Iterator[tuple[str, Item]]:
        """What is due of these sets, in the order of start times.

        Where so many sets wait that not all can be looked at, half of those that are looked at are the first
        ones. The others follow those that the poll before has looked at, so that polls together meet all.
        """
        walks = [self._walk(shard, sets, (None, before), SMALLEST_PAGE) for shard in range(self._keys.shards)]
        first = self._table.parallel(
            [partial(each.begun, f"{sets.first}#", MAX_LEAPS // 2) for each in walks]
        )
        found = [begun for begun, _ in first]
        stopped = {shard: bound for shard, (_, bound) in enumerate(first) if bound is not None}
        if stopped:
            found += self._further(walks, sets.every, stopped, now)
        return self._merged(found, False, SMALLEST_PAGE)

    def _further(
        self, walks: Sequence["_Walk"], labels: str, stopped: Places, now: datetime
    ) -> list[list[Begun]]:
        """Go on where the poll before has stopped, or behind what this one has looked at already."""
        noted = self._places.read(labels)
        starts = {shard: max(bound, noted.get(shard, "")) for shard, bound in stopped.items()}
        further = self._table.parallel(
            [partial(walks[shard].begun, start, MAX_LEAPS // 2) for shard, start in starts.items()]
        )
        left = zip(starts, further, strict=True)
        places = {shard: bound for shard, (_, bound) in left if bound is not None}
        self._places.note(labels, noted, places, now)
        return [begun for begun, _ in further]

    def all(
        self, times: tuple[datetime | None, datetime | None], *, descending: bool, first_page: int
    ) -> Iterator[tuple[str, Item]]:
        """What waits for a start between two times, whatever its labels, in the order of the times.

        Raises TooManySets.
        """

        def find(walk: _Walk) -> list[Begun]:
            begun, stopped = walk.begun(None, MAX_SETS)
            if stopped is not None:
                raise TooManySets
            return begun

        shards = range(self._keys.shards)
        walks = [self._walk(shard, None, times, first_page, descending=descending) for shard in shards]
        found = self._table.parallel([partial(find, each) for each in walks])
        return self._merged(found, descending, first_page)

    def _walk(
        self,
        shard: int,
        sets: TakableSets | None,
        times: tuple[datetime | None, datetime | None],
        size: int,
        *,
        descending: bool = False,
    ) -> "_Walk":
        earliest, latest = (instant_order(each) if each else "" for each in times)
        partition = self._keys.status_runs(WAITING, shard)
        return _Walk(self._ranges, partition, sets, earliest, latest, descending, size)

    def _merged(
        self, found: Sequence[list[Begun]], descending: bool, first_page: int
    ) -> Iterator[tuple[str, Item]]:
        begun = [each for of_shard in found for each in of_shard]
        return self._ranges.merged(
            begun, descending=descending, first_page=first_page, page=PAGE, order=by_start
        )


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk from set to set through one shard: to those of an agent, or (None) to all."""

    ranges: IndexRanges
    partition: str
    sets: TakableSets | None
    earliest: str
    latest: str
    descending: bool
    size: int

    def begun(self, bound: str | None, queries: int) -> tuple[list[Begun], str | None]:
        """The ranges of the sets from `bound` on, and where to go on: None if so many queries were enough."""
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
                    # It may be as small as those before it: the next page has it whole.
                    bound = read_text(own[0], "status_order")
                    break
                bound = self._note(found, digest, own, next_key)
                rest = [item for item in rest if self._is_beyond(item, bound)]
            if page.next_key is None or bound == _END:
                return found, None
            # Sets are small, wanted or not: a larger page passes more of them for less than a query each.
            pays = len(found) > before + 1 or passed >= max(2, size // SMALLEST_PAGE)
            size = min(2 * size, PAGE) if pays else self.size
        return found, bound

    def _note(self, found: list[Begun], digest: str, own: list[Item], next_key: Item | None) -> str:
        """Begin the range of a set with what a page has of it, if it is wanted; returns the next bound."""
        part = Range(BY_STATUS, self.partition, f"{digest}#{self.earliest}", f"{digest}#{self.latest}~")
        lower, upper, last = part.lower or "", part.upper or "", part.order(own[-1])
        if self.sets is None or digest in self.sets:
            if next_key is not None and (last > upper if self.descending else last < lower):
                # The page ends before the range begins: the next one begins there.
                return upper if self.descending else lower
            is_past = last < lower if self.descending else last > upper
            inside = [item for item in own if lower <= part.order(item) <= upper]
            found.append((part, Page(inside, None if is_past else next_key)))
        return self.beyond(digest)

    def beyond(self, digest: str) -> str:
        """The bound of what comes after a set."""
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
    """The digest of the first entry, the entries of the same set that follow each other, and the rest."""
    digest = _digest_in(items[0])
    end = next((n for n, item in enumerate(items) if _digest_in(item) != digest), len(items))
    return digest, items[:end], items[end:]


def _digest_in(item: Item) -> str:
    return read_text(item, "status_order").partition("#")[0]
