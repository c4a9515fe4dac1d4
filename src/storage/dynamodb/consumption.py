"""The cost of calls to DynamoDB, as DynamoDB itself reports it."""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from threading import Lock
from typing import Any, Final

from storage.dynamodb.items import WRITE_OPERATIONS

_UNITS: Final = itemgetter("CapacityUnits")
_API_KEY: Final = {"S": "api-key"}


@dataclass(slots=True)
class Consumption:
    """The calls of one request by name, their capacity units, and the items or keys they read or counted.

    A refused write consumes units too, which DynamoDB does not report; `refused` counts those writes. Safe
    for use from several threads.
    """

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    items_read: int = 0
    keys_counted: int = 0
    refused: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, operation: str, response: dict[str, Any]) -> None:
        """Add one call. The method is an observer for a Table."""
        consumed = response.get("ConsumedCapacity") or []
        by_table = consumed if isinstance(consumed, list) else [consumed]
        units = sum(map(_UNITS, by_table))
        with self._lock:
            self.calls[operation] += 1
            self.refused += "Error" in response
            self.items_read += _items_in(response)
            self.keys_counted += 0 if "Items" in response else int(response.get("ScannedCount", 0))
            if operation in WRITE_OPERATIONS:
                self.write_units += units
            else:
                self.read_units += units

    def summary(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "calls": self.calls.total(),
            "read_units": self.read_units,
            "write_units": self.write_units,
            "items_read": self.items_read,
            "keys_counted": self.keys_counted,
        }


def _items_in(response: dict[str, Any]) -> int:
    found = sum(sum(map(_counts, items)) for items in (response.get("Responses") or {}).values())
    found += int(response.get("ScannedCount", 0)) if "Items" in response else 0
    return found + ("Item" in response and "Error" not in response and _counts(response["Item"]))


def _counts(item: dict[str, Any]) -> bool:
    """Return False for an API key, because keys of all tenants are in one place.

    The count would tell a caller that the key of another tenant exists.
    """
    return bool(item.get("sk") != _API_KEY)
