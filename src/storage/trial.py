"""A trial write, which shows if the table can be written."""

from typing import Final

from storage.dynamodb.table import Table
from storage.layout.attributes import number
from storage.layout.keys import Keys, key

_TRIAL: Final = "trial"


def write_and_forget(table: Table, keys: Keys, now: int) -> None:
    """Write an item and delete it again; `now` is in seconds since 1970. Raises ApiError.

    The item has expired already, so DynamoDB removes it after a crash.
    """
    item_key = key(keys.trial(), _TRIAL)
    table.put(Item=item_key | {"expires": number(now)})
    table.delete(Key=item_key)
