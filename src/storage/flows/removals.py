"""Markers of the deletion of flows and projects.

A marker is put before the deletion begins, and again in the transaction that ends it. Only the marker leads
to the rest of an interrupted deletion, to a run that is created after the deletion has listed the runs, and
to a version that the index lists late.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from domain.flows.flows import Flow
from domain.recovery.follow_ups import Removal
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import BATCH_GET_LIMIT, Table
from storage.flow_runs.run_lists import RunLists
from storage.layout.attributes import (
    instant,
    instant_of_order,
    instant_order,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.conditions import MARKER_AS_READ
from storage.layout.indexes import PLANNED
from storage.layout.keys import FOLLOW_UP, Keys, key, key_of

_GROUP: Final = "group_id"


class Removals:
    """The markers of one tenant's flows and projects that are being deleted, or were deleted a moment ago."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def begin(self, flow: Flow, now: datetime) -> None:
        """Mark a flow that is about to be deleted; a repeat moves the marker to the present.

        If another request has just deleted the flow, the time of its archiving stays in the marker.
        """
        marker = removed_flow(self._keys, flow, now)["Put"]["Item"]
        marks = {name: marker[name] for name in ("planned_shard", "order", _GROUP)}
        self._table.update(
            Key=key(read_text(marker, "pk"), FOLLOW_UP),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in marks)}",
            ExpressionAttributeNames={f"#{name}": name for name in marks},
            ExpressionAttributeValues={f":{name}": value for name, value in marks.items()},
        )

    def due(self, latest: datetime) -> Iterator[Removal]:
        """Yield the markers put until `latest`, the oldest first; read only as many as are used."""
        listed = Range(PLANNED, self._keys.removals(), None, instant_order(latest))
        entries = self._lists.entries([listed], descending=False)
        while batch := list(islice(entries, BATCH_GET_LIMIT)):
            keys = [key_of(item) for _, item in batch]
            removals = map(_removal, self._table.batch_get(keys, consistent=True))
            yield from (removal for removal in removals if removal.at <= latest)  # the index may be late

    def forget(self, removal: Removal) -> None:
        """Delete a marker, unless it was put again since it was read."""
        partition = self._keys.flow if removal.group_id is not None else self._keys.project
        pk = partition(removal.id)
        with suppress(Refused):
            self._table.delete(
                Key=key(pk, FOLLOW_UP),
                ConditionExpression=MARKER_AS_READ,
                ExpressionAttributeNames={"#order": "order"},
                ExpressionAttributeValues={":order": _order(pk, removal.at)},
            )


def removed_flow(keys: Keys, flow: Flow, now: datetime) -> Write:
    """Put the marker of a flow that is deleted; the flow is archived."""
    flow_facts = {_GROUP: text(flow.flow_group_id), "archived": instant(flow.updated)}
    return {"Put": {"Item": {**_marker(keys, keys.flow(flow.id), now), **flow_facts}}}


def removed_project(keys: Keys, project_id: str, now: datetime) -> Write:
    """Put the marker of a project that is about to be deleted, or is deleted."""
    return {"Put": {"Item": _marker(keys, keys.project(project_id), now)}}


def _marker(keys: Keys, pk: str, now: datetime) -> Item:
    return {**key(pk, FOLLOW_UP), "planned_shard": text(keys.removals()), "order": _order(pk, now)}


def _order(pk: str, at: datetime) -> Item:
    return text(f"{instant_order(at)}#{pk}")


def _removal(item: Item) -> Removal:
    return Removal(
        id=read_text(item, "pk").rpartition("#")[2],
        at=instant_of_order(read_text(item, "order").partition("#")[0]),
        group_id=read_optional_text(item, _GROUP),
        archived=read_optional_instant(item, "archived"),
    )
