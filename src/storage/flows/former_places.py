"""The former places of flow groups, and the groups to which names lead."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from domain.flows.flows import FlowGroup
from storage.dynamodb.items import Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.flows.flow_writes import check_group
from storage.flows.group_places import FORMER_PLACE, Place
from storage.layout.attributes import read_text
from storage.layout.keys import Keys, key_of
from storage.layout.queries import in_partition

# A place takes up to five writes, of the hundred that a transaction takes.
PLACES_AT_ONCE: Final = 15

PlaceWrites = Callable[[Keys, FlowGroup, Place, Collection[Place]], Iterator[Write]]


class FormerPlaces:
    """The former places of one tenant's flow groups."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def of(self, group: FlowGroup) -> list[Place]:
        """Return the places of a group other than the place of its newest version."""
        notes = self._table.query_all(
            **in_partition(self._keys.group(group.id), FORMER_PLACE),
            ConsistentRead=True,
        )
        return [place for place in map(Place.noted, notes) if place != Place.of(group)]

    def holders(self, places: Iterable[Place]) -> dict[Place, str]:
        """Return the version groups to which the names of these places lead; skip names that are free."""
        by_key = {str(place.name(self._keys)): place for place in places}
        found = self._table.batch_get([place.name(self._keys) for place in by_key.values()], consistent=True)
        return {by_key[str(key_of(item))]: read_text(item, "version_group_id") for item in found}

    def held(self, group: FlowGroup, places: Iterable[Place]) -> list[Place]:
        """Return the places whose names lead to this group."""
        return [place for place, holder in self.holders(places).items() if holder == group.version_group_id]

    def change(self, group: FlowGroup, places: Sequence[Place], writes_of: PlaceWrites) -> bool:
        """Change former places of a group, PLACES_AT_ONCE at a time.

        Return False if the group changed since it was read.
        """
        for start in range(0, len(places), PLACES_AT_ONCE):
            part = places[start : start + PLACES_AT_ONCE]
            ours = self.held(group, part)
            writes = [write for place in part for write in writes_of(self._keys, group, place, ours)]
            try:
                self._table.transact([check_group(self._keys, group), *writes])
            except Refused:
                return False
        return True
