"""Counting those who are Running already when a concurrency limit is made or changed.

Each of them is given a slot, though none be free: so nobody comes in until fewer are left than the limit
allows. Live runs may be many, so the count goes on where it stopped, and recovery goes on with it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.recovery.follow_ups import LONGEST_REQUEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How far a count has come.

    since      when the limit was made or changed
    is_closed  whether nobody comes in, because a limit that is new has not been gone through yet
    is_late    whether it is the second time: who asked before the limit was there may have been let in after
               the first, without a slot
    after      the last live run that was looked at; None when all are still to be
    """

    since: datetime
    is_closed: bool = False
    is_late: bool = False
    after: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether to go on: the second time waits until no request of before the limit is under way."""
        return not self.is_late or now > self.since + LONGEST_REQUEST

    def come_to(self, after: str | None) -> "Counting":
        """The same count, further on."""
        return replace(self, after=after)

    def come_to_end(self) -> "Counting | None":
        """What is to be counted still after all live runs were looked at."""
        return None if self.is_late else Counting(since=self.since, is_late=True)
