"""What waits for its start, read by its keys alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from heapq import merge

from domain.flow_runs.flow_runs import FlowRun
from domain.queue.queue import QueueEntry, TakableSets
from storage.dynamodb.table import Table
from storage.flow_runs.run_labels import write_place
from storage.layout.attributes import instant_of_order, read_text
from storage.layout.keys import RUN, Keys
from storage.queue.waiting_sets import WaitingSets


class Queue:
    """The queue of one tenant: flow runs that wait, and markers of flow runs of which task runs wait."""

    def __init__(self, table: Table, keys: Keys, *, is_current: bool = True) -> None:
        self._sets = WaitingSets(table, keys)
        self._table = table
        self._keys = keys
        self._is_current = is_current

    def due(self, sets: TakableSets, before: datetime, now: datetime) -> Iterator[QueueEntry]:
        """What waits with these sets of labels and may start at `before` or earlier, the longest due first.

        Each shard is looked at at once, and read on when it is needed. It is the index's view: what changed a
        moment ago may be missing or still be there. With so many sets that some are left out, the next
        polls have those.
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
        """Start times and ids of the flow runs that wait for a start between two times, in their order.

        For each marker among them there is a start time with no id (""), since it was read, too. Raises
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
        """Move what waits in the queue of an earlier release and may start at `before` to where it is found.

        Raises ApiError.
        """
        from storage.queue.former_queue import move_due  # noqa: PLC0415  (few processes ever need it)

        move_due(self._table, self._keys, before, now)

    def write_places(self, runs: Sequence[FlowRun]) -> None:
        """Let these runs wait under the labels that they have, as far as nobody changes them meanwhile."""
        self._table.parallel([partial(write_place, self._table, self._keys, run) for run in runs])
