"""The bound on the work of recurrence rules: the days and the steps that dateutil looks at are counted.

dateutil asks the parts of a rule whether they contain a month, an hour or a minute. So parts that count how
often they are asked bound what a rule costs, whatever it names.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.schedules.clocks.rrule_fields import RuleFields, fields_of, with_fields

# Frequencies, by their numbers in dateutil.
YEARLY, MONTHLY, WEEKLY, HOURLY, MINUTELY = 0, 1, 2, 4, 5
# Steps until the next time is found, each of about a tenth of a microsecond.
MOST_STEPS: Final = 110_000
# The steps of a day that dateutil looks at, by the number of a frequency: the longer the period, the less
# a day takes. So a rule of days may look at thirty years: within them each date has come on each day of the
# week.
_OF_DAY: Final = {YEARLY: 2, MONTHLY: 2, WEEKLY: 4}
_OF_SINGLE_DAY: Final = 10
_OF_TIME: Final = 10
# dateutil also takes time for each month that a rule steps over, and for each year that it begins.
_DAYS_OF_A_STEP: Final = 4
_OF_YEAR, _OF_YEAR_OF_WEEKS = 200, 1_000
# The most steps of one look at all clocks whose times are rare.
_MOST_IN_VAIN: Final = 400_000
# How many times of their rules one look passes over until it comes to its instant, of all clocks.
MOST_PASSED: Final = 10_000
_USUAL: Final = 300
_YEAR: Final = 366
_DAYS: Final = {YEARLY: _YEAR, MONTHLY: 30, WEEKLY: 7}
_PERIODS_OF_DAY: Final = {HOURLY: 24, MINUTELY: 1_440}
_MONTHS: Final = frozenset(range(1, 13))
# For each position in a period dateutil lists the days of the period.
_POSITION, _POSITION_IN_A_YEAR = 5, 100


class LookedAtEnough(Exception):
    """A rule took more steps than one look may cost."""


@dataclass(slots=True)
class SharedWork:
    """What the clocks of a schedule may still take in one look: steps in vain, and times that are passed."""

    in_vain: int = _MOST_IN_VAIN
    passed: int = MOST_PASSED

    def take(self, in_vain: int, passed: int) -> None:
        """Take steps and times. Raises LookedAtEnough."""
        self.in_vain -= in_vain
        self.passed -= passed
        if self.in_vain < 0 or self.passed < 0:
            raise LookedAtEnough


@dataclass(slots=True)
class RuleWork:
    """How many steps dateutil may still take until it finds the next time, and what all clocks share."""

    shared: SharedWork
    left: int = MOST_STEPS

    def take(self, steps: int) -> None:
        """Take steps. Raises LookedAtEnough."""
        self.left -= steps
        if self.left < 0:
            raise LookedAtEnough

    def found(self, passed: int) -> None:
        """Count anew, because a time was found. Raises LookedAtEnough if such times are too rare.

        `passed` counts what is passed over with it.
        """
        self.shared.take(max(0, MOST_STEPS - self.left - _USUAL), passed)
        self.left = MOST_STEPS


def times_of(rule: Any, work: RuleWork) -> Iterator[datetime]:
    """Yield and count the times of a rule, because other rules of its set may leave them out."""
    for time in counted(rule, work):
        work.take(_OF_TIME)
        yield time


class _Counted(frozenset[int]):
    """The numbers of a part of a rule, which count how often they are asked for."""

    work: RuleWork
    steps: int

    @classmethod
    def of(cls, numbers: Iterable[int], work: RuleWork, steps: int) -> "_Counted":
        counted = cls(numbers)
        counted.work, counted.steps = work, steps
        return counted

    def __contains__(self, number: object) -> bool:
        self.work.take(self.steps)
        return super().__contains__(number)


@dataclass(frozen=True, slots=True)
class _Walked:
    """Entries of a part of a rule, through which dateutil goes once for each period."""

    entries: Collection[Any]
    work: RuleWork
    steps: int

    def __iter__(self) -> Iterator[Any]:
        self.work.take(self.steps)
        return iter(self.entries)


def _of_day(fields: RuleFields) -> int:
    """Return the steps of each day that dateutil looks at, with the share of what it does for the period."""
    frequency, is_slow = fields.frequency, fields.weeks or fields.easter
    period = _DAYS.get(frequency, 1)
    passed = max(1, int(period * fields.interval // _PERIODS_OF_DAY.get(frequency, 1)))
    walked = passed // _DAYS_OF_A_STEP if frequency >= WEEKLY else 0
    of_year = _OF_YEAR_OF_WEEKS if is_slow else _OF_YEAR
    prepared = of_year * min(passed, _YEAR) // _YEAR
    return _OF_DAY.get(frequency, _OF_SINGLE_DAY) + (walked + prepared) // period


def counted(rule: Any, work: RuleWork) -> Any:
    """Return a copy of a rule that counts its work."""
    fields, changed = fields_of(rule), dict[str, object]()
    of_day = _of_day(fields)
    if fields.frequency == YEARLY and fields.numbered_weekdays and not fields.months:
        # With months dateutil would take the second Monday of a year for that of each month.
        changed["numbered_weekdays"] = _Walked(fields.numbered_weekdays, work, of_day * _YEAR)
    else:
        changed["months"] = _Counted.of(fields.months or _MONTHS, work, of_day)
    # A rule is asked for the hour of each step, and for the minute.
    if fields.frequency in (HOURLY, MINUTELY) and fields.hours:
        changed["hours"] = _Counted.of(fields.hours, work, 1)
    if fields.frequency == MINUTELY and fields.minutes:
        changed["minutes"] = _Counted.of(fields.minutes, work, 1)
    if fields.positions:
        of_position = _POSITION_IN_A_YEAR if fields.frequency == YEARLY else _POSITION
        changed["positions"] = _Walked(fields.positions, work, of_position * len(fields.positions))
    if fields.year_days:
        # dateutil looks each day up twice, and would search a row of some hundred numbers.
        changed["year_days"] = frozenset(fields.year_days)
    return with_fields(rule, changed)
