"""A meter of single acts on a Table that lives longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storage.dynamodb.consumption import Consumption


class Meter:
    """The sum of the calls of a Table, whose observer is `observe`."""

    def __init__(self) -> None:
        self._current = Consumption()

    @contextmanager
    def measure(self) -> Iterator[Consumption]:
        """Sum up the calls inside the `with`. Only one measurement runs at a time."""
        self._current = Consumption()
        yield self._current
        self._current = Consumption()

    def observe(self, operation: str, response: dict[str, Any]) -> None:
        """Add one call."""
        self._current.add(operation, response)
