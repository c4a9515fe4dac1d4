"""RRule clocks: recurrence rules as iCalendar has them (RFC 5545), read by dateutil.

The serialized form has the rules' text without a zone, and beside it the start and the end with their offset
from UTC. So a rule goes by a fixed offset, whatever zone it had in the flow.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.schedules.given import Given, InvalidSchedule
from domain.schedules.zones import Event

_START: Final = datetime(2018, 6, 20, tzinfo=UTC)
_LONGEST_RULE: Final = 2_000
_MONTHS_OF_YEAR, _SHORTEST_MONTH = 12, 28
_MOST_RULES: Final = 20
_MOST_DATES: Final = 1_000
_MOST_COUNT: Final = 10_000
# How many days dateutil looks at for one time: thirty years, in which every day of the calendar has come on
# every day of the week. A rule may name no day of any year.
_MOST_DAYS: Final = 11_000
# How many times of its rules one look passes over until it comes to its instant.
_MOST_PASSED: Final = 10_000
_MONTHS: Final = frozenset(range(1, 13))
# By the number of a frequency in dateutil: WEEKLY, DAILY, HOURLY, MINUTELY.
_STEPS: Final = {
    2: timedelta(weeks=1),
    3: timedelta(days=1),
    4: timedelta(hours=1),
    5: timedelta(minutes=1),
}
_COMBINATIONS: Final = re.compile(r"FREQ\s*=\s*SECONDLY|BYSECOND\s*=[^;\n]*,", re.IGNORECASE)


class _LookedAtEnough(Exception):
    """A rule was asked about as many days as one window may cost."""


@dataclass(slots=True)
class _Days:
    """How many days dateutil may still look at until it finds a time."""

    left: int = _MOST_DAYS


class _Months(frozenset[int]):
    """The months of a rule. dateutil asks for the month of each day that it looks at, so days are counted."""

    days: _Days

    @classmethod
    def counted(cls, months: Iterable[int], days: _Days) -> "_Months":
        """Return months that count how often they are asked for."""
        counted = cls(months)
        counted.days = days
        return counted

    def __contains__(self, month: object) -> bool:
        self.days.left -= 1
        if self.days.left < 0:
            raise _LookedAtEnough
        return super().__contains__(month)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a set, and single dates: those that are in, and those that are out."""

    rules: tuple[Any, ...]
    dates: tuple[datetime, ...] = ()
    exrules: tuple[Any, ...] = ()
    exdates: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class RRuleTiming:
    """The times that a rule, or a set of rules, names."""

    rules: _Rules

    @classmethod
    def read(cls, clock: Given) -> "RRuleTiming":
        """Return the timing of a serialized clock. Raises InvalidSchedule."""
        given = clock.part("rrule_obj")
        kind = given.part("type")
        if kind.value == "rrule":
            rules = _Rules((_rule(given),))
        elif kind.value == "rruleset":
            rules = _Rules(
                rules=tuple(_rule(part) for part in given.part("_rrule").parts(_MOST_RULES)),
                dates=tuple(_aware(part.time()) for part in given.part("_rdate").parts(_MOST_DATES)),
                exrules=tuple(_rule(part) for part in given.part("_exrule").parts(_MOST_RULES)),
                exdates=tuple(_aware(part.time()) for part in given.part("_exdate").parts(_MOST_DATES)),
            )
        else:
            raise kind.fault(f"must be rrule or rruleset, not {kind.shown}.")
        timing = cls(rules)
        # The first event tells whether the rules can be evaluated at all.
        try:
            next(timing.events(_START), None)
        except InvalidSchedule as fault:
            raise given.fault(fault.reason) from None
        return timing

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once. Raises InvalidSchedule."""
        last, days, left = after, _Days(), _MOST_PASSED // max(1, len(self.rules.rules))
        try:
            for time in self._from(after, days):
                days.left = _MOST_DAYS
                instant = time.astimezone(UTC)
                left -= instant <= after
                if left < 0:
                    raise _LookedAtEnough  # noqa: TRY301
                if instant > last:
                    last = instant
                    yield Event(instant, time.tzinfo or UTC)
        except _LookedAtEnough:
            raise InvalidSchedule(
                "rrule_obj",
                f"no time was found in {_MOST_DAYS:,} days or {_MOST_PASSED:,} times of the rule; "
                "give it a later start.",
            ) from None
        except (OverflowError, ValueError):
            return  # dateutil says so when a rule has come to its end

    def _from(self, after: datetime, days: _Days) -> Iterator[datetime]:
        from dateutil.rrule import rruleset  # noqa: PLC0415

        found = rruleset()
        for rule in self.rules.rules:
            found.rrule(_begun(rule, after, days))
        for time in self.rules.dates:
            found.rdate(time)
        for rule in self.rules.exrules:
            found.exrule(_begun(rule, after, days))
        for time in self.rules.exdates:
            found.exdate(time)
        return iter(found)


def _rule(given: Given) -> Any:
    """Return one rule. Raises InvalidSchedule."""
    from dateutil.rrule import rrule, rrulestr  # noqa: PLC0415  (only a schedule with such a clock needs it)

    rr = given.part("rr")
    text = rr.text()
    if len(text) > _LONGEST_RULE:
        raise rr.fault(f"has more than {_LONGEST_RULE:,} characters.")
    if _COMBINATIONS.search(text):
        raise rr.fault("names more than one second of a minute; a run a minute is the most.")
    start, until = given.part("_dtstart"), given.part("_until")
    begins = _START if start.is_null else _aware(start.time())
    ends = None if until.is_null else _aware(until.time())
    if ends is not None and ends < begins:
        raise until.fault("the end is before the start.")
    try:
        rule = rrulestr(text, ignoretz=True)
        rule = rule.replace(dtstart=begins, until=ends) if isinstance(rule, rrule) else None
    except Exception:  # noqa: BLE001  (dateutil raises whatever its parts raise)
        raise rr.fault(f"is no recurrence rule: {rr.shown}.") from None
    if rule is None:
        raise rr.fault("must be one rule; several are an rruleset.")
    if (rule._count or 0) > _MOST_COUNT:  # noqa: SLF001
        raise rr.fault(f"COUNT must be {_MOST_COUNT:,} at most.")
    return rule


def _begun(rule: Any, after: datetime, days: _Days) -> Any:
    """Return the rule with a later start that names the same times after an instant.

    dateutil begins at the start each time. A rule with a count needs all times.
    """
    step = _STEPS.get(rule._freq)  # noqa: SLF001
    if step is not None and rule._count is None:  # noqa: SLF001
        step *= rule._interval  # noqa: SLF001
        passed = (after - rule._dtstart) // step - 1  # noqa: SLF001
        if passed > 0:
            rule = rule.replace(dtstart=rule._dtstart + passed * step)  # noqa: SLF001
    elif rule._count is None:  # noqa: SLF001
        rule = _begun_by_months(rule, after)
    begun = rule.replace()
    begun._bymonth = _Months.counted(rule._bymonth or _MONTHS, days)  # noqa: SLF001
    return begun


def _begun_by_months(rule: Any, after: datetime) -> Any:
    """Return a rule of months or years with a later start, if each month has the day of its start."""
    start, months = rule._dtstart, rule._interval * (1 if rule._freq else _MONTHS_OF_YEAR)  # noqa: SLF001
    passed = ((after.year - start.year - 1) * _MONTHS_OF_YEAR) // months * months
    if passed <= 0 or start.day > _SHORTEST_MONTH:
        return rule
    years, month = divmod(start.month - 1 + passed, _MONTHS_OF_YEAR)
    return rule.replace(dtstart=start.replace(year=start.year + years, month=month + 1))


def _aware(time: datetime) -> datetime:
    """Return a time with a zone; a rule without a zone goes by UTC."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
