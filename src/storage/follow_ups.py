"""Follow-ups in the table: one item at most in a run's partition, listed by the time at which it was put."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from domain.follow_ups import FollowUp
from storage.flow_run_items import start_in, start_order
from storage.keys import FOLLOW_UP, Item, Keys, key
from storage.run_lists import RunLists
from storage.table import Refused, Table

# Who puts it once more has new work for it: then it must not go away with what is done.
IS_AS_READ: Final = "#order = :order"


class FollowUps:
    """The follow-ups of one tenant's runs."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def put(self, flow_run_id: str, now: datetime, *, deletes: bool = False) -> None:
        """Mark a run, whether or not there is such a one; one that is being deleted stays marked so."""
        shard = self._keys.follow_ups(self._keys.shard_of(flow_run_id))
        marks: Item = {"planned_shard": {"S": shard}, "order": {"S": start_order(now)}}
        if deletes:
            marks["deletes"] = {"BOOL": True}
        self._table.update(
            Key=self._key(flow_run_id),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in marks)}",
            ExpressionAttributeNames={f"#{name}": name for name in marks},
            ExpressionAttributeValues={f":{name}": value for name, value in marks.items()},
        )

    def due(self, latest: datetime, earliest: datetime | None = None) -> Iterator[FollowUp]:
        """Those that were put between these times, both included, in the order of the times.

        Read only as far as they are used. It is the index's view, perhaps a moment late, and does not tell of
        deletions: `get` does.
        """
        entries = self._lists.entries(self._lists.follow_ups(earliest, latest), descending=False)
        return (FollowUp(self._keys.run_id(item["pk"]["S"]), start_in(order)) for order, item in entries)

    def get(self, flow_run_ids: Sequence[str]) -> list[FollowUp]:
        """Read them as of now, in the order of the ids, without those that are done."""
        found = self._table.batch_get([self._key(each) for each in flow_run_ids], consistent=True)
        follow_ups = {each.flow_run_id: each for each in map(self._decode, found)}
        return [follow_ups[each] for each in flow_run_ids if each in follow_ups]

    def remove(self, follow_up: FollowUp) -> bool:
        """Take it away as it was read; False when it was put once more meanwhile, or is gone."""
        try:
            self._table.delete(
                Key=self._key(follow_up.flow_run_id),
                ConditionExpression=IS_AS_READ,
                ExpressionAttributeNames={"#order": "order"},
                ExpressionAttributeValues={":order": {"S": start_order(follow_up.at)}},
            )
        except Refused:
            return False
        return True

    def _key(self, flow_run_id: str) -> Item:
        return key(self._keys.run(flow_run_id), FOLLOW_UP)

    def _decode(self, item: Item) -> FollowUp:
        return FollowUp(self._keys.run_id(item["pk"]["S"]), start_in(item["order"]["S"]), "deletes" in item)
