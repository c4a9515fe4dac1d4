"""The places of flow groups: a name of a flow, in a project. Pure.

A place is two items in the project's partition: the name leads the next registration to the group, and the
member lets lists find the group. A group knows the place of its newest version. For each former place its own
partition has a note, so that no place stays behind when the group moves or is deleted.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from domain.flows.flows import FlowGroup
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import read_text, text
from storage.layout.keys import SEPARATOR, Keys, key

FLOW_NAME: Final = "flow-name#"
GROUP_OF_NAME: Final = "flow-group#"
FORMER_PLACE: Final = "place#"
# Delete a name only if it still leads to this group, because another group may have registered it since.
IS_OURS: Final = "version_group_id = :ours"


@dataclass(frozen=True, slots=True)
class Place:
    """A project and the name of a flow in it."""

    project_id: str
    flow_name: str

    @classmethod
    def of(cls, group: FlowGroup) -> "Place":
        """Return the place of a group's newest version."""
        return cls(group.project_id, group.flow_name)

    @classmethod
    def noted(cls, item: Item) -> "Place":
        """Return the place of a note."""
        return cls(*read_text(item, "sk").removeprefix(FORMER_PLACE).split(SEPARATOR, 1))

    def name(self, keys: Keys) -> Item:
        """Return the key of the item that gives the flow's name to one group of the project."""
        return key(keys.project(self.project_id), FLOW_NAME + self.flow_name)

    def member(self, keys: Keys, group_id: str) -> Item:
        """Return the key of the item that lists a group under this project and name."""
        return key(keys.project(self.project_id), f"{GROUP_OF_NAME}{self.flow_name}{SEPARATOR}{group_id}")

    def note(self, keys: Keys, group_id: str) -> Item:
        """Return the key of the note of this place, in the group's partition."""
        return key(keys.group(group_id), f"{FORMER_PLACE}{self.project_id}{SEPARATOR}{self.flow_name}")


def leaving(keys: Keys, group: FlowGroup, place: Place, ours: Collection[Place]) -> Iterator[Write]:
    """Remove a group from a place, with the name of the place if it is one of `ours`."""
    if place in ours:
        yield {
            "Delete": {
                "Key": place.name(keys),
                "ConditionExpression": IS_OURS,
                "ExpressionAttributeValues": {":ours": text(group.version_group_id)},
            }
        }
    yield {"Delete": {"Key": place.member(keys, group.id)}}


def forgetting(keys: Keys, group: FlowGroup, place: Place, ours: Collection[Place]) -> Iterator[Write]:
    """Remove a group from a former place, with the note of the place."""
    yield from leaving(keys, group, place, ours)
    yield {"Delete": {"Key": place.note(keys, group.id)}}


def bringing(keys: Keys, group: FlowGroup, place: Place, ours: Collection[Place]) -> Iterator[Write]:
    """Move a former place of a group into the project where the group is now."""
    yield from forgetting(keys, group, place, ours)
    here = replace(place, project_id=group.project_id)
    if here != Place.of(group):
        yield {"Put": {"Item": here.member(keys, group.id)}}
        yield {"Put": {"Item": here.note(keys, group.id)}}
