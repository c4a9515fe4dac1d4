"""Markers of flows and projects that were deleted, put in the transactions that delete them.

Nothing else leads to a run that is created, or to a version that becomes visible in the index, after the
deletion has listed what there is.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from domain.flows import Flow
from domain.follow_ups import Removal
from domain.times import from_micros, to_micros
from storage.flow_run_items import start_in, start_order
from storage.index_ranges import Range
from storage.keys import FOLLOW_UP, Item, Keys, key
from storage.run_lists import RunLists
from storage.table import BATCH_GET_LIMIT, Table, Write

_GROUP: Final = "group_id"


class Removals:
    """The markers of one tenant's deleted flows and projects."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._lists = RunLists(table, keys)
        self._table = table
        self._keys = keys

    def due(self, latest: datetime) -> Iterator[Removal]:
        """Those that were put until then, in the order of the times, read only as far as they are used."""
        listed = Range("planned", self._keys.removals(), None, start_order(latest))
        entries = self._lists.entries([listed], descending=False)
        while some := list(islice(entries, BATCH_GET_LIMIT)):
            keys = [key(item["pk"]["S"], item["sk"]["S"]) for _, item in some]
            yield from map(_removal, self._table.batch_get(keys, consistent=True))

    def forget(self, removal: Removal) -> None:
        """Take a marker away."""
        partition = self._keys.flow if removal.group_id is not None else self._keys.project
        self._table.delete(Key=key(partition(removal.id), FOLLOW_UP))


def removed_flow(keys: Keys, flow: Flow, now: datetime) -> Write:
    """Mark a flow that is deleted, which was archived before."""
    of_flow = {_GROUP: {"S": flow.flow_group_id}, "archived": {"N": str(to_micros(flow.updated))}}
    return {"Put": {"Item": {**_marker(keys, keys.flow(flow.id), now), **of_flow}}}


def removed_project(keys: Keys, project_id: str, now: datetime) -> Write:
    """Mark a project that is deleted."""
    return {"Put": {"Item": _marker(keys, keys.project(project_id), now)}}


def _marker(keys: Keys, pk: str, now: datetime) -> Item:
    order = {"S": f"{start_order(now)}#{pk}"}
    return {**key(pk, FOLLOW_UP), "planned_shard": {"S": keys.removals()}, "order": order}


def _removal(item: Item) -> Removal:
    return Removal(
        id=item["pk"]["S"].rpartition("#")[2],
        at=start_in(item["order"]["S"].partition("#")[0]),
        group_id=item[_GROUP]["S"] if _GROUP in item else None,
        archived=from_micros(int(item["archived"]["N"])) if "archived" in item else None,
    )
