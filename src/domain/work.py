"""The work of one request: a budget on which everything draws whose amount the sender decides."""

import math
from collections.abc import Callable
from itertools import count
from typing import Final

from domain.errors import ApiError, BadUserInput

# A unit is about a microsecond of one processor: a comparison, or some characters that are matched.
MAX_UNITS: Final = 400_000
# Reads of the database, even of what does not exist.
MAX_READS: Final = 2_000


class Work:
    """What one request has done, and what it may still do.

    `time_left` returns the seconds until the request is over. A request that changes something is never
    stopped between two writes for its amount: reads draw on the budget, writes do not. Several threads of a
    request may draw: each read counts, while units that two threads draw in the same instant may count once.
    """

    def __init__(
        self,
        *,
        max_units: float = MAX_UNITS,
        max_reads: float = MAX_READS,
        time_left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self.units = 0.0
        self.reads = 0
        self._max_units, self._max_reads, self._time_left = max_units, max_reads, time_left
        self._counter = count(1)

    @classmethod
    def unlimited(cls) -> "Work":
        """Return a budget without bounds, for work that no caller asks for."""
        return cls(max_units=math.inf, max_reads=math.inf)

    def draw(self, units: float, argument: str) -> None:
        """Take units before the work is done. Raises BadUserInput, which names the argument, and ApiError."""
        self.units += units
        if self.units > self._max_units:
            raise BadUserInput(
                f"{argument}: this request asks for too many comparisons. Ask for less at once: narrow its "
                "lists by an id, name or time, shorten its patterns, or split it into several requests."
            )
        self.check_time()

    def draw_read(self) -> None:
        """Count a read of the database before it is made. Raises BadUserInput, ApiError."""
        self.reads = next(self._counter)
        if self.reads > self._max_reads:
            raise BadUserInput(
                f"This request needs more than {self._max_reads:,} reads of the database over all its lists. "
                "Ask for less at once: name fewer ids or names, or split it into several requests."
            )
        self.check_time()

    def check_time(self) -> None:
        """Raise ApiError if the time of the request is over."""
        if self._time_left() <= 0:
            raise ApiError(
                "The request took too long and was stopped; ask for less at once, or send it again."
            )
