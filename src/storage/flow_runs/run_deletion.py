"""Deleting a flow run with all that belongs to it, so that a repeat finds what is left wherever one stopped.

What an item leads to goes before the item, what stands beside the run before the run: it is found, and its
slots are held, until nothing else is left. Only its follow-up outlives it, and the notes of its mapped
children: writes that are under way may still bring something in. So the pointers to children that have not
begun are left to the follow-up, which looks for all of which the notes tell.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from storage.concurrency.slot_returns import delete_with_slots
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import read_text
from storage.layout.keys import CHILDREN, FOLLOW_UP, RUN, Keys
from storage.layout.queries import in_partition
from storage.task_runs.artifacts import artifact_pointer
from storage.task_runs.mapped_children import child_pointer

# So many are deleted side by side before time is looked at again.
_PAGE: Final = 1_000


def delete_run(table: Table, keys: Keys, flow_run_id: str, go_on: Callable[[], bool]) -> bool | None:
    """Delete a run; answers whether there was one, None when `go_on` said no before the end."""
    run: Item | None = None
    for page in _pages(table, keys.run(flow_run_id)):
        if not go_on():
            return None
        run = next((item for item in page if read_text(item, "sk") == RUN), run)
        _delete(table, keys, page)
    if run is not None:
        delete_with_slots(table, run)
        for page in _pages(table, keys.run(flow_run_id)):  # what came in until then
            _delete(table, keys, page)
    return run is not None


def _stays(sk: str) -> bool:
    """Whether an item stays until all others of the run are gone."""
    return sk in (RUN, FOLLOW_UP) or sk.startswith(CHILDREN)


def _delete(table: Table, keys: Keys, page: Sequence[Item]) -> None:
    items = [item for item in page if not _stays(read_text(item, "sk"))]
    leads = [pointer(keys, item) for item in items for pointer in (artifact_pointer, child_pointer)]
    table.parallel([partial(table.delete, Key=each) for each in leads if each is not None])
    table.parallel([partial(delete_with_slots, table, item) for item in items])


def _pages(table: Table, pk: str) -> Iterator[list[Item]]:
    """The keys of all that is in a run's partition, and what each must give back.

    A page may be deleted before the next one is read: logs may be many megabytes.
    """
    for page in table.pages(
        **in_partition(pk),
        ProjectionExpression="pk, sk, slots, version",
        ConsistentRead=True,
        Limit=_PAGE,
    ):
        yield page.items
