"""Backfills in the table: their progress, their plans, and what they have made of occurrences."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.schedules.runs.backfill_plans import BackfillPlan, Planned
from domain.schedules.runs.backfills import Backfill
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import encode_run
from storage.flow_runs.run_lists import RunLists
from storage.layout.attributes import instant_of_order, instant_order, number, read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.indexes import BY_TENANT, PLANNED
from storage.layout.keys import BACKFILL, GROUP, PLAN, Keys, key, key_of
from storage.layout.queries import in_partition
from storage.schedules.backfill_items import (
    AS_READ,
    asked_key,
    asked_order,
    backfill_of_entry,
    decode_backfill,
    decode_plan,
    encode_backfill,
    encode_plan,
    entry_key,
    note_run,
)
from storage.schedules.occurrence_items import occurrence_key

_BATCH: Final = 100


class Backfills:
    """The backfills of one tenant's schedules."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._lists = RunLists(table, keys)

    def create(self, backfill: Backfill, plan: BackfillPlan, now: datetime, token: bytes) -> Backfill | None:
        """Store a new backfill with its plan, all or nothing. Return the one that is stored.

        A backfill with this id that is there already stays as it is. Return None if the group has no version
        that is not archived: a deletion archives first, so that it finds all backfills. Raises
        PayloadTooLarge.
        """
        item, group_id = encode_backfill(self._keys, backfill, now, token), backfill.request.flow_group_id
        writes: list[Write] = [
            {"Put": {"Item": item, "ConditionExpression": IS_NEW}},
            {
                "ConditionCheck": {
                    "Key": key(self._keys.group(group_id), GROUP),
                    "ConditionExpression": "attribute_exists(current_flow_id)",
                }
            },
            {"Put": {"Item": encode_plan(self._keys, backfill.id, plan)}},
            {"Put": {"Item": entry_key(self._keys, group_id, backfill.id)}},
        ]
        try:
            self._table.transact(writes)
        except Refused as refused:
            standing = refused.items[0]
            return decode_backfill(standing) if standing else None
        return backfill

    def get(self, backfill_id: str) -> Backfill | None:
        """Return a backfill, read consistently; None if there is none."""
        item = self._table.get(key(self._keys.backfill(backfill_id), BACKFILL))
        return None if item is None else decode_backfill(item)

    def of_ids(self, backfill_ids: Sequence[str]) -> list[Backfill]:
        """Return those of these backfills that there are, in any order."""
        keys = [key(self._keys.backfill(backfill_id), BACKFILL) for backfill_id in backfill_ids]
        return list(map(decode_backfill, self._table.batch_get(keys)))

    def plan(self, backfill_id: str) -> BackfillPlan | None:
        """Return the plan of a backfill, which goes with the backfill; None if there is none."""
        item = self._table.get(key(self._keys.backfill(backfill_id), PLAN))
        return None if item is None else decode_plan(item, self._table.memory)

    def due(self, latest: datetime) -> Iterator[str]:
        """Yield the backfills that somebody has to look at by `latest`, in the order of time."""
        part = Range(PLANNED, self._keys.backfills(), None, f"{instant_order(latest)}~")
        for order, _ in self._lists.entries([part], descending=False):
            yield order.partition("#")[2]

    def of_tenant(self) -> Iterator[Backfill]:
        """Yield the backfills of a tenant, in any order."""
        part = Range(BY_TENANT, self._keys.backfills())
        entries = self._lists.entries([part], descending=True)
        while batch := [key_of(entry) for _, entry in islice(entries, _BATCH)]:
            yield from map(decode_backfill, self._table.batch_get(batch))

    def keep(
        self,
        before: Backfill,
        after: Backfill,
        next_look: datetime | None,
        token: bytes,
        runs: Sequence[tuple[Planned, FlowRun]] = (),
    ) -> set[str] | None:
        """Write the progress of a backfill with the runs that it makes, all or nothing.

        Return the ids of those of the runs whose occurrences have another run by now: then nothing is
        written, unless there are none. Return None if the backfill has changed since it was read. A repeat
        after a lost response finds its own token. Raises PayloadTooLarge.
        """
        put = {
            "Item": encode_backfill(self._keys, after, next_look, token),
            "ConditionExpression": AS_READ,
            "ExpressionAttributeValues": {":revision": number(before.revision)},
        }
        group_id = before.request.flow_group_id
        writes: list[Write] = [{"Put": put}]
        writes += [
            note_run(self._keys, group_id, planned.event, planned.gifts, run.id, planned.known)
            for planned, run in runs
        ]
        for _, run in runs:
            items = encode_run(self._keys, run)
            writes += [{"Put": {"Item": item, "ConditionExpression": IS_NEW}} for item in items]
        for planned, _ in runs:
            if planned.skipped is not None:
                place = occurrence_key(self._keys, group_id, planned.skipped, planned.gifts)
                writes.append({"Delete": {"Key": place}})
        try:
            if runs:
                self._table.transact(writes)
            else:
                self._table.put(**put)
        except Refused as refused:
            return self._lost(refused, token, runs)
        return set()

    @staticmethod
    def _lost(refused: Refused, token: bytes, runs: Sequence[tuple[Planned, FlowRun]]) -> set[str] | None:
        standing = refused.items[0]
        if standing is not None:
            is_own = standing.get("tick", {}).get("B") == token
            return set() if is_own else None
        notes = refused.items[1 : 1 + len(runs)]
        return {run.id for (_, run), note in zip(runs, notes, strict=True) if note is not None}

    def noted(self, flow_group_id: str, first: datetime, last: datetime) -> dict[tuple[datetime, str], str]:
        """Return the runs that are noted of the occurrences of a group within these times.

        The times are those before the spread.
        """
        found: dict[tuple[datetime, str], str] = {}
        for item in self._notes(flow_group_id, instant_order(first), instant_order(last)):
            order, _, gifts = read_text(item, "sk").partition("#")
            found[instant_of_order(order), gifts] = read_text(item, "flow_run_id")
        return found

    def note_asked(self, flow_group_id: str, time: datetime, flow_run_id: str) -> None:
        """Note that a run is about to be made long after its time; else no backfill would look for it."""
        self._table.put(Item=asked_key(self._keys, flow_group_id, time, flow_run_id))

    def forget_asked(self, flow_group_id: str, time: datetime, flow_run_id: str) -> None:
        """Delete the note of a run that was not made."""
        self._table.delete(Key=asked_key(self._keys, flow_group_id, time, flow_run_id))

    def asked(self, flow_group_id: str, first: datetime, last: datetime) -> list[str]:
        """Return the runs that were asked for long after their times, which are within these."""
        items = self._notes(flow_group_id, asked_order(first), asked_order(last))
        return [read_text(item, "sk").rpartition("#")[2] for item in items]

    def _notes(self, flow_group_id: str, first: str, last: str) -> Sequence[Item]:
        bounds = {":first": text(first), ":last": text(f"{last}~")}
        return self._table.query_all(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={":pk": text(self._keys.backfilled(flow_group_id)), **bounds},
            ConsistentRead=True,
        )

    def delete_of_group(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool:
        """Delete the backfills of a group, and what they have noted. Return False if time ran out before.

        The entry that leads to a backfill goes last, so that a repeat finds what is left.
        """
        notes = in_partition(self._keys.backfilled(flow_group_id))
        for page in self._table.pages(**notes, ProjectionExpression="pk, sk", ConsistentRead=True):
            if not has_time():
                return False
            pks = [self._keys.backfill(found) for found in filter(None, map(backfill_of_entry, page.items))]
            self._delete([key(pk, sk) for pk in pks for sk in (PLAN, BACKFILL)])
            self._delete([key_of(item) for item in page.items])
        return True

    def _delete(self, keys: Sequence[Item]) -> None:
        self._table.parallel([partial(self._table.delete, Key=item_key) for item_key in keys])
