"""The audit trail in the table: an item for each change, in partitions by shard, in the order of time."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from domain.access.audit import AuditEntry, Outcome
from domain.access.authors import Author, Origin
from domain.ids import created_from_id, first_id_at, time_ordered_id
from domain.times import EPOCH
from storage.dynamodb.aws_errors import AWS_ERRORS
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import (
    epoch_second_rounded_up,
    number,
    read_optional_text,
    read_text,
    read_texts,
    text,
    texts,
)
from storage.layout.authors import decode_author, encode_author
from storage.layout.conditions import EXISTS, IS_NEW
from storage.layout.keys import Keys, key

# The earliest and the latest time of a list, both included.
Times = tuple[datetime | None, datetime | None]
_PAGE: Final = 100
_NAME_BYTES: Final = 100


class AuditTrail:
    """The audit trail of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys

    def put(self, entry: AuditEntry, forgotten: datetime) -> None:
        """Store a new entry, which DynamoDB deletes some time after `forgotten`. Raises ApiError.

        A first attempt that arrives after its repeat finds an item, which may say more by then.
        """
        item: Item = {
            **self._key(entry.id),
            "mutation": text(entry.mutation),
            **encode_author(entry.author, _NAME_BYTES),
            "targets": texts(entry.targets),
            "request": text(entry.origin.request_id),
            "address": text(entry.origin.source_ip),
            "user_agent": text(entry.origin.user_agent),
            "expires": number(epoch_second_rounded_up(forgotten)),
        }
        try:
            self._table.put(Item=item, ConditionExpression=IS_NEW)
        except Refused as refused:
            if not refused.after_unheard:
                raise

    def note(self, entry_id: str, outcome: Outcome, code: str | None) -> None:
        """Note how a change went. A failure is no error: the entry then says that the change was begun."""
        changes, values = "outcome = :outcome", {":outcome": text(outcome.value)}
        if code is not None:
            changes, values[":code"] = f"{changes}, code = :code", text(code)
        try:
            self._table.update(
                Key=self._key(entry_id),
                UpdateExpression=f"SET {changes}",
                ConditionExpression=EXISTS,
                ExpressionAttributeValues=values,
            )
        except (Refused, *AWS_ERRORS):
            return

    def get(self, entry_ids: Sequence[str]) -> list[AuditEntry]:
        """Return the entries with these ids that exist."""
        items = self._table.batch_get([self._key(entry_id) for entry_id in entry_ids], consistent=True)
        return [self._decode(item) for item in items]

    def in_order(self, times: Times, *, descending: bool, page: int = _PAGE) -> Iterator[AuditEntry]:
        """Yield the entries of some time in the order of time, read as far as they are used."""
        earliest, latest = times
        lower = " " if earliest is None else first_id_at(earliest)
        upper = "~" if latest is None else time_ordered_id(max(latest, EPOCH), -1)
        if lower > upper:  # the database refuses such a range
            return iter(())
        shards = [
            self._of_shard(shard, (lower, upper), descending=descending, page=page)
            for shard in range(self._keys.shards)
        ]
        return heapq.merge(*shards, key=attrgetter("id"), reverse=descending)

    def _of_shard(
        self, shard: int, bounds: tuple[str, str], *, descending: bool, page: int
    ) -> Iterator[AuditEntry]:
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :lower AND :upper",
            "ExpressionAttributeValues": {
                ":pk": text(self._keys.audit(shard)),
                ":lower": text(bounds[0]),
                ":upper": text(bounds[1]),
            },
            "ConsistentRead": True,
        }
        for read in self._table.pages(**query, ScanIndexForward=not descending, Limit=page):
            yield from map(self._decode, read.items)

    def _key(self, entry_id: str) -> Item:
        return key(self._keys.audit(self._keys.shard_of(entry_id)), entry_id)

    def _decode(self, item: Item) -> AuditEntry:
        entry_id = read_text(item, "sk")
        return AuditEntry(
            id=entry_id,
            tenant_id=self._keys.tenant,
            created=created_from_id(entry_id),
            mutation=read_text(item, "mutation"),
            author=decode_author(item) or Author(""),
            targets=tuple(read_texts(item, "targets")),
            origin=Origin(
                read_text(item, "request"), read_text(item, "address"), read_text(item, "user_agent")
            ),
            outcome=Outcome(read_optional_text(item, "outcome") or Outcome.BEGUN.value),
            code=read_optional_text(item, "code"),
        )
