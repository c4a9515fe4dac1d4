"""Counting the runs that are Running already when a concurrency limit is created or changed.

Each of these runs gets a slot, even if none is free, so that no other run starts until fewer runs are left
than the limit allows. There may be many live runs, so an interrupted count continues where it stopped, in
another request or in recovery.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.recovery.follow_ups import LONGEST_REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """The progress of a count.

    since      the time at which the limit was created or changed
    is_closed  True if no run may start, because the first count of a new limit has not ended
    is_late    True for the second count: a request that began before the limit existed may have started a run
               without a slot after the first count
    after      the id of the last live run that was counted; None before the first one
    """

    since: datetime
    is_closed: bool = False
    is_late: bool = False
    after: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Return True if the count may continue.

        The second count waits until every request that began before the limit has ended.
        """
        return not self.is_late or now > self.since + LONGEST_REQUEST

    def advanced_to(self, after: str | None) -> "Counting":
        """Return the count after this live run."""
        return replace(self, after=after)

    def next_count(self) -> "Counting | None":
        """Return the count that follows when all live runs were counted; None if no count follows."""
        return None if self.is_late else Counting(since=self.since, is_late=True)
