"""What a process has counted of a tenant's use and not written yet."""

import time
from collections.abc import Callable, Mapping
from datetime import date
from threading import Lock
from typing import Final

# A portion is written with the first request after so many requests or seconds.
_REQUESTS: Final = 100
_SECONDS: Final = 60.0


class UsageMemory:
    """The counts of one tenant and day. A process that ends loses what it has not written: one portion."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._counts: dict[str, float] = {}
        self._day: date | None = None
        self._since = 0.0

    def add(self, day: date, counts: Mapping[str, float]) -> tuple[date, dict[str, int]] | None:
        """Add counts of a day. Return the portion that is to be written now, with its day, if one is."""
        with self._lock:
            portion = None
            is_late = self._clock() - self._since >= _SECONDS
            if self._counts and (self._day != day or is_late or self._counts["requests"] >= _REQUESTS):
                portion = self._taken()
            if not self._counts:
                self._day, self._since = day, self._clock()
            for name in counts.keys() | {"requests"}:
                self._counts[name] = self._counts.get(name, 0) + counts.get(name, 0)
            return portion

    def _taken(self) -> tuple[date, dict[str, int]] | None:
        counts, day, self._counts = self._counts, self._day, {}
        return None if day is None else (day, {name: round(count) for name, count in counts.items()})
