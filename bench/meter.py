"""What operations consume, as DynamoDB itself reports it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WRITES = frozenset({"put_item", "update_item", "delete_item", "transact_write_items"})


@dataclass(slots=True)
class Consumption:
    """One operation's calls by name, and its capacity units; a refused write's units are not reported."""

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    refused: int = 0


class Meter:
    """Sums up the calls of a Table; give its `observe` to the Table."""

    def __init__(self) -> None:
        self._current = Consumption()

    @contextmanager
    def measure(self) -> Iterator[Consumption]:
        """Collect what happens inside; one measurement at a time."""
        self._current = Consumption()
        yield self._current
        self._current = Consumption()

    def observe(self, operation: str, answer: dict[str, Any]) -> None:
        """Add one call."""
        current = self._current
        current.calls[operation] += 1
        current.refused += "Error" in answer
        consumed = answer.get("ConsumedCapacity") or []
        units = sum(
            each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed])
        )
        if operation in WRITES:
            current.write_units += units
        else:
            current.read_units += units
