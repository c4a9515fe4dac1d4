"""Key-values in the table, each an item."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.access.secrets import KeyValue, key_value_id
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.layout.attributes import instant, read_instant, read_text, text
from storage.layout.codec import kept_packed, pack
from storage.layout.conditions import EXISTS
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import KEY_VALUE, Keys, key
from storage.layout.queries import in_index


class KeyValues:
    """The key-values of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def put(self, name: str, value: Any, now: datetime) -> str:
        """Store a value in place of an earlier one. Return its id."""
        identifier = key_value_id(self._keys.tenant, name)
        self._table.update(
            Key=self._key(identifier),
            UpdateExpression=(
                "SET #name = :name, #value = :value, updated = :now, tenant_shard = :shard, #order = :name, "
                "created = if_not_exists(created, :now)"
            ),
            ExpressionAttributeNames={"#name": "name", "#value": "value", "#order": "order"},
            ExpressionAttributeValues={
                ":name": text(name),
                ":value": {"B": pack(value)},
                ":now": instant(now),
                ":shard": text(self._keys.key_values()),
            },
        )
        return identifier

    def delete(self, identifier: str) -> bool:
        """Delete a value. Return True if it existed."""
        return self._table.delete_existing(Key=self._key(identifier), ConditionExpression=EXISTS)

    def get(self, identifiers: Sequence[str]) -> list[KeyValue]:
        """Return the values with these ids that exist."""
        items = self._table.batch_get([self._key(identifier) for identifier in identifiers], consistent=True)
        return [self._decode(item) for item in items]

    def named(self, names: Sequence[str]) -> list[KeyValue]:
        """Return the values with these keys that exist."""
        return self.get([key_value_id(self._keys.tenant, name) for name in names])

    def ids(self, limit: int) -> list[str]:
        """Return the ids of up to `limit` values, in the order of their keys."""
        page = self._table.query(
            **in_index(BY_TENANT, self._keys.key_values()),
            Limit=limit,
        )
        return [read_text(item, "pk").rpartition("#")[2] for item in page.items]

    def _key(self, identifier: str) -> Item:
        return key(self._keys.key_value(identifier), KEY_VALUE)

    def _decode(self, item: Item) -> KeyValue:
        return KeyValue(
            id=read_text(item, "pk").rpartition("#")[2],
            tenant_id=self._keys.tenant,
            key=read_text(item, "name"),
            value=kept_packed(item["value"]["B"], self._table.memory),
            created=read_instant(item, "created"),
            updated=read_instant(item, "updated"),
        )
