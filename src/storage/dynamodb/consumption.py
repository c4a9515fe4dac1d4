"""What calls to DynamoDB cost, as DynamoDB itself reports it."""

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

_WRITES: Final = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})


@dataclass(slots=True)
class Consumption:
    """The calls of one request by name, their capacity units and the items or keys they read or counted.

    A refused write consumes units too, which DynamoDB does not report; `refused` counts those. Safe for use
    from several threads.
    """

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    items_read: int = 0
    keys_counted: int = 0
    refused: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, operation: str, answer: dict[str, Any]) -> None:
        """Add one call: an observer for a Table."""
        consumed = answer.get("ConsumedCapacity") or []
        units = sum(
            each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed])
        )
        with self._lock:
            self.calls[operation] += 1
            self.refused += "Error" in answer
            self.items_read += _items_in(answer)
            self.keys_counted += 0 if "Items" in answer else int(answer.get("ScannedCount", 0))
            if operation in _WRITES:
                self.write_units += units
            else:
                self.read_units += units

    def summary(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "calls": self.calls.total(),
            "read_units": self.read_units,
            "write_units": self.write_units,
            "items_read": self.items_read,
            "keys_counted": self.keys_counted,
        }


def _items_in(answer: dict[str, Any]) -> int:
    found = sum(len(items) for items in (answer.get("Responses") or {}).values())
    found += int(answer.get("ScannedCount", 0)) if "Items" in answer else 0
    return found + ("Item" in answer and "Error" not in answer)
