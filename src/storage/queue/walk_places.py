"""The places where polls stopped that could not look at all sets of labels. The next poll continues there.

A place is only a hint. With a stale place, or with none, a poll looks at other sets, but never at fewer.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import epoch_second, number, read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.keys import CURSOR, Keys, key

# If two polls continue from the same place, the second one leaves the place that the first one stored.
PLACES_AS_READ: Final = "places = :places"
_KEPT: Final = timedelta(days=1)

# The bound where the walk through a shard continues, by shard.
Places = dict[int, str]


class WalkPlaces:
    """The places of the agents of one tenant, by their sets of labels."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys

    def read(self, labels: str) -> Places:
        """Return the stored places of agents with labels of this digest; perhaps none."""
        item = self._table.get(key(self._keys.walk(labels), CURSOR))
        return {int(shard): place for shard, place in json.loads(read_text(item, "places"))} if item else {}

    def note(self, labels: str, before: Places, after: Places, now: datetime) -> None:
        """Replace the places that were read. A failure is ignored, so that a poll does not fail by it."""
        if after == before:
            return
        where = key(self._keys.walk(labels), CURSOR)
        condition: dict[str, object] = {"ConditionExpression": IS_NEW}
        if before:
            values = {":places": text(_as_json(before))}
            condition = {"ConditionExpression": PLACES_AS_READ, "ExpressionAttributeValues": values}
        expires = number(epoch_second(now + _KEPT))
        with suppress(Refused, ApiError):
            if after:
                self._table.put(
                    Item={**where, "places": text(_as_json(after)), "expires": expires}, **condition
                )
            else:
                self._table.delete(Key=where, **condition)


def _as_json(places: Places) -> str:
    return json.dumps(sorted(places.items()))
