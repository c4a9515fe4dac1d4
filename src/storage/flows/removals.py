"""Markers of flows and projects, put before their deletion begins, and anew in the transaction that ends it.

Nothing else leads to what an interrupted deletion leaves; nor to a run that is created, or to a version that
becomes visible in the index, after the deletion has listed what there is.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from domain.flows.flows import Flow
from domain.recovery.follow_ups import Removal
from domain.times import from_micros, to_micros
from storage.dynamodb.index_ranges import Range
from storage.dynamodb.items import Item, Write
from storage.dynamodb.table import BATCH_GET_LIMIT, Refused, Table
from storage.flow_runs.flow_run_items import start_in, start_order
from storage.flow_runs.run_lists import RunLists
from storage.layout.indexes import PLANNED
from storage.layout.keys import FOLLOW_UP, Keys, key
from storage.recovery.follow_ups import IS_AS_READ

_GROUP: Final = "group_id"


class Removals:
    """The markers of one tenant's flows and projects that are being deleted, or were a moment ago."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def begin(self, flow: Flow, now: datetime) -> None:
        """Mark a flow that is about to be deleted; a repeat moves the marker to the present.

        If another request has just deleted it, what that noted stays.
        """
        marker = removed_flow(self._keys, flow, now)["Put"]["Item"]
        marks = {name: marker[name] for name in ("planned_shard", "order", _GROUP)}
        self._table.update(
            Key=key(marker["pk"]["S"], FOLLOW_UP),
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in marks)}",
            ExpressionAttributeNames={f"#{name}": name for name in marks},
            ExpressionAttributeValues={f":{name}": value for name, value in marks.items()},
        )

    def due(self, latest: datetime) -> Iterator[Removal]:
        """Those that were put until then, in the order of the times, read only as far as they are used."""
        listed = Range(PLANNED, self._keys.removals(), None, start_order(latest))
        entries = self._lists.entries([listed], descending=False)
        while some := list(islice(entries, BATCH_GET_LIMIT)):
            keys = [key(item["pk"]["S"], item["sk"]["S"]) for _, item in some]
            found = map(_removal, self._table.batch_get(keys, consistent=True))
            yield from (each for each in found if each.at <= latest)  # the index may be late

    def forget(self, removal: Removal) -> None:
        """Take a marker away as it was read, unless it was put anew meanwhile."""
        partition = self._keys.flow if removal.group_id is not None else self._keys.project
        pk = partition(removal.id)
        with suppress(Refused):
            self._table.delete(
                Key=key(pk, FOLLOW_UP),
                ConditionExpression=IS_AS_READ,
                ExpressionAttributeNames={"#order": "order"},
                ExpressionAttributeValues={":order": _order(pk, removal.at)},
            )


def removed_flow(keys: Keys, flow: Flow, now: datetime) -> Write:
    """Mark a flow that is deleted, which was archived before."""
    of_flow = {_GROUP: {"S": flow.flow_group_id}, "archived": {"N": str(to_micros(flow.updated))}}
    return {"Put": {"Item": {**_marker(keys, keys.flow(flow.id), now), **of_flow}}}


def removed_project(keys: Keys, project_id: str, now: datetime) -> Write:
    """Mark a project that is about to be deleted, or is."""
    return {"Put": {"Item": _marker(keys, keys.project(project_id), now)}}


def _marker(keys: Keys, pk: str, now: datetime) -> Item:
    return {**key(pk, FOLLOW_UP), "planned_shard": {"S": keys.removals()}, "order": _order(pk, now)}


def _order(pk: str, at: datetime) -> Item:
    return {"S": f"{start_order(at)}#{pk}"}


def _removal(item: Item) -> Removal:
    return Removal(
        id=item["pk"]["S"].rpartition("#")[2],
        at=start_in(item["order"]["S"].partition("#")[0]),
        group_id=item[_GROUP]["S"] if _GROUP in item else None,
        archived=from_micros(int(item["archived"]["N"])) if "archived" in item else None,
    )
