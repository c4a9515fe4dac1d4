"""Form 2: waiting runs are listed by their labels, then their start, and in the index `planned`."""

from datetime import datetime
from functools import partial

from domain.formats import MigrationPiece
from storage.dynamodb.table import Table
from storage.dynamodb.walks import WALK_PAGE, convert_all, page_of
from storage.layout.indexes import BY_STATUS
from storage.layout.keys import Keys
from storage.queue.former_queue import former_queues, move


def move_waiting(
    table: Table, keys: Keys, position: str | None, now: datetime, most: int = WALK_PAGE
) -> MigrationPiece:
    """Move runs in the queue of an earlier release to where waiting runs are listed now."""
    found, after = page_of(table, BY_STATUS, former_queues(keys), position, most)
    items = table.batch_get(found, consistent=True)
    return MigrationPiece(after, convert_all(table, items, partial(move, table, keys, now)))
