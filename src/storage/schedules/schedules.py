"""The records of schedules in the table: one item for each group whose schedule was ever switched on."""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.schedules.runs.records import Decided, ScheduleRecord
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.items import Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import encode_run
from storage.flow_runs.run_lists import RunLists
from storage.flows.flow_writes import touch
from storage.histories.history_items import old_states
from storage.layout.attributes import instant_of_order, instant_order, number, read_text, text
from storage.layout.conditions import AT_VERSION, EXISTS, IS_NEW
from storage.layout.indexes import PLANNED
from storage.layout.keys import DETAILS, FLOW, RUN, SCHEDULE, Keys, key
from storage.queue.waiting_sets import WaitingSets
from storage.schedules.backfill_items import note_run
from storage.schedules.occurrence_items import encode_occurrence, occurrence_key
from storage.schedules.schedule_items import AS_READ, decode_record, encode_record

# A run that nobody has touched: no state was set since it was read, and no name or labels ever.
UNTOUCHED: Final = f"{AT_VERSION} AND #state = :scheduled AND #auto = :true AND attribute_not_exists(updated)"
# The keys in a page of one shard. Usually only the first one is needed.
_FEW: Final = 10


class Schedules:
    """The schedules of one tenant's flow groups."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._lists = RunLists(table, keys)

    def due(self, latest: datetime, first_shard: int) -> Iterator[str]:
        """Yield the groups whose schedules need work by `latest`, shard by shard, each in the order of time.

        The list comes from an index, so it may be a moment late. It is read only as far as it is used.
        """
        shards = self._keys.shards
        for shard in ((first_shard + place) % shards for place in range(shards)):
            for order, _ in self._lists.entries([self._due_in(shard, latest)], descending=False):
                yield order.partition("#")[2]

    def oldest_due(self, latest: datetime, without: Container[str]) -> datetime | None:
        """Return since when the first schedule needs work, of those that need some by `latest`.

        The groups in `without` do not count, because the index may still have the ones that were looked at.
        """
        parts = [self._due_in(shard, latest) for shard in range(self._keys.shards)]
        for order, _ in self._lists.entries(parts, descending=False, first_page=_FEW):
            since, _, group_id = order.partition("#")
            if group_id not in without:
                return instant_of_order(since)
        return None

    def _due_in(self, shard: int, latest: datetime) -> Range:
        return Range(PLANNED, self._keys.schedules(shard), None, f"{instant_order(latest)}~")

    def get(self, group_id: str) -> ScheduleRecord | None:
        """Return the record of a group, read consistently; None if its schedule was never switched on."""
        item = self._table.get(key(self._keys.group(group_id), SCHEDULE))
        return None if item is None else decode_record(item, self._table.memory)

    def records(self, group_ids: Sequence[str]) -> list[ScheduleRecord]:
        """Return the records of those of these groups whose schedules were ever switched on."""
        found = self._table.batch_get([key(self._keys.group(group_id), SCHEDULE) for group_id in group_ids])
        return [decode_record(item, self._table.memory) for item in found]

    def faults(self, group_ids: Sequence[str]) -> dict[str, str]:
        """Return why schedules make no runs, by the group, for those of these groups that have a fault."""
        found = self._table.batch_get([key(self._keys.group(group_id), SCHEDULE) for group_id in group_ids])
        return {
            read_text(item, "pk").rpartition("#")[2]: read_text(item, "fault")
            for item in found
            if "fault" in item
        }

    def keep(self, before: ScheduleRecord, decided: Decided, tick: bytes) -> set[str] | None:
        """Write a record with the runs of its occurrences, and the skipped occurrences, all or nothing.

        An occurrence that runs `again` is no longer noted as skipped. Of those that are `late` a backfill may
        have made runs: then the ids of these runs are returned, and nothing is written. Return None if the
        record has changed since it was read, the empty set after a success. A repeat after a lost response
        finds its own token in the record. Raises PayloadTooLarge.
        """
        group_id = before.group_id
        put = {
            "Item": encode_record(self._keys, decided.after, tick),
            "ConditionExpression": AS_READ,
            "ExpressionAttributeValues": {":revision": number(before.revision)},
        }
        writes: list[Write] = [{"Put": put}]
        writes += [
            note_run(self._keys, group_id, run.event, run.gifts, run.flow_run_id) for run in decided.late
        ]
        for run in decided.runs:
            items = encode_run(self._keys, run)
            writes += [{"Put": {"Item": item, "ConditionExpression": IS_NEW}} for item in items]
        writes += [{"Put": {"Item": encode_occurrence(self._keys, each)}} for each in decided.skipped]
        places = (occurrence_key(self._keys, group_id, run.time, run.gifts) for run in decided.again)
        writes += [{"Delete": {"Key": place}} for place in places]
        try:
            if len(writes) > 1:
                self._table.transact(writes)
            else:
                self._table.put(**put)
        except Refused as refused:
            item = refused.items[0]
            if item is not None:
                return set() if item.get("tick", {}).get("B") == tick else None
            notes = zip(decided.late, refused.items[1 : 1 + len(decided.late)], strict=True)
            return {run.flow_run_id for run, note in notes if note is not None}
        return set()

    def set_active(self, flow_id: str, group_id: str, now: datetime, *, active: bool) -> bool:
        """Switch a flow's schedule on or off. Return False if there is no such flow."""
        update: dict[str, Any] = {
            "Key": key(self._keys.flow(flow_id), FLOW),
            "UpdateExpression": "SET schedule_active = :active",
            "ConditionExpression": EXISTS,
            "ExpressionAttributeValues": {":active": {"BOOL": active}},
        }
        try:
            self._table.transact([{"Update": update}, touch(self._keys, group_id, now)])
        except Refused:
            return False
        return True

    def waiting(self, labels: Sequence[str], latest: datetime) -> Iterator[str]:
        """Yield the runs with these labels that wait and were due by `latest`, in the order of time."""
        for _, item in WaitingSets(self._table, self._keys).of_labels(labels, latest):
            if read_text(item, "sk") == RUN:
                yield self._keys.run_id(read_text(item, "pk"))

    def remove_untouched(self, versions: Mapping[str, int]) -> set[str]:
        """Delete those of the runs that nobody has touched since they were read. Return the deleted ones.

        `versions` are the versions with which they were read, by their ids: 1,000 at most.
        """
        removed = [partial(self._remove, run_id, version) for run_id, version in versions.items()]
        return set(filter(None, self._table.parallel(removed)))

    def _remove(self, flow_run_id: str, version: int) -> str | None:
        pk = self._keys.run(flow_run_id)
        head: dict[str, Any] = {
            "Key": key(pk, RUN),
            "ConditionExpression": UNTOUCHED,
            "ExpressionAttributeNames": {"#state": "state", "#auto": "auto"},
            "ExpressionAttributeValues": {
                ":version": number(version),
                ":scheduled": text("Scheduled"),
                ":true": {"BOOL": True},
            },
        }
        others = [DETAILS, *old_states(version)]
        with suppress(Refused):
            self._table.transact([{"Delete": head}, *({"Delete": {"Key": key(pk, sk)}} for sk in others)])
            return flow_run_id
        return None
