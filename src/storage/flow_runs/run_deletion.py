"""Deleting a flow run with everything that belongs to it, so that a repeat continues wherever one stopped.

A pointer is deleted before the item that names it, and every other item before the run's own. So the run is
found, and holds its slots, until nothing else is left. Only the follow-up and the notes of mapped children
stay, because writes that are under way may still add items. The pointers to children that have not begun are
left to the follow-up, which deletes all pointers that the notes allow.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from storage.concurrency.slot_returns import delete_with_slots
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import read_text
from storage.layout.keys import CHILDREN, FOLLOW_UP, RUN, Keys, key
from storage.layout.queries import in_partition
from storage.task_runs.artifacts import artifact_pointer
from storage.task_runs.mapped_children import child_pointer

_PAGE: Final = 1_000
# So many items are deleted side by side before `has_time` is called again.
_AT_A_TIME: Final = 64


def delete_run(
    table: Table, keys: Keys, flow_run_id: str, has_time: Callable[[], bool], mark: Callable[[], None]
) -> bool | None:
    """Delete a flow run; return True if it existed, None if `has_time` ended the deletion.

    `mark` is called before the run's own item is deleted, because totals have counted the run.
    """
    run: Item | None = None
    for page in _pages(table, keys.run(flow_run_id)):
        run = next((item for item in page if read_text(item, "sk") == RUN), run)
        for start in range(0, len(page), _AT_A_TIME):
            if not has_time():
                return None
            _delete(table, keys, page[start : start + _AT_A_TIME])
    if run is not None:
        mark()
        delete_with_slots(table, run)
        for page in _pages(table, keys.run(flow_run_id)):  # what came in until then
            _delete(table, keys, page)
    return run is not None


def delete_alone(table: Table, keys: Keys, flow_run_id: str) -> None:
    """Delete a flow run's own item, so that it is gone for everybody, and leave the rest to the follow-up."""
    run = table.get(key(keys.run(flow_run_id), RUN))
    if run is not None:
        delete_with_slots(table, run)


def _stays(sk: str) -> bool:
    """Return True if an item stays until all others of the run are deleted."""
    return sk in (RUN, FOLLOW_UP) or sk.startswith(CHILDREN)


def _delete(table: Table, keys: Keys, page: Sequence[Item]) -> None:
    items = [item for item in page if not _stays(read_text(item, "sk"))]
    pointers = [pointer_of(keys, item) for item in items for pointer_of in (artifact_pointer, child_pointer)]
    table.parallel(
        [partial(table.delete, Key=pointer_key) for pointer_key in pointers if pointer_key is not None]
    )
    table.parallel([partial(delete_with_slots, table, item) for item in items])


def _pages(table: Table, pk: str) -> Iterator[list[Item]]:
    """Yield the items of a run's partition in pages: their keys, and the slots that they hold.

    A page may be deleted before the next one is read: logs may be many megabytes.
    """
    for page in table.pages(
        **in_partition(pk),
        ProjectionExpression="pk, sk, slots, version",
        ConsistentRead=True,
        Limit=_PAGE,
    ):
        yield page.items
