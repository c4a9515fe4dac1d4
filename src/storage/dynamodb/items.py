"""The types of items and writes, and the names of the calls that write.

They need no client. So the modules that only map items import this module and not the table.
"""

from dataclasses import dataclass
from typing import Any, Final

# An item, or the key of one, as DynamoDB's low-level API takes it: {"pk": {"S": "…"}, …}.
Item = dict[str, Any]
# The arguments of one write, or {"Put" | "Update" | "Delete" | "ConditionCheck": arguments} in a transaction.
Write = dict[str, Any]
# The calls of a client that write.
WRITE_OPERATIONS: Final = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})


@dataclass(frozen=True, slots=True)
class Index:
    """An index of the table, and the attributes that are its partition key and its sort key."""

    name: str
    partition_key: str
    sort_key: str
