"""Changes of flow groups: each is a transaction that holds only while the group is as it was read."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.flows.flows import Flow, FlowGroup
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flows.flow_writes import (
    archive,
    as_read,
    counted,
    has_revision,
    overriding,
    put_group,
    touched,
    unarchive,
)
from storage.flows.flows import Flows
from storage.flows.former_places import FormerPlaces
from storage.flows.group_places import Place, forgetting, leaving
from storage.flows.removals import removed_flow
from storage.layout.attributes import read_text
from storage.layout.keys import FLOW, FOLLOW_UP, GROUP, OVERLAP, SCHEDULE, Keys, key, key_of
from storage.layout.queries import in_partition


class FlowGroups:
    """The flow groups of one tenant, changed other than by registering and moving."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._flows = Flows(table, keys)
        self._places = FormerPlaces(table, keys)

    def change(self, before: FlowGroup, after: FlowGroup, now: datetime | None = None) -> bool:
        """Change the values of a group. Return False if the group changed since it was read.

        Its overrides are put on the current flow in the same transaction. A change of its schedule needs
        `now`. Raises PayloadTooLarge.
        """
        writes = [self._put(before, after)]
        if now is not None:
            writes += touched(self._keys, after, now)
        if after.overrides != before.overrides and after.current_flow_id is not None:
            for flow in self._flows.get([after.current_flow_id]):
                writes += overriding(self._keys, flow.with_overrides(after.overrides))
        return self._written(writes)

    def unarchive(self, flow: Flow, before: FlowGroup, now: datetime, turning_point: datetime) -> bool:
        """Make an archived version the current one, and archive the former current one, if any.

        The runs of the former version end at the turning point, where those of the new one begin. Return
        False if the group or the flow changed since it was read. Raises PayloadTooLarge.
        """
        flow = flow.with_overrides(before.overrides)
        writes = [
            self._put(before, replace(before, current_flow_id=flow.id)),
            *unarchive(self._keys, flow, now, turning_point),
            *touched(self._keys, before, now),
        ]
        if before.current_flow_id not in (None, flow.id):
            writes.append(archive(self._keys, before.current_flow_id, turning_point))
        return self._written(writes)

    def remove(self, flow: Flow, before: FlowGroup, now: datetime, *, is_counted: bool = False) -> bool:
        """Delete a version with its other items; with the last version delete the group and its names.

        The other items go first, so that a repeat after a crash finds the version and continues. Return False
        if the group or the version changed since it was read. A version that `is_counted` leaves the count of
        those that its tenant stores.
        """
        revision = self._delete_other_items(flow)
        current = None if before.current_flow_id == flow.id else before.current_flow_id
        after = replace(before, deleted=before.deleted + 1, current_flow_id=current)
        head = {"Delete": {"Key": key(self._keys.flow(flow.id), FLOW), **has_revision(revision)}}
        version_goes = [head, removed_flow(self._keys, flow, now)]
        if is_counted:
            version_goes.append(counted(self._keys, -1))
        writes = [*version_goes, self._put(before, after)]
        if before.current_flow_id == flow.id:
            writes += touched(self._keys, before, now)
        if after.deleted >= after.version:
            if not self._forget_former_places(flow, before):
                return False
            writes = [*version_goes, *self._group_goes(before)]
        try:
            self._table.transact(writes)
        except Refused as refused:
            return refused.items[0] == {}
        return True

    def _forget_former_places(self, flow: Flow, group: FlowGroup) -> bool:
        places = {*self._places.of(group), Place(flow.project_id, flow.name)} - {Place.of(group)}
        return self._places.change(group, sorted(places, key=repr), forgetting)

    def _group_goes(self, group: FlowGroup) -> list[Write]:
        place = Place.of(group)
        return [
            {"Delete": {"Key": key(self._keys.group(group.id), GROUP), **as_read(group)}},
            {"Delete": {"Key": key(self._keys.group(group.id), SCHEDULE)}},
            {"Delete": {"Key": key(self._keys.group(group.id), OVERLAP)}},
            *leaving(self._keys, group, place, self._places.held(group, [place])),
        ]

    def _delete_other_items(self, flow: Flow) -> Item | None:
        """Delete all items of a version but its head and its marker. Return the revision in the head."""
        items = self._table.query_all(
            **in_partition(self._keys.flow(flow.id)),
            ProjectionExpression="pk, sk, revision",
            ConsistentRead=True,
        )
        others = [key_of(item) for item in items if read_text(item, "sk") not in (FLOW, FOLLOW_UP)]
        self._table.parallel([partial(self._table.delete, Key=item_key) for item_key in others])
        head = next((item for item in items if read_text(item, "sk") == FLOW), {})
        return head.get("revision")

    def _put(self, before: FlowGroup, after: FlowGroup) -> Write:
        return put_group(self._keys, replace(after, changes=before.changes + 1), before)

    def _written(self, writes: list[Write]) -> bool:
        try:
            if len(writes) == 1:  # a put costs half of what it costs in a transaction
                self._table.put(**writes[0]["Put"])
            else:
                self._table.transact(writes)
        except Refused:
            return False
        return True
