"""Follow-ups in the table: one item at most in a run's partition, listed by the time at which it was put."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from domain.recovery.follow_ups import FollowUp
from storage.dynamodb.items import Item
from storage.dynamodb.table import Refused, Table
from storage.flow_runs.run_lists import RunLists
from storage.layout.attributes import instant_of_order, instant_order, read_text, text
from storage.layout.keys import FOLLOW_UP, Keys, key

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
        order = order_of(FollowUp(flow_run_id, now))
        marks: Item = {"planned_shard": text(shard), "order": text(order)}
        if deletes:
            marks["deletes"] = {"BOOL": True}
        self._table.update(
            Key=self._key(flow_run_id),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in marks)}",
            ExpressionAttributeNames={f"#{name}": name for name in marks},
            ExpressionAttributeValues={f":{name}": value for name, value in marks.items()},
        )

    def due(self, latest: datetime, after: FollowUp | None = None) -> Iterator[FollowUp]:
        """Those that were put until then, in the order of the times, from behind the one that is given.

        Read only as far as they are used. It is the index's view, perhaps a moment late, and does not tell of
        deletions: `get` does.
        """
        start = order_of(after) if after else None
        entries = self._lists.entries(self._lists.follow_ups(start, latest), descending=False)
        return (follow_up_at(order) for order, _ in entries if order != start)

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
                ExpressionAttributeValues={":order": text(order_of(follow_up))},
            )
        except Refused:
            return False
        return True

    def _key(self, flow_run_id: str) -> Item:
        return key(self._keys.run(flow_run_id), FOLLOW_UP)

    def _decode(self, item: Item) -> FollowUp:
        return replace(follow_up_at(read_text(item, "order")), deletes="deletes" in item)


def order_of(follow_up: FollowUp) -> str:
    """Sort key of a follow-up: the time at which it was put, then the run, so that it is no other's."""
    return f"{instant_order(follow_up.at)}#{follow_up.flow_run_id}"


def follow_up_at(order: str) -> FollowUp:
    """The follow-up that stands at a sort key, so far as that tells."""
    at, _, flow_run_id = order.partition("#")
    return FollowUp(flow_run_id, instant_of_order(at))
