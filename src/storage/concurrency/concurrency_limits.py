"""Concurrency limits in the table. The module concurrency_slots takes and gives back their slots."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from domain.concurrency.counting import Counting
from domain.concurrency.limits import ConcurrencyLimit, LimitKind, limit_id
from domain.rounds import ROUNDS, changed_too_often
from storage.concurrency.concurrency_slots import IS_THERE
from storage.concurrency.slot_counts import SlotCounts
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    instant,
    number,
    read_instant,
    read_number,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.indexes import BY_TENANT, PLANNED
from storage.layout.keys import LIMIT, Keys, key
from storage.layout.queries import in_index

IS_NOT_THERE: Final = "attribute_not_exists(slots)"
# Of several writers of one count, or of the limit, one wins; the others read its progress.
COUNT_IS_AS_READ: Final = "counting = :read"
IS_NOT_COUNTED: Final = "attribute_not_exists(counting)"


class ConcurrencyLimits:
    """The concurrency limits of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def set(self, kind: LimitKind, name: str, limit: int, now: datetime) -> str:
        """Create a limit, or change its number of slots; return its id. A repeat writes the same again.

        Held slots stay held: above a lowered limit they are given back in their time, and a deleted limit has
        counted on. A count of the runs that are Running without a slot begins; a new limit is closed until it
        ends. Raises ApiError.
        """
        identifier = limit_id(self._keys.tenant, kind, name)
        item = self._table.get(self._key(kind, identifier)) or {}
        for _ in range(ROUNDS):
            before = decode_counting(item)
            is_closed = before.is_closed if before else "slots" not in item
            try:
                self._table.update(
                    Key=self._key(kind, identifier),
                    UpdateExpression="SET slots = :slots, #name = :name, updated = :now, "
                    "counting = :counting, tenant_shard = :list, planned_shard = :counted, #order = :id, "
                    "used = if_not_exists(used, :none), created = if_not_exists(created, :now)",
                    ConditionExpression=_as_read(item),
                    ExpressionAttributeNames={"#name": "name", "#order": "order"},
                    ExpressionAttributeValues={
                        ":slots": number(limit),
                        ":name": text(name),
                        ":now": instant(now),
                        ":counting": encode_counting(Counting(since=now, is_closed=is_closed)),
                        ":list": text(self._keys.limits(kind.value)),
                        ":counted": text(self._keys.counted_limits()),
                        ":id": text(identifier),
                        ":none": number(0),
                        **_read(item),
                    },
                )
            except Refused as refused:
                item = refused.items[0] or {}
            else:
                return identifier
        raise changed_too_often(f"Concurrency limit {name!r}")

    def count(self, limit: ConcurrencyLimit, flow_run_ids: Sequence[str]) -> bool:
        """Give a slot to each of these flow runs that is Running and lacks one, even if none is free.

        A limit of a tag counts their task runs. Return False if the limit was deleted. Raises ApiError.
        """
        return SlotCounts(self._table, self._keys, limit).count(flow_run_ids)

    def counted(self) -> list[tuple[LimitKind, str]]:
        """Return the kinds and ids of the limits whose count has not ended."""
        found = self._table.query_all(
            **in_index(PLANNED, self._keys.counted_limits()),
        )
        return [(LimitKind(read_text(item, "pk").split("#")[-2]), _id_of(item)) for item in found]

    def set_counting(self, limit: ConcurrencyLimit, counting: Counting | None) -> None:
        """Store the progress of a limit's count; None for its end. `limit` is the limit as it was read.

        Nothing is stored if the count has come further, or if the limit was changed or deleted since.
        """
        item = {"slots": True} | ({"counting": encode_counting(limit.counting)} if limit.counting else {})
        values = _read(item) | ({":counting": encode_counting(counting)} if counting else {})
        with suppress(Refused):
            self._table.update(
                Key=self._key(limit.kind, limit.id),
                UpdateExpression="SET counting = :counting" if counting else "REMOVE counting, planned_shard",
                ConditionExpression=_as_read(item),
                **({"ExpressionAttributeValues": values} if values else {}),
            )

    def get(
        self, kind: LimitKind, limit_ids: Sequence[str], *, consistent: bool = True
    ) -> list[ConcurrencyLimit]:
        """Read limits by id, in any order, without those that do not exist."""
        keys = [self._key(kind, identifier) for identifier in limit_ids]
        found = self._table.batch_get(keys, consistent=consistent) if keys else []
        return [self._limit(kind, item) for item in found if "slots" in item]

    def named(self, kind: LimitKind, names: Sequence[str], *, consistent: bool) -> list[ConcurrencyLimit]:
        """Read the limits that hold for these names, in the order of the names."""
        ids = [limit_id(self._keys.tenant, kind, name) for name in names]
        found = {limit.id: limit for limit in self.get(kind, ids, consistent=consistent)}
        return [found[identifier] for identifier in ids if identifier in found]

    def ids(self, kind: LimitKind, most: int) -> list[str]:
        """Return the ids of at most `most` limits."""
        page = self._table.query(
            **in_index(BY_TENANT, self._keys.limits(kind.value)),
            Limit=most,
        )
        return [_id_of(item) for item in page.items]

    def delete(self, kind: LimitKind, identifier: str) -> bool:
        """Delete a limit. Return True if there was one.

        Its count stays, because slots of the limit may be held and come back later.
        """
        try:
            self._table.update(
                Key=self._key(kind, identifier),
                UpdateExpression="REMOVE slots, created, counting, tenant_shard, planned_shard, #order",
                ConditionExpression=IS_THERE,
                ExpressionAttributeNames={"#order": "order"},
            )
        except Refused as refused:
            # An earlier attempt whose response was lost has deleted the limit itself.
            return refused.after_unheard
        return True

    def _key(self, kind: LimitKind, identifier: str) -> Item:
        return key(self._keys.limit(kind.value, identifier), LIMIT)

    def _limit(self, kind: LimitKind, item: Item) -> ConcurrencyLimit:
        return ConcurrencyLimit(
            id=_id_of(item),
            tenant_id=self._keys.tenant,
            kind=kind,
            name=read_text(item, "name"),
            limit=read_number(item, "slots"),
            used=read_number(item, "used"),
            created=read_instant(item, "created"),
            updated=read_instant(item, "updated"),
            counting=decode_counting(item),
        )


def _id_of(item: Item) -> str:
    return read_text(item, "pk").rpartition("#")[2]


def _as_read(item: Item) -> str:
    """Return the condition that a limit still exists, or not, and that its count is where it was read."""
    there = IS_THERE if "slots" in item else IS_NOT_THERE
    return f"{there} AND {COUNT_IS_AS_READ if 'counting' in item else IS_NOT_COUNTED}"


def _read(item: Item) -> Item:
    return {":read": item["counting"]} if "counting" in item else {}


def encode_counting(counting: Counting) -> Item:
    """Return the progress of a count as an attribute of the limit's item."""
    return {
        "M": {
            "since": instant(counting.since),
            **({"closed": {"BOOL": True}} if counting.is_closed else {}),
            **({"late": {"BOOL": True}} if counting.is_late else {}),
            **({"after": text(counting.after)} if counting.after is not None else {}),
        }
    }


def decode_counting(item: Item) -> Counting | None:
    """Return the progress of the count in a limit's item; None if the count has ended."""
    if "counting" not in item:
        return None
    parts = item["counting"]["M"]
    return Counting(
        since=read_instant(parts, "since"),
        is_closed="closed" in parts,
        is_late="late" in parts,
        after=read_optional_text(parts, "after"),
    )
