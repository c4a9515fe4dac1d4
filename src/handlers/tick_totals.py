"""The results of a tick for all tenants, as its response and its line in the log have them."""

from dataclasses import dataclass, field
from typing import Any, Final

from operations.recovery.tick import Summary
from operations.schedules.tick import SchedulesSummary

_COUNTED: Final = (
    *("looked_at", "retried", "failed", "rescheduled", "restarted", "given_up"),
    *("cancelled", "deleted"),
    *("lost", "faults"),
)
# The names of a tick's counts in its response, with those that they have among the counts of schedules.
_OF_SCHEDULES: Final = {
    "schedules": "looked_at",
    "scheduled": "made",
    "unscheduled": "removed",
    "schedules_at_fault": "at_fault",
    "missed": "missed",
}


@dataclass(slots=True)
class TickTotals:
    """The sums over all tenants, and the first error that ended the work for one of them."""

    summary: Summary = field(default_factory=Summary)
    schedules: SchedulesSummary = field(default_factory=SchedulesSummary)
    tenants: int = 0
    failure: Exception | None = None

    def add(self, summary: Summary) -> None:
        """Add what recovery has done for a tenant."""
        self.summary.counts.update(summary.counts)
        self.summary.left |= summary.left
        self.summary.faults |= summary.faults

    def add_schedules(self, summary: SchedulesSummary) -> None:
        """Add what the schedules of a tenant got. The longest wait of all tenants counts."""
        self.schedules.counts.update(summary.counts)
        self.schedules.left |= summary.left
        self.schedules.faults |= summary.faults
        self.schedules.overdue = max(self.schedules.overdue, summary.overdue)

    def facts(self) -> dict[str, Any]:
        """Return the sums under the names of the response."""
        summary, schedules = self.summary, self.schedules
        counts = {name: summary.counts[name] for name in _COUNTED}
        of_schedules = {name: schedules.counts[counted] for name, counted in _OF_SCHEDULES.items()}
        overdue = int(schedules.overdue.total_seconds())
        return {**counts, "left": summary.left or schedules.left, **of_schedules, "overdue_s": overdue}
