"""The numbers of the runs that were created in an hour or a day, by how they stand."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from domain.flow_runs.run_totals import Period
from domain.flow_runs.states import FAILED


@dataclass(slots=True)
class RunCounts:
    """The numbers of the runs that were created in a period: all, the unfinished ones, others by their ends.

    The successful runs are the rest. `as_of` is the time at which they were counted.
    """

    period: Period
    as_of: datetime
    runs: int = 0
    live: int = 0
    waiting: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def start(self) -> datetime:
        """The instant at which the period begins."""
        return self.period.start

    @property
    def end(self) -> datetime:
        """The instant at which the next period begins."""
        return self.period.end

    @property
    def failed(self) -> int:
        """The number of runs whose state is a failed one."""
        return sum(self.ends[name] for name in FAILED)

    @property
    def cancelled(self) -> int:
        """The number of runs that were cancelled."""
        return self.ends["Cancelled"]

    @property
    def ended_otherwise(self) -> int:
        """The number of runs whose end is neither a success nor a failure nor a cancellation."""
        return self.ends.total() - self.failed - self.cancelled

    @property
    def successful(self) -> int:
        """The number of successful runs. A run that changes while it is counted may be counted twice."""
        return max(0, self.runs - self.ends.total() - self.live - self.waiting)
