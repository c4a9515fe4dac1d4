"""Form 4: a run is found by its name, which follows from its id, or under which an index lists the run.

Earlier releases made up names that do not follow from ids, and had no such index. So all their runs are
listed, as if each had been given its name.
"""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from domain.formats import MigrationPiece
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.dynamodb.walks import convert_all, page_of
from storage.flow_runs.flow_run_items import name_index_attributes
from storage.layout.attributes import read_text
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import Keys, key_of


def list_names(table: Table, keys: Keys, position: str | None, _now: datetime) -> MigrationPiece:
    """List a page of runs under their names."""
    shards = [keys.tenant_runs(shard) for shard in range(keys.shards)]
    found, after = page_of(table, BY_TENANT, shards, position)
    items = table.batch_get(found, consistent=True)
    return MigrationPiece(after, convert_all(table, items, partial(_list, table, keys)))


def _list(table: Table, keys: Keys, item: Item) -> None:
    """List a run under its name, unless it is listed there.

    A release before this form that renames a listed run leaves it under its former name, so the second pass
    looks at all runs again. The place follows from id and name: it is right while the name is as it was read.
    """
    name = item["name"]
    listed = name_index_attributes(keys, keys.run_id(read_text(item, "pk")), read_text(item, "name"))
    if item.get("name_shard") == listed.get("name_shard"):
        return
    values: dict[str, Any] = {":name": name}
    change = "REMOVE name_shard"
    if listed:
        change, values[":shard"] = "SET name_shard = :shard", listed["name_shard"]
    with suppress(Refused):
        table.update(
            Key=key_of(item),
            UpdateExpression=change,
            ConditionExpression="#name = :name",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues=values,
        )
