"""The ids of mapped children: hashes, each with an item of its own that leads to its place.

So are the ids of all task runs in flow runs of release 0.1.0, whose own ids leave no room for a number.

Such a pointer is put before the child has anything else, so nothing in the run's partition leads to it but a
note: that there may be children of a task with an index in a block of a hundred. It is put before the first
pointer of the block, so that who deletes the run knows all their ids, and looks for no more than the notes
tell of.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Final

from domain.task_runs.task_runs import NOT_MAPPED, Address
from storage.dynamodb.items import Item
from storage.dynamodb.table import BATCH_GET_LIMIT, Table
from storage.layout.attributes import number, read_number, read_text, text
from storage.layout.keys import CHILDREN, MAP_CHILD, MAPPED, TASK_RUN, Keys, children_sk, key, key_of
from storage.layout.queries import in_partition
from storage.task_runs.task_run_items import address_of

# The pointers of a block are looked for in one call.
BLOCK: Final = BATCH_GET_LIMIT
# So many blocks are looked at side by side before time is looked at again.
_AT_A_TIME: Final = 16


class MappedChildren:
    """The pointers of one tenant's mapped children, and the notes of them."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def find(self, task_run_id: str) -> Address | None:
        """The address of a mapped child, whose id does not tell it; None for an unknown id."""
        pointer = self._pointer(task_run_id)
        # It never changes, so any copy will do; only one that is missing may merely not be there yet.
        item = next(iter(self._table.batch_get([pointer])), None) or self._table.get(pointer)
        if item is None:
            return None
        return Address(read_text(item, "run"), read_number(item, "number"), read_number(item, "map_index"))

    def keep(self, address: Address, *, noted: bool) -> None:
        """Let a child's id lead to its place; may be repeated, for it never changes.

        `noted` says that the note of its block was read a moment ago.
        """
        if not noted:
            self.note(address)
        place = {
            "run": text(address.flow_run_id),
            "number": number(address.number),
            "map_index": number(address.map_index),
        }
        self._table.put(Item={**self._pointer(address.id), **place})

    def note(self, address: Address) -> None:
        """Note that there may be pointers to addresses in this one's block; a repeat changes nothing."""
        self._table.put(Item=note_key(self._keys, address))

    def forget(self, flow_run_id: str, go_on: Callable[[], bool]) -> bool:
        """Delete the pointers of a run's mapped children with their notes, once nobody can put any more.

        Return False when `go_on` said no before the end: what is done has no notes any more, so a repeat goes
        on from there.
        """
        while go_on():
            page = self._table.query(
                **in_partition(self._keys.run(flow_run_id), CHILDREN),
                ConsistentRead=True,
                Limit=_AT_A_TIME,
            )
            self._delete_pointers(page.items)
            self._table.parallel([partial(self._table.delete, Key=each) for each in page.items])
            if page.next_key is None:
                return True
        return False

    def _delete_pointers(self, notes: Sequence[Item]) -> None:
        """Delete those pointers that are there: looking costs a tenth of deleting."""
        addresses = chain.from_iterable(_block(self._keys, note) for note in notes)
        pointers = [self._pointer(each.id) for each in addresses if not each.is_in_id]
        found = self._table.batch_get(pointers, consistent=True)
        there = [key_of(item) for item in found]
        self._table.parallel([partial(self._table.delete, Key=each) for each in there])

    def _pointer(self, task_run_id: str) -> Item:
        return key(self._keys.map_child(task_run_id), MAP_CHILD)


def note_key(keys: Keys, address: Address) -> Item:
    """The key of the note of a child's block."""
    return key(keys.run(address.flow_run_id), note_sk(address))


def note_sk(address: Address) -> str:
    """The sort key of that note: a task's own run stands with its first children."""
    return children_sk(address.number, max(address.map_index, 0) // BLOCK)


def _block(keys: Keys, note: Item) -> list[Address]:
    """The addresses of which a note tells."""
    run = keys.run_id(read_text(note, "pk"))
    number, block = (int(part, 16) for part in read_text(note, "sk").removeprefix(CHILDREN).split("#"))
    first = block * BLOCK
    own = [Address(run, number, NOT_MAPPED)] if first == 0 else []
    return own + [Address(run, number, index) for index in range(first, first + BLOCK)]


def child_pointer(keys: Keys, item: Item) -> Item | None:
    """The key of the pointer to a task run whose id does not tell its address; None for other items."""
    if not read_text(item, "sk").startswith((TASK_RUN, MAPPED)):
        return None
    address = address_of(keys, item)
    return None if address.is_in_id else key(keys.map_child(address.id), MAP_CHILD)
