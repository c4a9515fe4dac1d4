"""The turns of flow groups in the table: one item for each group with a run that took the turn."""

from domain.schedules.runs.turns import Turn
from storage.dynamodb.table import Table
from storage.layout.keys import OVERLAP, Keys, key
from storage.schedules.turn_items import decode_turn


class Turns:
    """The turns of one tenant's flow groups."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys

    def get(self, group_id: str) -> Turn:
        """Return the turn of a group, read consistently."""
        item = self._table.get(key(self._keys.group(group_id), OVERLAP))
        return Turn(group_id=group_id) if item is None else decode_turn(item)

    def delete(self, group_id: str) -> None:
        """Delete the turn of a group that is gone, if a run took it after the group was deleted."""
        self._table.delete(Key=key(self._keys.group(group_id), OVERLAP))
