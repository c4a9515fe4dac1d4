"""Changes of flow groups: each a transaction that holds only while the group is as it was read."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.errors import BadUserInput, NotFound
from domain.flows import Flow, FlowGroup
from domain.times import to_micros
from storage.flow_writes import (
    FLOW_NAME,
    GROUP_OF_NAME,
    archive,
    as_read,
    overriding,
    put_group,
    takes_flows,
)
from storage.flows import Flows
from storage.history_writes import EXISTS
from storage.keys import FLOW, GROUP, SEPARATOR, Item, Keys, key
from storage.table import Refused, Table, Write

# A name stands for one flow of a project: the one that took it first keeps it.
NAME_IS_FREE_OR_OURS = "attribute_not_exists(pk) OR version_group_id = :ours"


class FlowGroups:
    """The flow groups of one tenant, as far as somebody changes them other than by registering."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._flows = Flows(table, keys)

    def change(self, before: FlowGroup, after: FlowGroup) -> bool:
        """Change what a group says; answers False when it has changed since it was read.

        What new runs take from it goes onto the current flow in the same transaction. Raises PayloadTooLarge.
        """
        writes = [self._put(before, after)]
        if after.overrides != before.overrides and after.current_flow_id is not None:
            for flow in self._flows.get([after.current_flow_id]):
                writes += overriding(self._keys, replace(flow, overrides=after.overrides))
        return self._written(writes)

    def unarchive(self, flow: Flow, before: FlowGroup, now: datetime) -> bool:
        """Make an archived version the current one, and archive the one that was, if there was one.

        Answers False when the group has changed since it was read. Raises PayloadTooLarge.
        """
        at = {"N": str(to_micros(now))}
        revived = {"archived": {"BOOL": False}, "updated": at, "unarchived": at}
        writes = [
            self._put(before, replace(before, current_flow_id=flow.id)),
            *overriding(self._keys, replace(flow, overrides=before.overrides), revived),
        ]
        if before.current_flow_id is not None:
            writes.append(archive(self._keys, before.current_flow_id, now))
        return self._written(writes)

    def move(self, before: FlowGroup, project_id: str) -> bool:
        """Put a group into another project, where its next version will be; its versions follow apart.

        Answers False when the group has changed since it was read. Raises NotFound when there is no such
        project, BadUserInput when it has another flow of that name.
        """
        name, ours = before.flow_name, {":ours": {"S": before.version_group_id}}
        new, old = self._keys.project(project_id), self._keys.project(before.project_id)
        taken: Write = {
            "Item": {**key(new, FLOW_NAME + name), "version_group_id": ours[":ours"]},
            "ConditionExpression": NAME_IS_FREE_OR_OURS,
            "ExpressionAttributeValues": ours,
        }
        member = f"{GROUP_OF_NAME}{name}{SEPARATOR}{before.id}"
        writes: list[Write] = [
            self._put(before, replace(before, project_id=project_id)),
            takes_flows(self._keys, project_id),
            {"Put": taken},
            {"Put": {"Item": key(new, member)}},
        ]
        try:
            self._table.transact(writes)
        except Refused as refused:
            group, project, holder, *_ = refused.items
            if group is None and project is not None:
                raise NotFound(f"There is no project {project_id}.") from refused
            if group is None and holder is not None:
                raise BadUserInput(
                    f"Project {project_id} has another flow named {name!r}: rename or delete that first."
                ) from refused
            return False
        self._forget_name(old, name, before)
        return True

    def _forget_name(self, project: str, name: str, group: FlowGroup) -> None:
        with suppress(Refused):
            self._table.delete(
                Key=key(project, FLOW_NAME + name),
                ConditionExpression="version_group_id = :ours",
                ExpressionAttributeValues={":ours": {"S": group.version_group_id}},
            )

    def move_versions(self, flows: Sequence[Flow], project_id: str) -> None:
        """Put versions into the project where their group is; a repeat changes nothing more."""
        self._table.parallel([partial(self._move_version, flow, project_id) for flow in flows])

    def _move_version(self, flow: Flow, project_id: str) -> None:
        old = self._keys.project(flow.project_id)
        self._table.delete(Key=key(old, f"{GROUP_OF_NAME}{flow.name}{SEPARATOR}{flow.flow_group_id}"))
        with suppress(Refused):
            self._table.update(
                Key=key(self._keys.flow(flow.id), FLOW),
                UpdateExpression="SET project_id = :project, flow_shard = :shard",
                ConditionExpression=EXISTS,
                ExpressionAttributeValues={
                    ":project": {"S": project_id},
                    ":shard": {"S": self._keys.project_flows(project_id)},
                },
            )

    def remove(self, flow: Flow, before: FlowGroup) -> bool:
        """Delete a version with all that stands beside it, and with the last one its group.

        What stands beside goes first, so that a repeat after a crash finds the version and goes on. Answers
        False when the group has changed since it was read.
        """
        self._table.parallel([partial(self._table.delete, Key=each) for each in self._beside(flow)])
        current = None if before.current_flow_id == flow.id else before.current_flow_id
        left = replace(before, deleted=before.deleted + 1, current_flow_id=current)
        head = {"Key": key(self._keys.flow(flow.id), FLOW), "ConditionExpression": EXISTS}
        group = self._put(before, left)
        is_last = left.deleted >= left.version
        if is_last:
            group = {"Delete": {"Key": key(self._keys.group(before.id), GROUP), **as_read(before)}}
        try:
            self._table.transact([{"Delete": head}, group])
        except Refused as refused:
            return refused.items[0] is not None
        if is_last:
            project = self._keys.project(flow.project_id)
            self._table.delete(Key=key(project, f"{GROUP_OF_NAME}{flow.name}{SEPARATOR}{before.id}"))
            self._forget_name(project, flow.name, before)
        return True

    def _beside(self, flow: Flow) -> list[Item]:
        found = self._table.query_all(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": self._keys.flow(flow.id)}},
            ProjectionExpression="pk, sk",
            ConsistentRead=True,
        )
        return [item for item in found if item["sk"]["S"] != FLOW]

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
