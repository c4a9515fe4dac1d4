"""Form 2: what waits is listed by its labels, then its start; and in `planned`, younger than some."""

from datetime import datetime
from functools import partial

from domain.formats import Piece
from storage.former_queue import former_queues, move
from storage.keys import Keys
from storage.table import Table
from storage.walks import PAGE, each_of, page_of


def move_waiting(table: Table, keys: Keys, place: str | None, now: datetime, most: int = PAGE) -> Piece:
    """Move what an earlier release left in its queue to where it is listed now."""
    found, after = page_of(table, "by_status", "status_shard", former_queues(keys), place, most)
    items = table.batch_get(found, consistent=True)
    return Piece(after, each_of(table, items, partial(move, table, keys, now)))
