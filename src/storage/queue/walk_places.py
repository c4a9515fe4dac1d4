"""Where polls stopped that could not look at all the sets of labels that wait: the next one goes on there.

No more than a hint: with one that is stale, or with none, a poll looks at other sets, and never at fewer.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from domain.errors import ApiError
from storage.dynamodb.table import Refused, Table
from storage.layout.attributes import epoch_second, number, read_text, text
from storage.layout.conditions import IS_NEW
from storage.layout.keys import CURSOR, Keys, key

# Of two polls that went on from the same place, the second one leaves what the first has noted.
IS_AS_READ: Final = "places = :places"
_KEPT: Final = timedelta(days=1)

# By shard, the bound from which its walk goes on.
Places = dict[int, str]


class WalkPlaces:
    """The places of one tenant's agents, by their sets of labels."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table, self._keys = table, keys

    def read(self, labels: str) -> Places:
        """The places that are noted for agents with labels of this digest, in no shard perhaps."""
        item = self._table.get(key(self._keys.walk(labels), CURSOR))
        return {int(shard): place for shard, place in json.loads(read_text(item, "places"))} if item else {}

    def note(self, labels: str, before: Places, after: Places, now: datetime) -> None:
        """Put these in the place of those that were read. A poll does not fail for want of that."""
        if after == before:
            return
        where = key(self._keys.walk(labels), CURSOR)
        condition: dict[str, object] = {"ConditionExpression": IS_NEW}
        if before:
            values = {":places": text(_text(before))}
            condition = {"ConditionExpression": IS_AS_READ, "ExpressionAttributeValues": values}
        expires = number(epoch_second(now + _KEPT))
        with suppress(Refused, ApiError):
            if after:
                self._table.put(Item={**where, "places": text(_text(after)), "expires": expires}, **condition)
            else:
                self._table.delete(Key=where, **condition)


def _text(places: Places) -> str:
    return json.dumps(sorted(places.items()))
