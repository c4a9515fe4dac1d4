"""The queue of earlier releases: waiting flow runs and task runs in the order of start times, without labels.

This release lists no run there. It moves the runs that an earlier release has left to the queue of today.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import TaskRun
from storage.dynamodb.index_ranges import RANGE_PAGE, IndexRanges, Range
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.dynamodb.walks import convert_all
from storage.flow_runs.flow_run_items import FLOW_RUN_INDEX_ATTRIBUTES, decode_run, flow_run_index_attributes
from storage.flow_runs.run_labels import labels_are
from storage.layout.attributes import instant_of_order, instant_order, read_text, text
from storage.layout.index_keys import FORMERLY_WAITING
from storage.layout.indexes import BY_STATUS
from storage.layout.keys import RUN, Keys, key_of
from storage.queue.waiting_markers import WaitingMarkers
from storage.task_runs.task_run_items import address_of, decode_task_run, task_run_index_attributes

# A concurrent change of the state lists the run itself.
STANDS_THERE: Final = "version = :version AND status_shard = :former"
# A poll moves at most this many pages of RANGE_PAGE entries in each shard.
_PAGES: Final = 5


def former_queues(keys: Keys) -> list[str]:
    """Return the partitions of index by_status that held waiting runs, one for each shard."""
    return [keys.status_runs(FORMERLY_WAITING, shard) for shard in range(keys.shards)]


def former_starts(
    table: Table, keys: Keys, times: tuple[datetime | None, datetime | None], *, descending: bool
) -> Iterator[tuple[datetime, str]]:
    """Yield the start times and ids of the entries with a start between two times, in their order.

    The id of a task run is "", because only flow runs are listed.
    """
    entries = IndexRanges(table).merged(
        [(part, None) for part in _ranges(keys, *times)], descending=descending
    )
    for order, item in entries:
        is_run = read_text(item, "sk") == RUN
        # Versions in development after 0.1.0 put a digest of the labels behind the time.
        yield instant_of_order(order.partition("#")[0]), keys.run_id(read_text(item, "pk")) if is_run else ""


def move_due(table: Table, keys: Keys, before: datetime, now: datetime) -> None:
    """Move the entries that are due at `before`: as many as the earlier release looked at in a poll.

    Entries that cannot be read are skipped, because the migration reports them. Raises ApiError.
    """
    table.parallel([partial(_move_due, table, keys, part, now) for part in _ranges(keys, None, before)])


def _ranges(keys: Keys, earliest: datetime | None, latest: datetime | None) -> list[Range]:
    lower = instant_order(earliest) if earliest else None
    upper = f"{instant_order(latest)}~" if latest else None
    return [Range(BY_STATUS, partition, lower, upper) for partition in former_queues(keys)]


def _move_due(table: Table, keys: Keys, part: Range, now: datetime) -> None:
    start: Item | None = None
    for _ in range(_PAGES):
        page = IndexRanges(table).page(part, descending=False, size=RANGE_PAGE, start=start)
        found = [key_of(item) for item in page.items]
        convert_all(table, table.batch_get(found, consistent=True), partial(move, table, keys, now))
        start = page.next_key
        if start is None:
            return


def move(table: Table, keys: Keys, now: datetime, item: Item) -> None:
    """Move a waiting flow run or task run, whose item was read, out of the former queue.

    A refused move brings the item as it is now, and that is moved in turn: a request that changes the labels
    of a flow run leaves it in the former queue. Raises ApiError.
    """
    former = former_queues(keys)
    for _ in range(ROUNDS):
        if item.get("status_shard", text(""))["S"] not in former:
            return  # the run has left the former queue since the index was read
        try:
            _move_as_read(table, keys, now, item)
        except Refused as refused:
            item = refused.items[0] or {}
        else:
            return
    raise changed_too_often("A waiting run")


def _move_as_read(table: Table, keys: Keys, now: datetime, item: Item) -> None:
    """Move a waiting run that is still as it was read. Raises Refused.

    The flow run of a task run gets a marker first, as before any task run that waits.
    """
    if read_text(item, "sk") == RUN:
        run = decode_run(keys, item, table.memory)
        condition, values = labels_are(run.labels)
        index_attributes = flow_run_index_attributes(
            keys, run.id, run.state, run.latest.timestamp, run.labels
        )
        _set_index_attributes(table, item, index_attributes, f"{STANDS_THERE} AND {condition}", values)
    else:
        task_run = decode_task_run(keys, item, table.memory)
        index_attributes = task_run_index_attributes(
            keys, address_of(keys, item), None, task_run.state, task_run.latest.timestamp
        )
        _mark(table, keys, task_run, now)
        _set_index_attributes(table, item, index_attributes, STANDS_THERE, {})


def _mark(table: Table, keys: Keys, task_run: TaskRun, now: datetime) -> None:
    due = task_run.state.due(task_run.latest.timestamp)
    if due is not None:
        WaitingMarkers(table, keys).put(task_run.flow_run_id, due, now)


def _set_index_attributes(
    table: Table, item: Item, index_attributes: Item, condition: str, values: Item
) -> None:
    sets = ", ".join(f"{name} = :{name}" for name in index_attributes)
    gone = [name for name in FLOW_RUN_INDEX_ATTRIBUTES if name not in index_attributes and name in item]
    changes = [f"SET {sets}" if sets else "", f"REMOVE {', '.join(gone)}" if gone else ""]
    table.update(
        Key=key_of(item),
        UpdateExpression=" ".join(filter(None, changes)),
        ConditionExpression=condition,
        ExpressionAttributeValues={
            ":version": item["version"],
            ":former": item["status_shard"],
            **values,
            **{f":{name}": value for name, value in index_attributes.items()},
        },
    )
