"""Form 3: items that earlier releases left behind can be found, as those of this release can.

Earlier releases kept no marker of an interrupted deletion or of a task run that outlived its flow run, no
note of the pointers to mapped children, and none of the former places of flow groups. No index leads to these
items, so this step reads the whole table. Nothing else does.

Other requests may come between the read of an item and a write of this step:

- A deletion has a condition in its transaction: the owner of the item is still gone.
- A note of a place changes the group as it was read, so that a deletion of the group that has read the notes
  is refused and reads them again.
- A marker needs no condition, because recovery looks at the flow run again before it does anything.
- A note of mapped children needs none, because the follow-up of a deleted run reads the notes again when no
  write can be under way.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.flow_runs.states import KIND_OF, Kind
from domain.formats import MigrationPiece
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import Address
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.dynamodb.walks import convert_all
from storage.flows.flow_writes import put_group
from storage.flows.group_items import decode_group
from storage.flows.group_places import GROUP_OF_NAME, Place
from storage.layout.attributes import read_number, read_text, text
from storage.layout.conditions import EXISTS, IS_NEW
from storage.layout.keys import ANY_TASK_RUN, ARTIFACT, GROUP, MAP_CHILD, RUN, SEPARATOR, Keys, key, key_of
from storage.recovery.follow_ups import FollowUps
from storage.task_runs.mapped_children import MappedChildren, note_key

# The most items in a page of the table, which has a megabyte at most.
_ITEMS: Final = 1_000

_Convert = Callable[[Item], None]


def mark_left_behind(table: Table, keys: Keys, position: str | None, now: datetime) -> MigrationPiece:
    """Mark, note or delete the items of one page of the table that were left behind."""
    page = table.scan(
        json.loads(position) if position else None,
        FilterExpression="begins_with(pk, :tenant)",
        ExpressionAttributeNames={"#state": "state", "#run": "run", "#number": "number"},
        ExpressionAttributeValues={":tenant": text(f"{keys.tenant}#")},
        ProjectionExpression="pk, sk, #state, #run, #number, map_index",
        Limit=_ITEMS,
    )
    runs = _runs(table, keys, page.items)
    pointers = [item for item in page.items if read_text(item, "sk") in (MAP_CHILD, ARTIFACT)]
    dangling = [item for item in pointers if keys.run(read_text(item, "run")) not in runs]
    work: list[tuple[list[Item], _Convert]] = [
        (_to_mark(keys, page.items, runs), partial(_mark, table, keys, now)),
        (dangling, partial(_delete_pointer, table, keys)),
        (
            _to_note(keys, (pointer for pointer in pointers if pointer not in dangling)),
            partial(_note, table, keys),
        ),
        ([item for item in page.items if _is_place(keys, item)], partial(_note_place, table, keys)),
    ]
    faults: dict[str, Exception] = {}
    for items, convert in work:
        faults |= convert_all(table, items, convert)
    return MigrationPiece(json.dumps(page.next_key) if page.next_key else None, faults)


def _runs(table: Table, keys: Keys, items: Iterable[Item]) -> dict[str, Item]:
    """Return the flow runs that exist of those to which these items belong or lead, by their partitions."""
    wanted = {pk: key(pk, RUN) for item in items if (pk := _partition_of_run(keys, item))}
    return {read_text(item, "pk"): item for item in table.batch_get(list(wanted.values()), consistent=True)}


def _partition_of_run(keys: Keys, item: Item) -> str | None:
    pk = read_text(item, "pk")
    if "run" in item:  # a pointer
        return keys.run(read_text(item, "run"))
    return pk if pk.startswith(keys.run("")) and read_text(item, "sk") != RUN else None


def _to_mark(keys: Keys, items: Iterable[Item], runs: dict[str, Item]) -> list[Item]:
    """Return an item of each flow run that left something: it is gone, or a task run goes on without it."""
    found: dict[str, Item] = {}
    for item in items:
        pk = read_text(item, "pk")
        if pk.startswith(keys.run("")) and read_text(item, "sk") != RUN:
            run = runs.get(pk)
            if run is None or (_is_running(item) and _has_ended(run)):
                found[pk] = item
    return list(found.values())


def _is_running(item: Item) -> bool:
    state: Any = item.get("state", {}).get("S")
    return read_text(item, "sk").startswith(ANY_TASK_RUN) and KIND_OF[state] is Kind.RUNNING


def _has_ended(run: Item) -> bool:
    return KIND_OF[read_text(run, "state")] is Kind.FINISHED


def _mark(table: Table, keys: Keys, now: datetime, item: Item) -> None:
    FollowUps(table, keys).put(keys.run_id(read_text(item, "pk")), now)


def _to_note(keys: Keys, pointers: Iterable[Item]) -> list[Item]:
    """Return one pointer to a mapped child for each note that is wanted."""
    children = (item for item in pointers if read_text(item, "sk") == MAP_CHILD)
    return list(
        {
            read_text(note_key(keys, _address(item)), "sk") + read_text(item, "run"): item
            for item in children
        }.values()
    )


def _address(item: Item) -> Address:
    return Address(read_text(item, "run"), read_number(item, "number"), read_number(item, "map_index"))


def _note(table: Table, keys: Keys, item: Item) -> None:
    MappedChildren(table, keys).note(_address(item))


def _delete_pointer(table: Table, keys: Keys, item: Item) -> None:
    with suppress(Refused):
        _delete_without_owner(table, key(keys.run(read_text(item, "run")), RUN), key_of(item))


def _delete_without_owner(table: Table, owner: Item, *items: Item) -> None:
    """Delete items if their owner is still gone. Raises Refused."""
    owner_is_gone = {"ConditionCheck": {"Key": owner, "ConditionExpression": IS_NEW}}
    table.transact([owner_is_gone, *({"Delete": {"Key": item}} for item in items)])


def _is_place(keys: Keys, item: Item) -> bool:
    pk, sk = read_text(item, "pk"), read_text(item, "sk")
    return pk.startswith(keys.project("")) and sk.startswith(GROUP_OF_NAME)


def _note_place(table: Table, keys: Keys, item: Item) -> None:
    """Note a former place of a flow group, or delete the place of a group that is gone.

    Raises ApiError if other requests changed the group each time after it was read.
    """
    name, _, group_id = read_text(item, "sk").removeprefix(GROUP_OF_NAME).rpartition(SEPARATOR)
    place = Place(read_text(item, "pk").removeprefix(keys.project("")), name)
    for _ in range(ROUNDS):
        with suppress(Refused):
            _write_place(table, keys, place, group_id)
            return
    raise changed_too_often(f"Flow group {group_id}")


def _write_place(table: Table, keys: Keys, place: Place, group_id: str) -> None:
    """Write what a place needs as it is now. Raises Refused if the group changed since it was read."""
    group_key = key(keys.group(group_id), GROUP)
    member, note = place.member(keys, group_id), place.note(keys, group_id)
    items = table.batch_get([group_key, member, note], consistent=True)
    found = {read_text(item, "sk"): item for item in items}
    if GROUP not in found:
        _delete_without_owner(table, group_key, member, note)
        return
    if read_text(member, "sk") not in found or read_text(note, "sk") in found:
        return  # a request that deletes the note deletes the member, too
    group = decode_group(keys, found[GROUP])
    if place != Place.of(group):
        still_member = {"ConditionCheck": {"Key": member, "ConditionExpression": EXISTS}}
        changed = put_group(keys, replace(group, changes=group.changes + 1), group)
        table.transact([changed, still_member, {"Put": {"Item": note}}])
