"""Schedules: clocks with filters and adjustments, as the releases of Prefect Core serialize them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from domain.schedules.clocks.clocks import Clock
from domain.schedules.clocks.dates_timing import DatesTiming
from domain.schedules.clocks.given import Given
from domain.schedules.clocks.rrule_work import SharedWork
from domain.schedules.clocks.zones import Event
from domain.schedules.functions import Adjustment, Filter, read_adjustment, read_filter
from domain.schedules.nested import MOST_NESTED, RULE_CLOCK, clocks_in, rules_of

MOST_CLOCKS: Final = 100
_MOST_FUNCTIONS: Final = 20
# A look at a rule may take some ten milliseconds.
_MOST_RULE_CLOCKS: Final = 10
# All of those in sets of rules.
_MOST_RULES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One or more clocks, with the filters that choose among their events, and the adjustments.

    An event passes if all `filters` accept it, one of the `or_filters` does, unless there are none, and none
    of the `not_filters` does.
    """

    clocks: tuple[Clock, ...]
    filters: tuple[Filter, ...] = ()
    or_filters: tuple[Filter, ...] = ()
    not_filters: tuple[Filter, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()

    def check(self) -> None:
        """Raise InvalidSchedule if a clock names no time, or cannot be followed."""
        for clock in self.looked_at():
            clock.check()

    def looked_at(self) -> list[Clock]:
        """Return the clocks for one look, which bounds the work of all of them together."""
        work = SharedWork()
        return [clock.sharing(work) for clock in self.clocks]

    def accepts(self, event: Event) -> bool:
        """Return True if an event of a clock passes the filters."""
        return (
            all(accepts(event) for accepts in self.filters)
            and (not self.or_filters or any(accepts(event) for accepts in self.or_filters))
            and not any(accepts(event) for accepts in self.not_filters)
        )

    def adjusted(self, event: Event) -> Event:
        """Return the event after all adjustments."""
        for adjust in self.adjustments:
            event = adjust(event)
        return event


def read_schedule(serialized: object, field: str = "schedule") -> Schedule:
    """Return the schedule of its serialized form. Raises InvalidSchedule with the field and the reason.

    Releases before 0.6.1 wrote four kinds of their own, which the later ones read as clocks.
    """
    given = Given(serialized, field)
    _check_numbers(given)
    kind = given.part("type")
    if kind.value not in (None, "Schedule"):
        clocks = tuple(_older(given, 0))
    else:
        clocks = tuple(Clock.read(part) for part in given.part("clocks").parts(MOST_CLOCKS))
    return Schedule(
        clocks=clocks,
        filters=_filters(given.part("filters")),
        or_filters=_filters(given.part("or_filters")),
        not_filters=_filters(given.part("not_filters")),
        adjustments=tuple(read_adjustment(part) for part in given.part("adjustments").parts(_MOST_FUNCTIONS)),
    )


def checked_schedule(serialized: object, field: str = "schedule") -> Schedule:
    """Return the schedule of its serialized form, if each clock names a time. Raises InvalidSchedule.

    It checks schedules before they are stored. One that is stored need not be checked again.
    """
    schedule = read_schedule(serialized, field)
    schedule.check()
    return schedule


def _check_numbers(given: Given) -> None:
    """Raise InvalidSchedule if a schedule has too many clocks, or too many rules, on all its levels."""
    is_union = given.part("type").value == "UnionSchedule"
    clocks = list(islice(clocks_in(given.value), MOST_CLOCKS + 1))
    part = given.part("schedules" if is_union else "clocks")
    if len(clocks) > MOST_CLOCKS:
        raise part.fault(f"must have {MOST_CLOCKS} clocks at most.")
    if sum(clock.get("type") == RULE_CLOCK for clock in clocks) > _MOST_RULE_CLOCKS:
        raise part.fault(f"must have {_MOST_RULE_CLOCKS} clocks with rules at most.")
    if sum(map(rules_of, clocks)) > _MOST_RULES:
        raise part.fault(f"must have {_MOST_RULES} rules at most.")


def _filters(given: Given) -> tuple[Filter, ...]:
    return tuple(read_filter(part) for part in given.parts(_MOST_FUNCTIONS))


def _older(given: Given, depth: int) -> Iterator[Clock]:
    """Yield the clocks of a schedule in the form of a release before 0.6.1."""
    kind = given.part("type")
    match kind.value:
        case "Schedule":
            yield from (Clock.read(part) for part in given.part("clocks").parts(MOST_CLOCKS))
        case "IntervalSchedule" | "CronSchedule":
            as_clock = {**given.object(), "type": str(kind.value).replace("Schedule", "Clock")}
            yield Clock.read(Given(as_clock, given.field))
        case "OneTimeSchedule":
            moment = given.part("start_date").moment()
            yield Clock(timing=DatesTiming.of([Event(moment.instant, moment.zone)]))
        case "UnionSchedule" if depth < MOST_NESTED:
            for part in given.part("schedules").parts(MOST_CLOCKS):
                yield from _older(part, depth + 1)
        case _:
            raise kind.fault(f"is not known: {kind.shown}.")
