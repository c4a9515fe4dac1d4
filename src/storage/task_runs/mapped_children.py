"""The ids of mapped children: hashes, each with a pointer item that names the child's address.

The ids of all task runs in flow runs of release 0.1.0 have pointers too, because the ids of those flow runs
leave no room for a number.

A pointer is put before the child has any other item, so that nothing in the run's partition names the child.
Therefore a note in that partition says that a task may have children with indexes in a block of a hundred.
The note is put before the first pointer of the block, so that the deletion of the run knows all their ids,
and looks only for the ids in noted blocks.
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

# The pointers of a block are read in one call.
BLOCK: Final = BATCH_GET_LIMIT
# So many blocks are deleted side by side before `has_time` is called again.
_AT_A_TIME: Final = 16


class MappedChildren:
    """The pointers to one tenant's mapped children, and the notes of their blocks."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def find(self, task_run_id: str) -> Address | None:
        """Return the address of a mapped child, which its id does not contain; None for an unknown id."""
        return self.find_all([task_run_id]).get(task_run_id)

    def find_all(self, task_run_ids: Sequence[str]) -> dict[str, Address]:
        """Return the addresses of mapped children by their ids, without unknown ids."""
        # A pointer never changes, so a late read will do. Only the missing are read again, consistently.
        found = self._read(task_run_ids, consistent=False)
        missing = [task_run_id for task_run_id in task_run_ids if task_run_id not in found]
        return found | self._read(missing, consistent=True)

    def _read(self, task_run_ids: Sequence[str], *, consistent: bool) -> dict[str, Address]:
        pointers = [self._pointer(task_run_id) for task_run_id in task_run_ids]
        found = self._table.batch_get(pointers, consistent=consistent)
        return {address.id: address for address in map(_address, found)}

    def keep(self, address: Address, *, noted: bool) -> None:
        """Put the pointer from a child's id to its address; a repeat changes nothing.

        `noted` says that the note of its block was read a moment ago, so that it is not put again.
        """
        if not noted:
            self.note(address)
        address_attributes = {
            "run": text(address.flow_run_id),
            "number": number(address.number),
            "map_index": number(address.map_index),
        }
        self._table.put(Item={**self._pointer(address.id), **address_attributes})

    def note(self, address: Address) -> None:
        """Put the note of the block of an address; a repeat changes nothing."""
        self._table.put(Item=note_key(self._keys, address))

    def forget(self, flow_run_id: str, has_time: Callable[[], bool]) -> bool:
        """Delete the pointers to a run's mapped children with their notes, once no writer can put any more.

        Return False if `has_time` ended the deletion. The blocks that are done have no notes any more, so a
        repeat continues from there.
        """
        while has_time():
            page = self._table.query(
                **in_partition(self._keys.run(flow_run_id), CHILDREN),
                ConsistentRead=True,
                Limit=_AT_A_TIME,
            )
            self._delete_pointers(page.items)
            self._table.parallel([partial(self._table.delete, Key=note) for note in page.items])
            if page.next_key is None:
                return True
        return False

    def _delete_pointers(self, notes: Sequence[Item]) -> None:
        """Delete the pointers that exist, which are read first, because a read costs a tenth of a delete."""
        addresses = chain.from_iterable(_block(self._keys, note) for note in notes)
        pointers = [self._pointer(address.id) for address in addresses if not address.is_in_id]
        found = self._table.batch_get(pointers, consistent=True)
        existing = [key_of(item) for item in found]
        self._table.parallel([partial(self._table.delete, Key=pointer) for pointer in existing])

    def _pointer(self, task_run_id: str) -> Item:
        return key(self._keys.map_child(task_run_id), MAP_CHILD)


def _address(item: Item) -> Address:
    return Address(read_text(item, "run"), read_number(item, "number"), read_number(item, "map_index"))


def note_key(keys: Keys, address: Address) -> Item:
    """Return the key of the note of a child's block."""
    return key(keys.run(address.flow_run_id), note_sk(address))


def note_sk(address: Address) -> str:
    """Return the sort key of the note of a child's block; an unmapped task run belongs to the first block."""
    return children_sk(address.number, max(address.map_index, 0) // BLOCK)


def _block(keys: Keys, note: Item) -> list[Address]:
    """Return the addresses in the block of a note."""
    run = keys.run_id(read_text(note, "pk"))
    number, block = (int(part, 16) for part in read_text(note, "sk").removeprefix(CHILDREN).split("#"))
    first = block * BLOCK
    own = [Address(run, number, NOT_MAPPED)] if first == 0 else []
    return own + [Address(run, number, index) for index in range(first, first + BLOCK)]


def child_pointer(keys: Keys, item: Item) -> Item | None:
    """Return the key of the pointer to a task run; None if the item has no pointer."""
    if not read_text(item, "sk").startswith((TASK_RUN, MAPPED)):
        return None
    address = address_of(keys, item)
    return None if address.is_in_id else key(keys.map_child(address.id), MAP_CHILD)
