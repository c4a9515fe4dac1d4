"""RRule clocks: recurrence rules as iCalendar has them (RFC 5545), read by dateutil.

The serialized form has the rules' text without a zone, and beside it the start and the end with their offset
from UTC. So a rule goes by a fixed offset, whatever zone it had in the flow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from domain.schedules.clocks.given import Given, InvalidSchedule
from domain.schedules.clocks.rrule_parts import check_parts
from domain.schedules.clocks.rrule_starts import with_later_start
from domain.schedules.clocks.rrule_work import (
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
_MOST_RULES: Final = 20
_MOST_DATES: Final = 1_000
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
            found.rrule(times_of(with_later_start(rule, after), work))
        for time in self.rules.dates:
            found.rdate(time)
        for rule in self.rules.exrules:
            found.exrule(times_of(with_later_start(rule, after), work))
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


def _aware(time: datetime) -> datetime:
    """Return a time with a zone; a rule without a zone goes by UTC."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
