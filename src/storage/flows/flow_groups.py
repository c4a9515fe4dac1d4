"""Changes of flow groups: each a transaction that holds only while the group is as it was read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flows.flows import Flow, FlowGroup
from storage.dynamodb.items import Item, Write
from storage.dynamodb.table import Refused, Table
from storage.flows.flow_writes import (
    archive,
    as_read,
    check_group,
    has_revision,
    overriding,
    put_group,
    takes_flows,
)
from storage.flows.flows import Flows
from storage.flows.former_places import FormerPlaces
from storage.flows.group_places import Place, bringing, forgetting, leaving
from storage.flows.removals import removed_flow
from storage.layout.attributes import instant, read_text, text
from storage.layout.conditions import EXISTS
from storage.layout.keys import FLOW, FOLLOW_UP, GROUP, Keys, key, key_of
from storage.layout.queries import in_partition

# Of the hundred writes that a transaction takes two are checks.
VERSIONS_AT_ONCE: Final = 98
# A name stands for one flow of a project: the one that took it first keeps it. It may have stayed behind when
# its group moved or went, by a release that deleted it last.
NAME_IS_FREE_OR_OURS: Final = "attribute_not_exists(pk) OR version_group_id IN (:ours, :stale)"


class FlowGroups:
    """The flow groups of one tenant, as far as somebody changes them other than by registering."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._flows = Flows(table, keys)
        self._places = FormerPlaces(table, keys)

    def change(self, before: FlowGroup, after: FlowGroup) -> bool:
        """Change what a group says; answers False when it has changed since it was read.

        What new runs take from it goes onto the current flow in the same transaction. Raises PayloadTooLarge.
        """
        writes = [self._put(before, after)]
        if after.overrides != before.overrides and after.current_flow_id is not None:
            for flow in self._flows.get([after.current_flow_id]):
                writes += overriding(self._keys, replace(flow, overrides=after.overrides))
        return self._written(writes)

    def unarchive(self, flow: Flow, before: FlowGroup, now: datetime, turned: datetime) -> bool:
        """Make an archived version the current one, and archive the one that was, if there was one.

        The other's runs end, and it alone has new ones, when they `turned`. Answers False when the group has
        changed since it was read. Raises PayloadTooLarge.
        """
        at, since = (instant(each) for each in (now, turned))
        revived = {"archived": {"BOOL": False}, "updated": at, "unarchived": at, "turned": since}
        writes = [
            self._put(before, replace(before, current_flow_id=flow.id)),
            *overriding(self._keys, replace(flow, overrides=before.overrides), revived),
        ]
        if before.current_flow_id is not None:
            writes.append(archive(self._keys, before.current_flow_id, turned))
        return self._written(writes)

    def move(self, before: FlowGroup, project_id: str, *, back: bool = False) -> bool:
        """Put a group into another project, where its next version will be; its versions follow apart.

        Answers False when the group has changed since it was read. Raises NotFound when there is no such
        project, BadUserInput when it has another flow of that name. One that goes `back` to its versions
        leaves its name to that other flow.
        """
        moved = replace(before, project_id=project_id)
        old, new = Place.of(before), Place.of(moved)
        holders = self._places.holders([old, new])
        ours = [old] if holders.get(old) == before.version_group_id else []
        stale = self._stale(holders.get(new), project_id)
        is_free = holders.get(new) in (None, before.version_group_id, stale)
        writes: list[Write] = [
            self._put(before, moved),
            takes_flows(self._keys, project_id),
            *([self._take_name(moved, stale)] if is_free or not back else []),
            {"Put": {"Item": new.member(self._keys, before.id)}},
            *leaving(self._keys, before, old, ours),
        ]
        try:
            self._table.transact(writes)
        except Refused as refused:
            group, project, holder, *_ = refused.items
            if group is None and project is not None:
                raise NotFound(f"There is no project {project_id}.") from refused
            if group is None and holder is not None and not back:
                raise BadUserInput(
                    f"Project {project_id} has another flow named {before.flow_name!r}: "
                    "rename or delete that first."
                ) from refused
            return False
        return True

    def _take_name(self, group: FlowGroup, stale: str | None) -> Write:
        ours = text(group.version_group_id)
        return {
            "Put": {
                "Item": {**Place.of(group).name(self._keys), "version_group_id": ours},
                "ConditionExpression": NAME_IS_FREE_OR_OURS,
                "ExpressionAttributeValues": {":ours": ours, ":stale": text(stale) if stale else ours},
            }
        }

    def _stale(self, version_group_id: str | None, project_id: str) -> str | None:
        """This version group if its name stayed behind in a project: it has gone, or is in another one."""
        if version_group_id is None:
            return None
        group = self._flows.group(self._flows.group_id(version_group_id))
        return None if group and group.project_id == project_id else version_group_id

    def names(self, group: FlowGroup) -> list[str]:
        """The names that versions of a group have, or had."""
        names = [group.flow_name, *(place.flow_name for place in self._places.of(group))]
        return list(dict.fromkeys(names))

    def bring_names(self, group: FlowGroup) -> bool:
        """Take a group that has moved from its former places into its project; a repeat changes nothing more.

        Answers False when the group has changed since it was read.
        """
        places = [place for place in self._places.of(group) if place.project_id != group.project_id]
        return self._places.change(group, places, bringing)

    def move_versions(self, flows: Sequence[Flow], group: FlowGroup) -> bool:
        """Put versions into the project where their group is; a repeat changes nothing more.

        Answers False when the group has changed since it was read, or a version has gone. Raises NotFound
        when there is no such project any more.
        """
        guard = [check_group(self._keys, group), takes_flows(self._keys, group.project_id)]
        for start in range(0, len(flows), VERSIONS_AT_ONCE):
            part = flows[start : start + VERSIONS_AT_ONCE]
            try:
                self._table.transact([*guard, *(self._moving(flow, group.project_id) for flow in part)])
            except Refused as refused:
                changed, project, *_ = refused.items
                if changed is None and project is not None:
                    raise NotFound(f"There is no project {group.project_id}.") from refused
                return False
        return True

    def _moving(self, flow: Flow, project_id: str) -> Write:
        return {
            "Update": {
                "Key": key(self._keys.flow(flow.id), FLOW),
                "UpdateExpression": "SET project_id = :project, flow_shard = :shard",
                "ConditionExpression": EXISTS,
                "ExpressionAttributeValues": {
                    ":project": text(project_id),
                    ":shard": text(self._keys.project_flows(project_id)),
                },
            }
        }

    def remove(self, flow: Flow, before: FlowGroup, now: datetime) -> bool:
        """Delete a version with all that stands beside it, and with the last one its group and their names.

        What stands beside goes first, so that a repeat after a crash finds the version and goes on. Answers
        False when the group has changed since it was read.
        """
        revision = self._delete_beside(flow)
        current = None if before.current_flow_id == flow.id else before.current_flow_id
        left = replace(before, deleted=before.deleted + 1, current_flow_id=current)
        head = {"Delete": {"Key": key(self._keys.flow(flow.id), FLOW), **has_revision(revision)}}
        gone = [head, removed_flow(self._keys, flow, now)]
        writes = [*gone, self._put(before, left)]
        if left.deleted >= left.version:
            places = {*self._places.of(before), Place(flow.project_id, flow.name)} - {Place.of(before)}
            if not self._places.change(before, sorted(places, key=repr), forgetting):
                return False
            writes = [*gone, *self._group_goes(before)]
        try:
            self._table.transact(writes)
        except Refused as refused:
            return refused.items[0] == {}
        return True

    def _group_goes(self, group: FlowGroup) -> list[Write]:
        place = Place.of(group)
        return [
            {"Delete": {"Key": key(self._keys.group(group.id), GROUP), **as_read(group)}},
            *leaving(self._keys, group, place, self._places.held(group, [place])),
        ]

    def _delete_beside(self, flow: Flow) -> Item | None:
        """Delete what a version has beside it but its marker; answers of which revision that was."""
        found = self._table.query_all(
            **in_partition(self._keys.flow(flow.id)),
            ProjectionExpression="pk, sk, revision",
            ConsistentRead=True,
        )
        beside = [key_of(item) for item in found if read_text(item, "sk") not in (FLOW, FOLLOW_UP)]
        self._table.parallel([partial(self._table.delete, Key=each) for each in beside])
        head = next((item for item in found if read_text(item, "sk") == FLOW), {})
        return head.get("revision")

    def _put(self, before: FlowGroup, after: FlowGroup) -> Write:
        return put_group(self._keys, replace(after, changes=before.changes + 1), before)

    def _written(self, writes: list[Write]) -> bool:
        try:
            if len(writes) == 1:  # half of what it costs in a transaction
                self._table.put(**writes[0]["Put"])
            else:
                self._table.transact(writes)
        except Refused:
            return False
        return True
