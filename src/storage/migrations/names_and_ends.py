"""Form 4: a run is found by its name, and a run that ended late by its end.

Earlier releases made up names that do not follow from ids, and had neither index. So all their runs are
listed by name, as if each had been given its name, and those that ended late by their end.
"""

from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.formats import MigrationPiece
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.dynamodb.walks import convert_all, page_of
from storage.flow_runs.flow_run_items import decode_run, flow_run_index_attributes, name_index_attributes
from storage.layout.attributes import read_text
from storage.layout.conditions import AT_VERSION
from storage.layout.indexes import BY_NAME, BY_TENANT, ENDED_LATE
from storage.layout.keys import Keys, key_of

_NEW: Final = (BY_NAME.partition_key, ENDED_LATE.partition_key, ENDED_LATE.sort_key)


def list_names_and_ends(table: Table, keys: Keys, position: str | None, _now: datetime) -> MigrationPiece:
    """List a page of runs under their names, and by their ends."""
    shards = [keys.tenant_runs(shard) for shard in range(keys.shards)]
    found, after = page_of(table, BY_TENANT, shards, position)
    items = table.batch_get(found, consistent=True)
    return MigrationPiece(after, convert_all(table, items, partial(_list, table, keys)))


def _list(table: Table, keys: Keys, item: Item) -> None:
    """List a run where it belongs, unless it is listed there.

    A release before this form that renames a listed run or changes its state leaves it at its former place,
    so the second pass looks at all runs again. The places follow from id, name and newest state: they are
    right while name and version are as they were read. Raises ApiError if these change again and again.
    """
    found: Item | None = item
    for _ in range(ROUNDS):
        if not found or (change := _change(keys, found)) is None:
            return
        try:
            table.update(Key=key_of(found), **change)
        except Refused as refused:
            (found,) = refused.items
        else:
            return
    raise changed_too_often(f"Flow run {keys.run_id(read_text(item, 'pk'))}")


def _change(keys: Keys, item: Item) -> Write | None:
    """Return the update that lists a run where it belongs; None if it is listed there."""
    wanted = _places(keys, item)
    if all(item.get(name) == wanted.get(name) for name in _NEW):
        return None
    sets = ", ".join(f"{name} = :{name}" for name in wanted)
    gone = ", ".join(name for name in _NEW if name not in wanted)
    values: dict[str, Any] = {f":{name}": value for name, value in wanted.items()}
    return {
        "UpdateExpression": " ".join([f"SET {sets}"] * bool(sets) + [f"REMOVE {gone}"] * bool(gone)),
        "ConditionExpression": f"#name = :name AND {AT_VERSION}",
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {**values, ":name": item["name"], ":version": item["version"]},
    }


def _places(keys: Keys, item: Item) -> Item:
    """Return the attributes by which the indexes of this form list a run."""
    run = decode_run(keys, item, with_inputs=False)
    listed = flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels)
    listed |= name_index_attributes(keys, run.id, run.name)
    return {name: listed[name] for name in _NEW if name in listed}
