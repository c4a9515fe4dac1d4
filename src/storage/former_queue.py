"""The queue as releases before this one wrote it: what waits, flow runs and task runs, by start time alone.

Nothing is listed there any more. What an older release has left is moved to where it is looked for now.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from domain.task_runs import TaskRun
from storage.flow_run_items import STATUS_PLACES, decode_run, status_key
from storage.keys import RUN, Item, Keys, key
from storage.run_labels import labels_are
from storage.table import Refused, Table
from storage.task_run_items import address_of, decode_task_run, task_run_places
from storage.waiting_markers import WaitingMarkers

# Whoever changes its state meanwhile places it himself, as does who gives it other labels.
STANDS_THERE: Final = "version = :version AND status_shard = :former"


def former_queues(keys: Keys) -> list[str]:
    """The partitions of index by_status that held what waits, one for each shard."""
    return [keys.status_runs("queue", shard) for shard in range(keys.shards)]


def move_page(
    table: Table, keys: Keys, partition: str, most: int, now: datetime, start: Item | None = None
) -> Item | None:
    """Move up to so many entries of a former queue, the longest due first, to where they are listed now.

    Answers where the next page begins, None at the end. It may be cut anywhere and repeated, and others may
    do the same or change the runs meanwhile. Raises ApiError.
    """
    page = table.query(
        IndexName="by_status",
        KeyConditionExpression="status_shard = :partition",
        ExpressionAttributeValues={":partition": {"S": partition}},
        Limit=most,
        **({"ExclusiveStartKey": start} if start else {}),
    )
    items = table.batch_get([key(item["pk"]["S"], item["sk"]["S"]) for item in page.items], consistent=True)
    move_all(table, keys, items, now)
    return page.next_key


def move_all(table: Table, keys: Keys, items: Sequence[Item], now: datetime) -> None:
    """Move items as they were read, each unless it has changed since. Raises ApiError."""
    table.parallel([partial(move, table, keys, item, now) for item in items])


def move(table: Table, keys: Keys, item: Item, now: datetime) -> None:
    """Move what waits out of a former queue: a flow run or a task run, whose item was read.

    Its flow run gets a marker first, as before any task run that waits. Raises ApiError.
    """
    former = item.get("status_shard", {"S": ""})["S"]
    if former not in former_queues(keys):
        return  # taken since the index was read
    if item["sk"]["S"] == RUN:
        run = decode_run(keys, item)
        condition, values = labels_are(run.labels)
        place = status_key(keys, run.id, run.state, run.latest.timestamp, run.labels)
        _place(table, item, place, f"{STANDS_THERE} AND {condition}", values)
    else:
        task_run = decode_task_run(keys, item)
        place = task_run_places(keys, address_of(keys, item), None, task_run.state, task_run.latest.timestamp)
        _mark(table, keys, task_run, now)
        _place(table, item, place, STANDS_THERE, {})


def _mark(table: Table, keys: Keys, task_run: TaskRun, now: datetime) -> None:
    due = task_run.state.due(task_run.latest.timestamp)
    if due is not None:
        WaitingMarkers(table, keys).put(task_run.flow_run_id, due, now)


def _place(table: Table, item: Item, place: Item, condition: str, values: Item) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in place)
    gone = [name for name in STATUS_PLACES if name not in place and name in item]
    changes = [f"SET {sets}" if sets else "", f"REMOVE {', '.join(gone)}" if gone else ""]
    with suppress(Refused):
        table.update(
            Key=key(item["pk"]["S"], item["sk"]["S"]),
            UpdateExpression=" ".join(filter(None, changes)),
            ConditionExpression=condition,
            ExpressionAttributeValues={
                ":version": item["version"],
                ":former": item["status_shard"],
                **values,
                **{f":{name}": value for name, value in place.items()},
            },
        )
