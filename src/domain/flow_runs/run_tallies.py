"""Tallies: numbers by the hour or the day as they were a moment ago, kept while somebody looks at them.

To count what has not ended, and the runs of the last hours, takes the more the more runs there are. So where
these are many, recovery counts them once for all who look. Where they are few, each request counts them anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.run_counts import RunCounts
from domain.flow_runs.run_totals import Level

# A count that looks at so many keys of runs, or at fewer, is made anew for each request.
FEW_KEYS: Final = 1_000
# For so long after it was counted, a tally is returned.
USED_FOR: Final = timedelta(minutes=15)
# A request notes that it has asked, but not again for so long.
NOTED_FOR: Final = timedelta(minutes=1)
# For so long after somebody asked, each tick counts anew.
WATCHED_FOR: Final = timedelta(minutes=10)
# For a day after somebody asked, a tally is counted anew when it is so old. So who looks again finds one.
RENEWED_AFTER: Final = timedelta(minutes=10)
KEPT_FOR: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a tally: the last hours or days up to now, as many as `periods`, of all runs or of some.

    So the subject of a page that is left open stays the same as time goes on.
    """

    level: Level
    periods: int
    project_id: str | None = None
    flow_group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of a subject.

    counted  when the counting began
    asked    when a request has last noted that it asked for them
    counts   returns the numbers, oldest first; None if they cannot be read
    """

    subject: Subject
    counted: datetime
    asked: datetime
    counts: Callable[[], Sequence[RunCounts] | None]

    def is_usable(self, now: datetime) -> bool:
        """Return True if a request may return the numbers."""
        return now - self.counted <= USED_FOR

    def is_to_note(self, now: datetime) -> bool:
        """Return True if a request that uses the numbers has to note that it asked for them."""
        return now - self.asked >= NOTED_FOR

    def is_due(self, now: datetime) -> bool:
        """Return True if recovery has to count the subject anew."""
        return now - self.asked <= WATCHED_FOR or (
            now - self.asked <= KEPT_FOR and now - self.counted >= RENEWED_AFTER
        )
