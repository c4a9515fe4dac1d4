"""The labels of a flow run and its place in the queue, which changes with them while the run waits.

The queue lists a waiting run under a digest of its labels.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.flow_runs import FlowRun
from domain.rounds import ROUNDS, changed_too_often
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import flow_run_index_attributes, relabelled
from storage.layout.attributes import instant, number, read_text, text
from storage.layout.conditions import EXISTS
from storage.layout.keys import RUN, Keys, key

# The new place is computed from the place that was read. A writer that moved the run in the meantime used
# the old labels.
STANDS_WHERE_READ: Final = "status_order = :seen"
STANDS_NOWHERE: Final = "attribute_not_exists(status_order)"
# At the version that was read the run has not left the queue.
STANDS_ELSEWHERE: Final = "version = :version AND status_order <> :order"


def set_labels(table: Table, keys: Keys, flow_run_id: str, labels: Sequence[str], now: datetime) -> bool:
    """Replace the labels of a flow run; return True if it exists. Raises ApiError."""
    run = key(keys.run(flow_run_id), RUN)
    item = table.get(run)
    for _ in range(ROUNDS):
        if not item:
            return False
        try:
            table.update(Key=run, **_change(keys, item, labels, now))
        except Refused as refused:
            item = refused.items[0]
        else:
            return True
    raise changed_too_often(f"Flow run {flow_run_id}")


def _change(keys: Keys, item: Item, labels: Sequence[str], now: datetime) -> Write:
    sets = ["labels = :labels", "updated = :now"]
    values: dict[str, Any] = {
        ":labels": {"L": [text(label) for label in labels]},
        ":now": instant(now),
    }
    condition = f"{EXISTS} AND {STANDS_NOWHERE}"
    if "status_order" in item:
        condition, values[":seen"] = STANDS_WHERE_READ, item["status_order"]
        if keys.is_waiting(read_text(item, "status_shard")):
            sets.append("status_order = :order")
            values[":order"] = text(relabelled(read_text(item, "status_order"), labels))
    return {
        "UpdateExpression": f"SET {', '.join(sets)}",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }


def labels_are(labels: Sequence[str]) -> tuple[str, Item]:
    """Return the condition that a run still has these labels, and its values.

    It is needed because a change of labels sets no new version.
    """
    if labels:
        return "labels = :labels", {":labels": {"L": [text(label) for label in labels]}}
    return "(attribute_not_exists(labels) OR size(labels) = :none)", {":none": number(0)}


def write_index_attributes(table: Table, keys: Keys, run: FlowRun) -> None:
    """List a waiting run where its labels belong, unless it is listed there or has changed."""
    order = flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels)[
        "status_order"
    ]
    condition, values = labels_are(run.labels)
    with suppress(Refused):
        table.update(
            Key=key(keys.run(run.id), RUN),
            UpdateExpression="SET status_order = :order",
            ConditionExpression=f"{STANDS_ELSEWHERE} AND {condition}",
            ExpressionAttributeValues={":version": number(run.version), ":order": order, **values},
        )
