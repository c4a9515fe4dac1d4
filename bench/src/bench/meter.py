"""Measuring one act at a time on a Table that lives longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storage.dynamodb.consumption import Consumption


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
        self._current.add(operation, answer)
