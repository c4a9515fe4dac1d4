"""Concurrency limits in the table: an item each, whose counter changes with the runs that hold its slots."""

from collections.abc import Sequence
from datetime import datetime

from domain.limits import Limit, LimitKind, limit_id
from domain.times import from_micros, to_micros
from storage.concurrency_slots import LIMIT
from storage.keys import Item, Keys, key
from storage.table import Refused, Table

HAS_SLOTS = "attribute_exists(slots)"


class Limits:
    """The concurrency limits of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def put(self, kind: LimitKind, name: str, slots: int, now: datetime) -> str:
        """Set how many slots there are; the slots that are taken stay taken. Answers the limit's id."""
        identifier = limit_id(self._keys.tenant, kind, name)
        self._table.update(
            Key=self._key(identifier),
            UpdateExpression=(
                "SET slots = :slots, #name = :name, kind = :kind, updated = :now, tenant_shard = :shard, "
                "#order = :name, created = if_not_exists(created, :now), used = if_not_exists(used, :zero)"
            ),
            ExpressionAttributeNames={"#name": "name", "#order": "order"},
            ExpressionAttributeValues={
                ":slots": {"N": str(slots)},
                ":name": {"S": name},
                ":kind": {"S": kind.value},
                ":now": {"N": str(to_micros(now))},
                ":shard": {"S": self._keys.limits(kind.value)},
                ":zero": {"N": "0"},
            },
        )
        return identifier

    def remove(self, identifier: str) -> bool:
        """Take a limit away; answers whether there was one.

        Its counter stays, so that slots which are given back later are not counted twice.
        """
        try:
            self._table.update(
                Key=self._key(identifier),
                UpdateExpression="REMOVE slots, tenant_shard, #order",
                ConditionExpression=HAS_SLOTS,
                ExpressionAttributeNames={"#order": "order"},
            )
        except Refused:
            return False
        return True

    def get(self, identifiers: Sequence[str], *, consistent: bool = True) -> list[Limit]:
        """Read limits by id, without those that don't exist."""
        items = self._table.batch_get([self._key(each) for each in identifiers], consistent=consistent)
        return [self._decode(item) for item in items if "slots" in item]

    def named(self, kind: LimitKind, names: Sequence[str]) -> list[Limit]:
        """The limits with these names: half a read unit each, whether or not they exist.

        A limit that was made a moment ago may be missing. Which slots are free is never read, but decided
        by the write that takes one.
        """
        return self.get([limit_id(self._keys.tenant, kind, name) for name in names], consistent=False)

    def ids(self, kind: LimitKind, limit: int) -> list[str]:
        """Ids of the limits of one kind, by name."""
        page = self._table.query(
            IndexName="by_tenant",
            KeyConditionExpression="tenant_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": self._keys.limits(kind.value)}},
            Limit=limit,
        )
        return [item["pk"]["S"].rpartition("#")[2] for item in page.items]

    def _key(self, identifier: str) -> Item:
        return key(self._keys.limit(identifier), LIMIT)

    def _decode(self, item: Item) -> Limit:
        return Limit(
            id=item["pk"]["S"].rpartition("#")[2],
            tenant_id=self._keys.tenant,
            kind=LimitKind(item["kind"]["S"]),
            name=item["name"]["S"],
            slots=int(item["slots"]["N"]),
            used=int(item["used"]["N"]),
            created=from_micros(int(item["created"]["N"])),
            updated=from_micros(int(item["updated"]["N"])),
        )
