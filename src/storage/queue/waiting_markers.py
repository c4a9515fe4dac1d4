"""Markers of flow runs with waiting task runs: at most one item in the partition of a run, in the queue.

The waiting task runs of a flow run have an index partition of their own, where one query finds the first one.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.queue.waiting_markers import (
    Marker,
    marker_before_waiting,
    marker_while_waiting,
    relabelled_marker,
)
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import Address
from storage.dynamodb.index_ranges import IndexRanges, Range
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flow_runs.flow_run_items import decode_run, waiting_index_attributes, waiting_order
from storage.layout.attributes import instant, instant_of_order, read_instant, read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.index_keys import WAITING
from storage.layout.indexes import BY_STATUS
from storage.layout.keys import RUN, Keys, key
from storage.task_runs.task_run_items import address_of

# A move was decided on what was read. So it must not replace a marker that was put since.
WAITING_AS_READ: Final = "status_order = :order AND touched = :touched"


class WaitingMarkers:
    """The markers of the flow runs of one tenant."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys
        self._ranges = IndexRanges(table)

    def put(self, flow_run_id: str, due: datetime, now: datetime) -> None:
        """Put the marker for a task run that will wait until `due`, before the task run is written.

        Put none if the flow run does not exist. Raises ApiError.
        """
        self._replace(flow_run_id, lambda marker, flow_run: marker_before_waiting(marker, flow_run, due, now))

    def keep(self, flow_run_id: str, due: datetime, now: datetime) -> None:
        """Put the marker for a task run that waits until `due`, if there is no useful marker.

        Raises ApiError.
        """
        self._replace(flow_run_id, lambda marker, flow_run: marker_while_waiting(marker, flow_run, due, now))

    def relabel(self, flow_run_id: str) -> None:
        """List the marker, if there is one, under the labels of its flow run after these were changed.

        Raises ApiError.
        """
        self._replace(
            flow_run_id, lambda marker, flow_run: relabelled_marker(marker, flow_run) if marker else None
        )

    def _replace(
        self, flow_run_id: str, wanted_for: Callable[[Marker | None, FlowRun], Marker | None]
    ) -> None:
        """Replace the marker until the stored one is the wanted one.

        Marker and flow run are read again after each write. Another request may change the labels, and then
        the marker. So either that request sees the marker of this one, or this one sees the new labels.
        """
        run = key(self._keys.run(flow_run_id), RUN)
        for _ in range(ROUNDS):
            items = self._table.batch_get([run, self._key(flow_run_id)], consistent=True)
            by_sk = {read_text(item, "sk"): item for item in items}
            marker = self._decode(by_sk[WAITING]) if WAITING in by_sk else None
            wanted = (
                wanted_for(marker, decode_run(self._keys, by_sk[RUN], self._table.memory))
                if RUN in by_sk
                else None
            )
            if wanted == marker:
                return
            self.move(marker, wanted)
        raise changed_too_often(f"Task runs of flow run {flow_run_id}")

    def put_again(self, flow_run_id: str, now: datetime) -> None:
        """Put the marker of a flow run, which may have lost it, if task runs wait. Raises ApiError."""
        for due, _ in self.first_task_runs(flow_run_id, 1):
            self.put(flow_run_id, due, now)

    def get(self, flow_run_ids: Sequence[str]) -> dict[str, Marker]:
        """Read the markers of flow runs consistently. Leave out flow runs without a marker."""
        found = self._table.batch_get(
            [self._key(flow_run_id) for flow_run_id in flow_run_ids], consistent=True
        )
        markers = map(self._decode, found)
        return {marker.flow_run_id: marker for marker in markers}

    def move(self, marker: Marker | None, wanted: Marker | None) -> None:
        """Replace a marker, or delete it if `wanted` is None, unless it has changed since it was read."""
        condition = _as_read(marker) if marker else {"ConditionExpression": IS_NEW}
        with suppress(Refused):
            if wanted is not None:
                self._table.put(Item=self._encode(wanted), **condition)
            elif marker is not None:
                self._table.delete(Key=self._key(marker.flow_run_id), **condition)

    def first_task_runs(self, flow_run_id: str, most: int) -> list[tuple[datetime, Address]]:
        """Return the first waiting task runs of a flow run with their start times, perhaps a moment late."""
        part = Range(BY_STATUS, self._keys.waiting_task_runs(flow_run_id))
        page = self._ranges.page(part, descending=False, size=most)
        return [(instant_of_order(part.order(item)), address_of(self._keys, item)) for item in page.items]

    def _key(self, flow_run_id: str) -> Item:
        return key(self._keys.run(flow_run_id), WAITING)

    def _encode(self, marker: Marker) -> Item:
        return {
            **self._key(marker.flow_run_id),
            **waiting_index_attributes(self._keys, marker.flow_run_id, marker.digest, marker.due),
            "touched": instant(marker.touched),
        }

    def _decode(self, item: Item) -> Marker:
        order = read_text(item, "status_order")
        return Marker(
            flow_run_id=self._keys.run_id(read_text(item, "pk")),
            digest=order.partition("#")[0],
            due=instant_of_order(order),
            touched=read_instant(item, "touched"),
        )


def _as_read(marker: Marker) -> Write:
    return {
        "ConditionExpression": WAITING_AS_READ,
        "ExpressionAttributeValues": {
            ":order": text(waiting_order(marker.digest, marker.due)),
            ":touched": instant(marker.touched),
        },
    }
