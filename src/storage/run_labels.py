"""A run that waits stands in the queue under a digest of its labels: here the two are kept together."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from domain.errors import ApiError
from domain.flow_runs import FlowRun
from domain.times import to_micros
from storage.flow_run_items import relabelled, waiting_order
from storage.history_writes import EXISTS
from storage.keys import RUN, Item, Keys, key
from storage.table import Refused, Table, Write

# The place in the queue is made from the one that was read; who moved the run meanwhile knew other labels.
STANDS_WHERE_READ: Final = "status_order = :seen"
STANDS_NOWHERE: Final = "attribute_not_exists(status_order)"
# At the version that was read it never left the queue, and in it labels do not change without its place.
IS_AS_READ: Final = "version = :version AND status_order = :seen"

# Each round is lost only to another writer that got on, so this many are never needed by chance.
_ROUNDS: Final = 64


def set_labels(table: Table, keys: Keys, flow_run_id: str, labels: Sequence[str], now: datetime) -> bool:
    """Give a run other labels; answers whether there is such a run. Raises ApiError."""
    run = key(keys.run(flow_run_id), RUN)
    item = table.get(run)
    for _ in range(_ROUNDS):
        if not item:
            return False
        try:
            table.update(Key=run, **_change(keys, item, labels, now))
        except Refused as refused:
            item = refused.items[0]
        else:
            return True
    raise ApiError(f"Flow run {flow_run_id} changed too often meanwhile; send it again.")


def _change(keys: Keys, item: Item, labels: Sequence[str], now: datetime) -> Write:
    sets = ["labels = :labels", "updated = :now"]
    values: dict[str, Any] = {
        ":labels": {"L": [{"S": label} for label in labels]},
        ":now": {"N": str(to_micros(now))},
    }
    condition = f"{EXISTS} AND {STANDS_NOWHERE}"
    if "status_order" in item:
        condition, values[":seen"] = STANDS_WHERE_READ, item["status_order"]
        if keys.is_queue(item["status_shard"]["S"]):
            sets.append("status_order = :order")
            values[":order"] = {"S": relabelled(item["status_order"]["S"], labels)}
    return {
        "UpdateExpression": f"SET {', '.join(sets)}",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


def write_digest(table: Table, keys: Keys, run: FlowRun) -> None:
    """Put a run that waits under the digest of its labels, if it stands where nobody knew them."""
    due = run.state.due(run.latest.timestamp)
    if due is None:
        return
    with suppress(Refused):
        table.update(
            Key=key(keys.run(run.id), RUN),
            UpdateExpression="SET status_order = :order",
            ConditionExpression=IS_AS_READ,
            ExpressionAttributeValues={
                ":version": {"N": str(run.version)},
                ":seen": {"S": waiting_order(due)},
                ":order": {"S": waiting_order(due, run.labels)},
            },
        )
