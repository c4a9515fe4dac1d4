"""Moves of flow groups and their versions between projects.

A move takes several transactions, and each holds only while the group is as it was read. The project that a
group leaves keeps it as a member until the last version has left, so that lists of that project find the
versions at any moment. Nothing moves into or out of a project that is being deleted: its deletion has listed
the flows that it deletes.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.errors import BadUserInput, NotFound
from domain.flows.flows import Flow, FlowGroup
from storage.dynamodb.items import Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flows.flow_writes import check_group, gives_flows, put_group, take_name, takes_flows
from storage.flows.flows import Flows
from storage.flows.former_places import FormerPlaces
from storage.flows.group_places import Place, bringing, leaving
from storage.layout.attributes import text
from storage.layout.conditions import EXISTS
from storage.layout.keys import FLOW, Keys, key

# A transaction takes a hundred writes, of which three are checks and one removes the member.
VERSIONS_AT_ONCE: Final = 96


@dataclass(frozen=True, slots=True)
class _GroupMove:
    """The writes of a group's move: into the project, of its name there, of its member, and out of its place.

    The last write of `leaving` removes the member from the old project.
    """

    entering: list[Write]
    name: Write
    name_is_free: bool
    member: Write
    leaving: list[Write]


class FlowMoves:
    """The moves of one tenant's flow groups."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._flows = Flows(table, keys)
        self._places = FormerPlaces(table, keys)

    def move(self, before: FlowGroup, project_id: str) -> bool:
        """Move a group into another project, where its next version will be; its versions follow separately.

        Return False if the group changed since it was read. Raises NotFound if there is no such project or
        the group's own project is being deleted, BadUserInput if the project has another flow of the same
        name.
        """
        writes = self._writes(before, project_id)
        source = gives_flows(self._keys, before.project_id)
        try:
            self._table.transact([*writes.entering, source, writes.name, writes.member, *writes.leaving[:-1]])
        except Refused as refused:
            self._check_refusal(refused, before.project_id, project_id)
            group, _, _, holder, *_ = refused.items
            if group is None and holder is not None:
                raise BadUserInput(
                    f"Project {project_id} has another flow named {before.flow_name!r}: "
                    "rename or delete that first."
                ) from refused
            return False
        return True

    def move_back(self, before: FlowGroup, project_id: str) -> bool:
        """Move a group back to its versions. If another flow took its name there, that flow keeps the name.

        Return False if the group changed since it was read. Raises NotFound if there is no such project.
        """
        writes = self._writes(before, project_id)
        names = [writes.name] if writes.name_is_free else []
        try:
            self._table.transact([*writes.entering, *names, writes.member, *writes.leaving])
        except Refused as refused:
            group, target, *_ = refused.items
            if group is None and target is not None:
                raise NotFound(f"There is no project {project_id}.") from refused
            return False
        return True

    def _writes(self, before: FlowGroup, project_id: str) -> _GroupMove:
        after = replace(before, project_id=project_id, changes=before.changes + 1)
        old, new = Place.of(before), Place.of(after)
        holders = self._places.holders([old, new])
        ours = [old] if holders.get(old) == before.version_group_id else []
        holder = holders.get(new)
        stale = None if holder is None or self._is_in(holder, project_id) else holder
        return _GroupMove(
            entering=[put_group(self._keys, after, before), takes_flows(self._keys, project_id)],
            name=take_name(self._keys, after, stale),
            name_is_free=holder in (None, before.version_group_id, stale),
            member={"Put": {"Item": new.member(self._keys, before.id)}},
            leaving=list(leaving(self._keys, before, old, ours)),
        )

    def _is_in(self, version_group_id: str, project_id: str) -> bool:
        """Return False if a name that leads to a version group is stale: the group is gone or elsewhere."""
        group = self._flows.group(self._flows.group_id(version_group_id))
        return group is not None and group.project_id == project_id

    def names(self, group: FlowGroup) -> list[str]:
        """Return the names that versions of a group have or had."""
        names = [group.flow_name, *(place.flow_name for place in self._places.of(group))]
        return list(dict.fromkeys(names))

    def bring_names(self, group: FlowGroup) -> bool:
        """Move the former names of a group into its project; a repeat changes nothing more.

        Return False if the group changed since it was read.
        """
        places = [place for place in self._places.of(group) if place.project_id != group.project_id]
        return self._places.change(group, places, bringing)

    def move_versions(self, flows: Sequence[Flow], group: FlowGroup, left: set[str] | None) -> bool:
        """Move versions into the project of their group; a repeat changes nothing more.

        `left` has the projects that the group has left in this move; None if some versions stay behind. With
        the last version of another project the group leaves it. Return False if the group changed since it
        was read, or a version is gone. Raises NotFound if the project of the group or that of a version is
        being deleted.
        """
        by_project = defaultdict(list)
        for flow in flows:
            by_project[flow.project_id].append(flow)
        for source, versions in by_project.items():
            leaves = left is not None and source not in left
            for start in range(0, len(versions), VERSIONS_AT_ONCE):
                end = start + VERSIONS_AT_ONCE
                if not self._move_some(versions[start:end], group, leave=leaves and end >= len(versions)):
                    return False
            if left is not None:
                left.add(source)
        return True

    def _move_some(self, flows: Sequence[Flow], group: FlowGroup, *, leave: bool) -> bool:
        source = flows[0].project_id
        place = replace(Place.of(group), project_id=source)
        member: Write = {"Delete": {"Key": place.member(self._keys, group.id)}}
        checks = [
            check_group(self._keys, group),
            takes_flows(self._keys, group.project_id),
            gives_flows(self._keys, source),
        ]
        try:
            moving = [self._moving(flow, group.project_id) for flow in flows]
            self._table.transact([*checks, *moving, *([member] if leave else [])])
        except Refused as refused:
            self._check_refusal(refused, source, group.project_id)
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

    def _check_refusal(self, refused: Refused, source: str, target: str) -> None:
        """Raise NotFound if a project refused a move, whose first writes are of group, target and source."""
        group, target_item, source_item = refused.items[:3]
        if group is None and target_item is not None:
            raise NotFound(f"There is no project {target}.") from refused
        if group is None and source_item is not None:
            raise NotFound(f"Project {source} is being deleted, and its flows with it.") from refused
