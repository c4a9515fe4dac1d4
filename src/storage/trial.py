"""A write that changes nothing: to see whether any comes through."""

from typing import Final

from storage.dynamodb.table import Table
from storage.layout.attributes import number
from storage.layout.keys import Keys, key

_TRIAL: Final = "trial"


def write_and_forget(table: Table, keys: Keys, now: int) -> None:
    """Write an item and take it away again; `now` is in seconds since 1970. Raises ApiError.

    What a crash leaves of it has expired already, so DynamoDB clears it away.
    """
    where = key(keys.trial(), _TRIAL)
    table.put(Item=where | {"expires": number(now)})
    table.delete(Key=where)
