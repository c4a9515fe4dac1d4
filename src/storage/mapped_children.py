"""The ids of mapped children: hashes, each with an item of its own that leads to its place.

So are the ids of all task runs in flow runs of release 0.1.0, whose own ids leave no room for a number.

Such a pointer is put before the child has anything else, so nothing in the run's partition leads to it but a
note of its task: below which index pointers may have been put. It is a power of two and raised before the
pointer is put, so that many children cost few notes, and who deletes the run knows all their ids.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from domain.task_runs import Address
from storage.keys import CHILDREN, MAP_CHILD, MAPPED, TASK_RUN, Item, Keys, children_sk, key
from storage.table import Refused, Table
from storage.task_run_items import address_of

RAISES: Final = "attribute_not_exists(upto) OR upto < :upto"
# So many are looked for side by side before time is looked at again.
_AT_A_TIME: Final = 1_600


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
        return Address(item["run"]["S"], int(item["number"]["N"]), int(item["map_index"]["N"]))

    def keep(self, address: Address, noted: int) -> None:
        """Let a child's id lead to its place; may be repeated, for it never changes.

        `noted` is the index below which the note allows pointers, as it was read.
        """
        if max(address.map_index, 0) >= noted:
            self.note(address)
        place = {
            "run": {"S": address.flow_run_id},
            "number": {"N": str(address.number)},
            "map_index": {"N": str(address.map_index)},
        }
        self._table.put(Item={**self._pointer(address.id), **place})

    def note(self, address: Address) -> None:
        """Note that there may be a pointer to this address."""
        upto = 1 << max(address.map_index, 0).bit_length()
        with suppress(Refused):
            self._table.update(
                Key=note_key(self._keys, address),
                UpdateExpression="SET upto = :upto",
                ConditionExpression=RAISES,
                ExpressionAttributeValues={":upto": {"N": str(upto)}},
            )

    def forget(self, flow_run_id: str, go_on: Callable[[], bool]) -> bool:
        """Delete the pointers of a run's mapped children with their notes, once nobody can put any more.

        Answers False when `go_on` said no before the end: a repeat goes on from there.
        """
        notes = self._table.query_all(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": {"S": self._keys.run(flow_run_id)},
                ":prefix": {"S": CHILDREN},
            },
            ConsistentRead=True,
        )
        return self.delete_pointers(notes, go_on, and_notes=True)

    def delete_pointers(
        self, notes: Sequence[Item], go_on: Callable[[], bool], *, and_notes: bool = False
    ) -> bool:
        """Delete the pointers of which notes tell; False when `go_on` said no before the end."""
        for note in notes:
            upto = int(note["upto"]["N"])
            for start in range((upto - 1) // _AT_A_TIME * _AT_A_TIME, -1, -_AT_A_TIME):
                if not go_on():
                    return False
                self._delete(note, range(start, min(start + _AT_A_TIME, upto)))
                if and_notes:
                    self._lower(note, start)
        return True

    def _delete(self, note: Item, indices: range) -> None:
        """Delete those pointers that are there: looking costs a tenth of deleting."""
        run, number = self._keys.run_id(note["pk"]["S"]), int(note["sk"]["S"].removeprefix(CHILDREN), 16)
        addresses = [Address(run, number), *(Address(run, number, index) for index in indices)]
        pointers = [self._pointer(each.id) for each in addresses if not each.is_in_id]
        found = self._table.batch_get(pointers, consistent=True)
        there = [key(item["pk"]["S"], item["sk"]["S"]) for item in found]
        self._table.parallel([partial(self._table.delete, Key=each) for each in there])

    def _lower(self, note: Item, upto: int) -> None:
        this = key(note["pk"]["S"], note["sk"]["S"])
        if upto == 0:
            self._table.delete(Key=this)
        else:
            values = {":upto": {"N": str(upto)}}
            self._table.update(
                Key=this, UpdateExpression="SET upto = :upto", ExpressionAttributeValues=values
            )

    def _pointer(self, task_run_id: str) -> Item:
        return key(self._keys.map_child(task_run_id), MAP_CHILD)


def note_key(keys: Keys, address: Address) -> Item:
    """The key of the note of a child's task."""
    return key(keys.run(address.flow_run_id), children_sk(address.number))


def child_pointer(keys: Keys, item: Item) -> Item | None:
    """The key of the pointer to a task run whose id does not tell its address; None for other items."""
    if not item["sk"]["S"].startswith((TASK_RUN, MAPPED)):
        return None
    address = address_of(keys, item)
    return None if address.is_in_id else key(keys.map_child(address.id), MAP_CHILD)
