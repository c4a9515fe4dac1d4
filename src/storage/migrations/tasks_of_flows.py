"""Form 1: a flow has a count of its tasks, and an item with the parts that are read.

Release 0.1.0 stored neither.
"""

from contextlib import suppress
from datetime import datetime
from functools import partial

from domain.formats import MigrationPiece
from domain.ids import number_of
from storage.dynamodb.items import Item
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.dynamodb.walks import convert_all, page_of
from storage.flows.flow_items import TASK_COUNT, encode_tasks
from storage.flows.flows import Flows
from storage.layout.attributes import number, read_text
from storage.layout.conditions import AT_REVISION
from storage.layout.indexes import BY_TENANT
from storage.layout.keys import FLOW, Keys, key


def keep_tasks(table: Table, keys: Keys, position: str | None, _now: datetime) -> MigrationPiece:
    """Note the tasks of flows that lack them."""
    found, after = page_of(table, BY_TENANT, [keys.flows()], position)
    items = table.batch_get(found, consistent=True)
    lacking = [item for item in items if _may_lack_tasks(item)]
    return MigrationPiece(after, convert_all(table, lacking, partial(_note_tasks, table, keys)))


def _may_lack_tasks(item: Item) -> bool:
    """Return True if release 0.1.0 wrote or registered the flow, because it may lack a count of its tasks."""
    return TASK_COUNT not in item or number_of(read_text(item, "pk")) != 0


def _note_tasks(table: Table, keys: Keys, item: Item) -> None:
    flow_id = read_text(item, "pk").rpartition("#")[2]
    serialized = Flows(table, keys).serialized([flow_id]).get(flow_id)
    if serialized is None:
        return
    count = number(len(serialized.get("tasks") or []))
    update = {
        "Key": key(keys.flow(flow_id), FLOW),
        # Another writer of the serialized form raises its revision, and writes the tasks itself or is met by
        # the next pass. This write raises it, too, so that a deletion of the flow that has listed the flow's
        # items is refused and lists them again.
        "UpdateExpression": f"SET {TASK_COUNT} = :count, revision = revision + :one",
        "ConditionExpression": AT_REVISION,
        "ExpressionAttributeValues": {":count": count, ":revision": item["revision"], ":one": number(1)},
    }
    with suppress(Refused):
        table.transact([{"Update": update}, {"Put": {"Item": encode_tasks(keys, flow_id, serialized)}}])
