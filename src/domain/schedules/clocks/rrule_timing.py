"""RRule clocks: recurrence rules as iCalendar has them (RFC 5545), read by dateutil.

The serialized form has the rules' text without a zone, and beside it the start and the end with their offset
from UTC. So a rule goes by a fixed offset, whatever zone it had in the flow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from domain.schedules.clocks.given import Given, InvalidSchedule
from domain.schedules.clocks.rrule_fields import RuleFields, fields_of
from domain.schedules.clocks.rrule_parts import check_parts
from domain.schedules.clocks.rrule_work import (
    HOURLY,
    MINUTELY,
    MOST_PASSED,
    MOST_STEPS,
    LookedAtEnough,
    RuleWork,
    SharedWork,
    times_of,
)
from domain.schedules.clocks.zones import Event

_START: Final = datetime(2018, 6, 20, tzinfo=UTC)
_LONGEST_RULE: Final = 2_000
_MONTHS_OF_YEAR, _SHORTEST_MONTH = 12, 28
_MINUTES: Final = 60
_MOST_RULES: Final = 20
_MOST_DATES: Final = 1_000
_DAILY: Final = 3
# By the number of a frequency in dateutil: WEEKLY, DAILY, HOURLY, MINUTELY.
_STEPS: Final = {
    2: timedelta(weeks=1),
    _DAILY: timedelta(days=1),
    HOURLY: timedelta(hours=1),
    MINUTELY: timedelta(minutes=1),
}
_COMBINATIONS: Final = re.compile(r"FREQ\s*=\s*SECONDLY|BYSECOND\s*=[^;\n]*,", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a set, and single dates: those that are in, and those that are out."""

    rules: tuple[Any, ...]
    dates: tuple[datetime, ...] = ()
    exrules: tuple[Any, ...] = ()
    exdates: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class RRuleTiming:
    """The times that a rule, or a set of rules, names. `shared` is what one look at all clocks may take."""

    PART: ClassVar = "rrule_obj"

    rules: _Rules
    shared: SharedWork | None = None

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
        return cls(rules)

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once. Raises InvalidSchedule."""
        last, work, passed = after, RuleWork(self.shared or SharedWork()), max(1, len(self.rules.rules))
        try:
            for time in self._from(after, work):
                instant = time.astimezone(UTC)
                work.found(passed if instant <= after else 0)
                if instant > last:
                    last = instant
                    yield Event(instant, time.tzinfo or UTC)
        except LookedAtEnough:
            raise InvalidSchedule(
                self.PART,
                f"no time was found in {MOST_STEPS:,} steps or {MOST_PASSED:,} times of the rule; give it a "
                "later start or a greater FREQ, or take fewer clocks with rules.",
            ) from None
        except (OverflowError, ValueError):
            return  # dateutil says so when a rule has come to its end

    def _from(self, after: datetime, work: RuleWork) -> Iterator[datetime]:
        from dateutil.rrule import rruleset  # noqa: PLC0415

        found = rruleset()
        for rule in self.rules.rules:
            found.rrule(times_of(_begun(rule, after), work))
        for time in self.rules.dates:
            found.rdate(time)
        for rule in self.rules.exrules:
            found.exrule(times_of(_begun(rule, after), work))
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
    check_parts(rr)
    try:
        # Without a start dateutil takes the present time, and may find by its minute that a rule is empty.
        rule = rrulestr(text, dtstart=begins.replace(tzinfo=None), ignoretz=True)
        rule = rule.replace(dtstart=begins, until=ends) if isinstance(rule, rrule) else None
    except Exception:  # noqa: BLE001  (dateutil raises whatever its parts raise)
        raise rr.fault(f"is no recurrence rule: {rr.shown}.") from None
    if rule is None:
        raise rr.fault("must be one rule; several are an rruleset.")
    return rule


def _begun(rule: Any, after: datetime) -> Any:
    """Return the rule with a later start that names the same times after an instant.

    dateutil begins at the start each time. A rule with a count needs all times.
    """
    fields = fields_of(rule)
    step = _STEPS.get(fields.frequency)
    if step is not None and fields.count is None:
        step *= fields.interval
        passed = (after - fields.start) // step - 1
        if passed > 0:
            rule = rule.replace(dtstart=fields.start + passed * step)
    elif fields.count is None:
        rule = _begun_by_months(rule, fields, after)
    return _by_days(rule)


def _by_days(rule: Any) -> Any:
    """Return a rule of minutes that names hours as one of days, which takes no step for each minute.

    Both name the same times if the minutes are the same in each hour. Others are returned as they are.
    """
    fields = fields_of(rule)
    interval, positions = fields.interval, fields.positions
    # A minute has one time, which is its first and its last one.
    has_all = not positions or 1 in positions or -1 in positions
    is_the_same = fields.frequency == MINUTELY and _MINUTES % interval == 0 and has_all
    if not is_the_same or not fields.hours:
        return rule
    minutes = fields.minutes or range(_MINUTES)
    return rule.replace(
        freq=_DAILY,
        interval=1,
        bysetpos=None,
        byminute=[minute for minute in minutes if (minute - fields.start.minute) % interval == 0],
        bysecond=fields.seconds or fields.start.second,
    )


def _begun_by_months(rule: Any, fields: RuleFields, after: datetime) -> Any:
    """Return a rule of months or years with a later start, if each month has the day of its start."""
    start, months = fields.start, fields.interval * (1 if fields.frequency else _MONTHS_OF_YEAR)
    passed = ((after.year - start.year - 1) * _MONTHS_OF_YEAR) // months * months
    if passed <= 0 or start.day > _SHORTEST_MONTH:
        return rule
    years, month = divmod(start.month - 1 + passed, _MONTHS_OF_YEAR)
    return rule.replace(dtstart=start.replace(year=start.year + years, month=month + 1))


def _aware(time: datetime) -> datetime:
    """Return a time with a zone; a rule without a zone goes by UTC."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
