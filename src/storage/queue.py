"""What waits for its start, read by its keys alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from domain.flow_runs import FlowRun
from domain.queue import Waiting
from storage.flow_run_items import digest_in
from storage.keys import RUN, Keys
from storage.run_labels import write_digest
from storage.run_lists import RunLists
from storage.table import Table

# Twice what an agent is given at once, over four shards, of which most polls need no second page; a key has
# some 300 bytes.
FIRST_PAGE = 50
PAGE = 250


class Queue:
    """The queue of one tenant: flow runs that wait, and flow runs of which a task run waits."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def due(self, before: datetime) -> Iterator[Waiting]:
        """What may start at `before` or earlier, in the order of start times, over all shards.

        Each shard's first page is read at once, each further one when it is needed. It is the index's view:
        what changed a moment ago may be missing or still be there.
        """
        ranges = self._lists.waiting(None, before)
        for order, item in self._lists.entries(ranges, descending=False, first_page=FIRST_PAGE, page=PAGE):
            yield Waiting(
                flow_run_id=self._keys.run_id(item["pk"]["S"]),
                labels_digest=digest_in(order),
                by_task=item["sk"]["S"] != RUN,
            )

    def write_digests(self, runs: Sequence[FlowRun]) -> None:
        """Let the keys of these runs tell their labels, as far as nobody changes the runs meanwhile."""
        self._table.parallel([partial(write_digest, self._table, self._keys, run) for run in runs])
