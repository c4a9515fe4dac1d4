"""The requests of a minute that processes have taken of a tenant's budget: an item for each minute."""

from typing import Final

from domain.access.rates import MINUTE
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from storage.layout.attributes import number, read_number
from storage.layout.keys import Keys, key

# Nothing more is taken of a budget that is used up, so that its count does not grow.
HAS_LEFT: Final = "attribute_not_exists(taken) OR taken < :budget"
# How long after its minute an item is kept.
_KEPT: Final = 3_600


class Rates:
    """The counts of one tenant's requests."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys

    def take(self, minute: int, portion: int, budget: int) -> int | None:
        """Take a portion of a minute's budget. Return how much is taken with it, None if nothing was left.

        A repeat after a lost response takes another portion: fewer requests are let in, never more.
        """
        try:
            item = self._table.update(
                Key=key(self._keys.rate(), f"{minute:010d}"),
                UpdateExpression="SET expires = :expires ADD taken :portion",
                ConditionExpression=HAS_LEFT,
                ExpressionAttributeValues={
                    ":expires": number((minute + 1) * MINUTE + _KEPT),
                    ":portion": number(portion),
                    ":budget": number(budget),
                },
            )
        except Refused:
            return None
        return read_number(item, "taken")
