"""Follow-ups in the table: at most one item in the partition of a run, listed by the time of its last put."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from domain.recovery.follow_ups import FollowUp
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.run_lists import RunLists
from storage.layout.attributes import instant_of_order, instant_order, read_text, text
from storage.layout.conditions import MARKER_AS_READ
from storage.layout.keys import FOLLOW_UP, Keys, key

if TYPE_CHECKING:
    from domain.flow_runs.restarts import Restart


class FollowUps:
    """The follow-ups of the flow runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def put(
        self, flow_run_id: str, now: datetime, *, deletes: bool = False, restart: "Restart | None" = None
    ) -> None:
        """Mark a flow run, even if it does not exist. A marker keeps `deletes` and its last restart."""
        shard = self._keys.follow_ups(self._keys.shard_of(flow_run_id))
        order = order_of(FollowUp(flow_run_id, now))
        marks: Item = {"planned_shard": text(shard), "order": text(order)}
        if deletes:
            marks["deletes"] = {"BOOL": True}
        if restart is not None:
            # Hardly any follow-up has one.
            from storage.recovery.restart_marks import encode_restart  # noqa: PLC0415

            marks["restart"] = encode_restart(restart)
        self._table.update(
            Key=self._key(flow_run_id),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in marks)}",
            ExpressionAttributeNames={f"#{name}": name for name in marks},
            ExpressionAttributeValues={f":{name}": value for name, value in marks.items()},
        )

    def due(self, latest: datetime, after: FollowUp | None = None) -> Iterator[FollowUp]:
        """Yield the follow-ups that were put until `latest`, in that order, starting behind `after`.

        The list is read only as far as it is used. It comes from the index, so it may be a moment late, and
        it does not tell `deletes` and the restart. `get` does.
        """
        start = order_of(after) if after else None
        entries = self._lists.entries(self._lists.follow_ups(start, latest), descending=False)
        return (follow_up_at(order) for order, _ in entries if order != start)

    def get(self, flow_run_ids: Sequence[str]) -> list[FollowUp]:
        """Read follow-ups consistently, in the order of the ids. Leave out those that were removed."""
        found = self._table.batch_get(
            [self._key(flow_run_id) for flow_run_id in flow_run_ids], consistent=True
        )
        follow_ups = {follow_up.flow_run_id: follow_up for follow_up in map(self._decode, found)}
        return [follow_ups[flow_run_id] for flow_run_id in flow_run_ids if flow_run_id in follow_ups]

    def remove(self, follow_up: FollowUp) -> bool:
        """Remove a follow-up as it was read. Return False if it was put again since, or is gone."""
        try:
            self._table.delete(
                Key=self._key(follow_up.flow_run_id),
                ConditionExpression=MARKER_AS_READ,
                ExpressionAttributeNames={"#order": "order"},
                ExpressionAttributeValues={":order": text(order_of(follow_up))},
            )
        except Refused:
            return False
        return True

    def _key(self, flow_run_id: str) -> Item:
        return key(self._keys.run(flow_run_id), FOLLOW_UP)

    def _decode(self, item: Item) -> FollowUp:
        return replace(
            follow_up_at(read_text(item, "order")),
            deletes="deletes" in item,
            restart=_restart(item["restart"]["M"]) if "restart" in item else None,
        )


def _restart(encoded: Item) -> "Restart":
    from storage.recovery.restart_marks import decode_restart  # noqa: PLC0415

    return decode_restart(encoded)


def order_of(follow_up: FollowUp) -> str:
    """Return the sort key of a follow-up: the time of its last put, then the run, which makes it unique."""
    return f"{instant_order(follow_up.at)}#{follow_up.flow_run_id}"


def follow_up_at(order: str) -> FollowUp:
    """Return the follow-up with this sort key. The key does not tell `deletes` and the restart."""
    at, _, flow_run_id = order.partition("#")
    return FollowUp(flow_run_id, instant_of_order(at))
