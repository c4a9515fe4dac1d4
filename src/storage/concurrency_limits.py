"""Concurrency limits in the table. How their slots are taken and given back is in concurrency_slots."""

from collections.abc import Sequence
from datetime import datetime

from domain.limits import ConcurrencyLimit, Limited, limit_id
from domain.times import from_micros, to_micros
from storage.history_writes import EXISTS
from storage.keys import LIMIT, Item, Keys, key
from storage.table import Table


class ConcurrencyLimits:
    """The concurrency limits of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def set(self, kind: Limited, name: str, limit: int, now: datetime) -> str:
        """Make a limit, or change how many slots it has; answers its id. A repeat writes the same again.

        Slots that are held are not touched: above a lowered limit they are given back in their time, and a
        limit that was deleted has counted on.
        """
        identifier = limit_id(self._keys.tenant, kind, name)
        self._table.update(
            Key=self._key(kind, identifier),
            UpdateExpression="SET slots = :slots, #name = :name, updated = :now, tenant_shard = :list, "
            "#order = :id, used = if_not_exists(used, :none), created = if_not_exists(created, :now)",
            ExpressionAttributeNames={"#name": "name", "#order": "order"},
            ExpressionAttributeValues={
                ":slots": {"N": str(limit)},
                ":name": {"S": name},
                ":now": {"N": str(to_micros(now))},
                ":id": {"S": identifier},
                ":list": {"S": self._keys.limits(kind.value)},
                ":none": {"N": "0"},
            },
        )
        return identifier

    def get(
        self, kind: Limited, limit_ids: Sequence[str], *, consistent: bool = True
    ) -> list[ConcurrencyLimit]:
        """Read limits by id, in any order, without those that don't exist (any more)."""
        keys = [self._key(kind, each) for each in limit_ids]
        found = self._table.batch_get(keys, consistent=consistent) if keys else []
        return [self._limit(kind, item) for item in found if "slots" in item]

    def named(self, kind: Limited, names: Sequence[str], *, consistent: bool) -> list[ConcurrencyLimit]:
        """Read the limits that hold for these names, in the order of the names."""
        ids = [limit_id(self._keys.tenant, kind, name) for name in names]
        found = {limit.id: limit for limit in self.get(kind, ids, consistent=consistent)}
        return [found[each] for each in ids if each in found]

    def ids(self, kind: Limited, most: int) -> list[str]:
        """The ids of at most so many limits."""
        page = self._table.query(
            IndexName="by_tenant",
            KeyConditionExpression="tenant_shard = :list",
            ExpressionAttributeValues={":list": {"S": self._keys.limits(kind.value)}},
            Limit=most,
        )
        return [_id_of(item) for item in page.items]

    def delete(self, kind: Limited, identifier: str) -> bool:
        """Delete a limit; answers whether there was one.

        Its count stays, since slots of it may be held and come back later.
        """
        there = bool(self.get(kind, [identifier]))
        if there:
            self._table.update(
                Key=self._key(kind, identifier),
                UpdateExpression="REMOVE slots, created, tenant_shard, #order",
                ConditionExpression=EXISTS,
                ExpressionAttributeNames={"#order": "order"},
            )
        return there

    def _key(self, kind: Limited, identifier: str) -> Item:
        return key(self._keys.limit(kind.value, identifier), LIMIT)

    def _limit(self, kind: Limited, item: Item) -> ConcurrencyLimit:
        return ConcurrencyLimit(
            id=_id_of(item),
            tenant_id=self._keys.tenant,
            kind=kind,
            name=item["name"]["S"],
            limit=int(item["slots"]["N"]),
            used=int(item["used"]["N"]),
            created=from_micros(int(item["created"]["N"])),
            updated=from_micros(int(item["updated"]["N"])),
        )


def _id_of(item: Item) -> str:
    identifier: str = item["pk"]["S"].rpartition("#")[2]
    return identifier
