"""Ids that two lists of runs share. Each list leaps to the place where the other one goes on.

The shard of a run in one list does not tell its shard in another one, because a deployment may have got more
shards since.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from storage.dynamodb.index_ranges import RANGE_PAGE, SMALLEST_PAGE, Range
from storage.dynamodb.table import Page
from storage.layout.attributes import read_text
from storage.layout.keys import RUN

# The smallest key behind an id, in either direction: a character before all others, and one behind all.
_FIRST: Final = "!"
_LAST: Final = "~"
# A page that was used so often is followed by a larger one.
_OFTEN: Final = 3


# Returns a page of up to so many keys of a range.
ReadPage = Callable[[Range, int], Page]


class RangeIds:
    """The ids of one range, whose sort keys they are, in one direction, read page by page.

    A leap begins a page where it lands. The first page has up to `size` keys, or as many as cost no more than
    one. `note` is told the number of keys of each page.
    """

    def __init__(
        self,
        read_page: ReadPage,
        part: Range,
        size: int | None,
        *,
        descending: bool,
        note: Callable[[int], None],
    ) -> None:
        self._read_page, self._descending, self._note = read_page, descending, note
        self._rest: Range | None = None if part.is_empty else part
        self._place, self._size = 0, size or SMALLEST_PAGE
        self._most = max(self._size, RANGE_PAGE)
        self._used = 0
        self.page: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """True if no page follows the one that was read last."""
        return self._rest is None

    def must_read(self, target: str | None) -> bool:
        """Skip the ids before a key. Return True if a page must be read to know what is there."""
        while self._place < len(self.page) and _is_before(self.page[self._place], target, self._descending):
            self._place += 1
        self._used += self._place < len(self.page)
        return self._place == len(self.page) and self._rest is not None

    @property
    def head(self) -> str | None:
        """The first id that was not skipped; None if none is left on the page."""
        return self.page[self._place] if self._place < len(self.page) else None

    def read(self, target: str | None) -> None:
        """Read the next page.

        It is twice as large as the page before, unless a leap leads to it from a page that was hardly used.
        """
        rest = self._rest
        if rest is None:
            return
        part = rest
        if target is not None and self._descending and target < (rest.upper or _LAST):
            part = replace(rest, upper=target)
        elif target is not None and not self._descending and target > (rest.lower or ""):
            part = replace(rest, lower=target)
        if part != rest and self._used < _OFTEN:
            self._size = SMALLEST_PAGE
        self.page, self._place, self._rest, self._used = (), 0, None, 0
        if part.is_empty:
            return
        page = self._read_page(part, self._size)
        self._size = min(2 * self._size, self._most)
        self._note(len(page.items))
        self.page = [part.order(item) for item in page.items if read_text(item, "sk") == RUN]
        if page.next_key is not None:
            bound = _behind(part.order(page.items[-1]), descending=self._descending)
            self._rest = replace(part, upper=bound) if self._descending else replace(part, lower=bound)


class BegunIds:
    """The ids of several ranges in one direction. The first page of each range is read already."""

    def __init__(
        self,
        lists: Sequence[RangeIds],
        parallel: Callable[[Sequence[Callable[[], None]]], Any],
        *,
        descending: bool,
    ) -> None:
        self._lists, self._parallel, self.descending = lists, parallel, descending
        self._known: list[str] = []
        self._place = 0
        self._read(None)

    def know(self, ids: Collection[str]) -> None:
        """Let these ids count as if a range had them."""
        self._known = sorted(ids, reverse=self.descending)

    @property
    def all_ids(self) -> list[str] | None:
        """All ids, in their order, if the first pages have them all, else None. Ask before `first`."""
        if not all(ids.is_whole for ids in self._lists):
            return None
        return sorted({found for ids in self._lists for found in ids.page}, reverse=self.descending)

    @property
    def first_ids(self) -> list[str]:
        """The ids that come first, in their order, as far as the first pages have all. Ask before `first`."""
        lasts = [ids.page[-1] for ids in self._lists if not ids.is_whole and ids.page]
        if any(not ids.is_whole and not ids.page for ids in self._lists):
            return []
        found = sorted({found for ids in self._lists for found in ids.page}, reverse=self.descending)
        bound = (max if self.descending else min)(lasts, default=None)
        return [found for found in found if not _is_before(bound, found, self.descending)] if bound else found

    def first(self, target: str | None) -> str | None:
        """Return the first id at a key or behind it; None if there is none. Keys only go on."""
        self._read(target)
        while self._place < len(self._known) and _is_before(
            self._known[self._place], target, self.descending
        ):
            self._place += 1
        heads = [ids.head for ids in self._lists] + self._known[self._place : self._place + 1]
        found = [head for head in heads if head is not None]
        return (max if self.descending else min)(found, default=None)

    def _read(self, target: str | None) -> None:
        """Read pages side by side until each list knows its first id behind a key."""
        while reads := [partial(ids.read, target) for ids in self._lists if ids.must_read(target)]:
            self._parallel(reads)


def shared(one: BegunIds, other: BegunIds) -> Iterator[str]:
    """Yield the ids that are in both, in their order. Both are read only as far as needed."""
    target: str | None = None
    while (found := one.first(target)) is not None and (opposite := other.first(found)) is not None:
        if opposite == found:
            yield found
            target = _behind(found, descending=one.descending)
        else:
            target = opposite


def _is_before(identifier: str, target: str | None, descending: bool) -> bool:
    return target is not None and (identifier > target if descending else identifier < target)


def _behind(identifier: str, *, descending: bool) -> str:
    """Return a key that is next to an id: no other id is between the two."""
    return f"{identifier[:-1]}{chr(ord(identifier[-1]) - 1)}{_LAST}" if descending else identifier + _FIRST
