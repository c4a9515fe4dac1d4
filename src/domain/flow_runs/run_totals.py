"""Totals: how many flow runs were created in an hour, a day or a month, and how they ended.

A total is counted once, some hours after its time is over, and then stands for the keys of these runs. A
change that a total must not miss marks its hour before it is made. So a total is right or is known not to be.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from domain.flow_runs.states import KIND_OF, Kind
from domain.ids import created_from_id, is_time_ordered

# An hour is counted so long after its end. By then most runs have ended, and every index shows its runs.
SETTLED_AFTER: Final = timedelta(hours=3)
# From so long after the end of its hour on, a change of a run marks the hour. A change that was made without
# a mark is an hour old when the counting begins, whatever clocks and requests are late.
MARKED_AFTER: Final = timedelta(hours=2)
# A total that was counted so long after a mark has seen the change: a request lasts a minute, and clocks
# differ by five minutes either way.
GRACE: Final = timedelta(minutes=15)
# Fewer runs have no total: counting their keys costs no more than reading a total.
FEW: Final = 16
# The types under which an index lists the runs that have ended.
LISTED_ENDS: Final = frozenset(
    name for name, kind in KIND_OF.items() if kind is Kind.FINISHED and name != "Success"
)
_ENDS: Final = LISTED_ENDS | {"Success"}


class Level(Enum):
    """The lengths of the times that have totals."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"

    @property
    def below(self) -> "Level | None":
        """The level whose totals add up to a total of this one."""
        return {Level.HOUR: None, Level.DAY: Level.HOUR, Level.MONTH: Level.DAY}[self]


class TotalOf(Enum):
    """Whose runs a total counts: those of the tenant, or those of each flow group by itself."""

    TENANT = "tenant"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Period:
    """An hour, a day or a month in UTC."""

    level: Level
    start: datetime

    @classmethod
    def of(cls, level: Level, instant: datetime) -> "Period":
        """Return the period in which an instant lies."""
        start = instant.replace(minute=0, second=0, microsecond=0)
        if level is not Level.HOUR:
            start = start.replace(hour=0)
        return cls(level, start.replace(day=1) if level is Level.MONTH else start)

    @classmethod
    def from_on(cls, level: Level, instant: datetime) -> "Period":
        """Return the first period that begins at an instant or later."""
        period = cls.of(level, instant)
        return period if period.start == instant else cls(level, period.end)

    @property
    def end(self) -> datetime:
        """The instant at which the next period of the level begins."""
        if self.level is Level.MONTH:
            return (self.start + timedelta(days=32)).replace(day=1)
        return self.start + timedelta(**{f"{self.level.value}s": 1})


@dataclass(slots=True)
class Figures:
    """The numbers of runs: all, those that had not ended when they were counted, and the others by `ends`.

    The successful runs are the rest, because most runs are successful.
    """

    runs: int = 0
    unfinished: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    def count(self, state: str) -> None:
        """Count a run in this type of state."""
        self.runs += 1
        if state in LISTED_ENDS:
            self.ends[state] += 1
        elif state != "Success":
            self.unfinished += 1

    def add(self, other: "Figures") -> None:
        """Add the runs of another time."""
        self.runs += other.runs
        self.unfinished += other.unfinished
        self.ends.update(other.ends)


# Figures by the key of a flow group, or by the key of the tenant.
ByKey = dict[str, Figures]
OF_TENANT: Final = ""


def key_of(group_id: str) -> str:
    """Return the key of a flow group in a total: half of its id, which is a hash."""
    return group_id.replace("-", "")[:16]


class UnreadableTotal(Exception):
    """A stored total cannot be read, so that its runs must be counted."""


@dataclass(frozen=True, slots=True)
class Total:
    """The runs of a period.

    begins   no run was created between this time and the period, so the total counts from here, too
    counted  when the counting began
    runs     the number of all runs
    figures  returns what was counted, which may be large. Raises UnreadableTotal
    """

    period: Period
    begins: datetime
    counted: datetime
    runs: int
    figures: Callable[[], ByKey]


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells if a total is right.

    since  totals that were counted earlier may lack changes, because an earlier release made some; None if no
           total can be relied on
    first  no run was created before this hour
    hours  the marked hours and the times of their marks, in order
    """

    since: datetime | None
    first: datetime | None = None
    hours: Sequence[tuple[datetime, datetime]] = ()

    def within(self, period: Period) -> Sequence[tuple[datetime, datetime]]:
        """Return the marked hours of a period."""
        first, last = (
            bisect_left(self.hours, instant, key=_hour_of) for instant in (period.start, period.end)
        )
        return self.hours[first:last]

    def allow(self, total: Total) -> bool:
        """Return True if a total has seen every change of its runs."""
        if self.since is None or total.counted < self.since:
            return False
        return all(at + GRACE < total.counted for _, at in self.within(total.period))


def _hour_of(mark: tuple[datetime, datetime]) -> datetime:
    return mark[0]


@dataclass(frozen=True, slots=True)
class Series:
    """The progress of counting totals.

    since    as that of Marks: the first tick after which no tick of an earlier release came
    first    the hour of the first run; None if no run was looked at
    reached  all hours before this time were looked at
    look     when the next look is due
    """

    since: datetime
    first: datetime | None = None
    reached: datetime | None = None
    look: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Return True if it is time for a look. At first, requests of an earlier release may be under way."""
        return now >= (self.look or self.since + GRACE)


def hour_to_mark(flow_run_id: str, now: datetime) -> datetime | None:
    """Return the hour that a change of a flow run has to mark; None if its hour was over too recently."""
    try:
        created = created_from_id(flow_run_id) if is_time_ordered(flow_run_id) else None
    except OverflowError:
        return None
    if created is None or created > now:
        return None
    hour = Period.of(Level.HOUR, created)
    return hour.start if hour.end + MARKED_AFTER <= now else None


def ends_to_mark(state: str) -> frozenset[str]:
    """Return the ends from which a change to this type of state, no listed end, must mark the hour.

    Each change to a listed end must. A total has runs by their listed ends, and says if there were unfinished
    ones. So a run that ends with success needs no mark, but one that goes on after its end does.
    """
    return LISTED_ENDS if state == "Success" else _ENDS


def gaps(start: datetime, end: datetime, totals: Iterable[Total]) -> list[tuple[datetime, datetime]]:
    """Return the times between two instants that totals, which come in order, do not cover."""
    found: list[tuple[datetime, datetime]] = []
    for total in totals:
        if start < total.begins:
            found.append((start, min(total.begins, total.period.start)))
        start = max(start, total.period.end)
    return [*found, (start, end)] if start < end else found
