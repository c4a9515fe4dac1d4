"""The queue of a tenant, read from the keys of an index."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from heapq import merge

from domain.flow_runs.flow_runs import FlowRun
from domain.queue.label_sets import TakableSets
from domain.queue.queue import QueueEntry
from storage.dynamodb.table import Table
from storage.flow_runs.run_labels import write_index_attributes
from storage.layout.attributes import instant_of_order, read_text
from storage.layout.keys import RUN, Keys
from storage.queue.waiting_sets import WaitingSets


class Queue:
    """The queue of one tenant: waiting flow runs, and markers of flow runs with waiting task runs."""

    def __init__(self, table: Table, keys: Keys, *, is_current: bool = True) -> None:
        self._sets = WaitingSets(table, keys)
        self._table = table
        self._keys = keys
        self._is_current = is_current

    def due(self, sets: TakableSets, before: datetime, now: datetime) -> Iterator[QueueEntry]:
        """Yield the entries with these sets of labels that are due at `before`, the longest due first.

        All shards are read at once, and further only as far as the entries are used. The index may be a
        moment late, so an entry may be missing or be there still. If there are too many sets, the next polls
        get those that are left out.
        """
        for _, item in self._sets.takable(sets, before, now):
            yield QueueEntry(self._keys.run_id(read_text(item, "pk")), is_marker=read_text(item, "sk") != RUN)

    def starts(
        self,
        times: tuple[datetime | None, datetime | None],
        *,
        descending: bool,
        first_page: int,
    ) -> Iterator[tuple[datetime, str]]:
        """Yield the start times and ids of flow runs with a start between two times, in their order.

        The id of a marker is "". Markers are yielded so that the caller can count what was read. Raises
        TooManySets.
        """
        now = self._starts_now(times, descending=descending, first_page=first_page)
        if self._is_current:
            return now
        from storage.queue.former_queue import former_starts  # noqa: PLC0415  (few processes ever need it)

        before = former_starts(self._table, self._keys, times, descending=descending)
        return merge(now, before, reverse=descending)

    def _starts_now(
        self, times: tuple[datetime | None, datetime | None], *, descending: bool, first_page: int
    ) -> Iterator[tuple[datetime, str]]:
        for order, item in self._sets.all(times, descending=descending, first_page=first_page):
            is_run = read_text(item, "sk") == RUN
            yield instant_of_order(order), self._keys.run_id(read_text(item, "pk")) if is_run else ""

    def take_over(self, before: datetime, now: datetime) -> None:
        """Move the entries in the queue of an earlier release that are due at `before`. Raises ApiError."""
        from storage.queue.former_queue import move_due  # noqa: PLC0415  (few processes ever need it)

        move_due(self._table, self._keys, before, now)

    def relist(self, runs: Sequence[FlowRun]) -> None:
        """List waiting runs under the labels that they have, unless a run has changed since it was read."""
        self._table.parallel([partial(write_index_attributes, self._table, self._keys, run) for run in runs])
