"""Clocks: the times at which one asks for runs, and what it gives to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, Protocol

from domain.errors import FlowRunsError
from domain.flows.labels import check_labels
from domain.json_types import JsonObject
from domain.schedules.clocks.cron_timing import CronTiming
from domain.schedules.clocks.dates_timing import DatesTiming
from domain.schedules.clocks.given import LATEST_YEAR, Given, InvalidSchedule
from domain.schedules.clocks.interval_timing import IntervalTiming
from domain.schedules.clocks.rrule_timing import RRuleTiming
from domain.schedules.clocks.rrule_work import SharedWork
from domain.schedules.clocks.zones import Event, Moment

_MICROSECOND: Final = timedelta(microseconds=1)
# From here on a clock is asked first for a time, and then from before all times.
_RECENT, _BEFORE_ALL = datetime(2018, 6, 20, tzinfo=UTC), datetime(1899, 12, 31, tzinfo=UTC)
_KINDS: Final = ("IntervalClock", "CronClock", "DatesClock", "RRuleClock")


class Timing(Protocol):
    """The times that one kind of clock names, without the clock's start and end.

    `PART` is the part of the serialized clock that names them.
    """

    PART: ClassVar[str]

    def events(self, after: datetime) -> Iterator[Event]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gifts:
    """What a clock gives to its runs. None leaves labels and run config to the flow and its group."""

    parameter_defaults: JsonObject = field(default_factory=dict)
    labels: list[str] | None = None
    run_config: JsonObject | None = None

    @classmethod
    def read(cls, clock: Given) -> "Gifts":
        """Return the gifts of a serialized clock. Raises InvalidSchedule."""
        parameters, labels = clock.part("parameter_defaults"), clock.part("labels")
        run_config = clock.part("run_config")
        try:
            checked = None if labels.is_null else check_labels(labels.value)
        except FlowRunsError as error:
            raise labels.fault(error.message) from None
        return cls(
            parameter_defaults={} if parameters.is_null else parameters.object(),
            labels=checked,
            run_config=None if run_config.is_null else run_config.object(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock of a schedule: a timing between a start and an end, both of which count.

    `place` names the clock in an error.
    """

    place: str = "clock"
    timing: Timing
    gifts: Gifts = field(default_factory=Gifts)
    start: Moment | None = None
    end: Moment | None = None

    @classmethod
    def read(cls, given: Given) -> "Clock":
        """Return a clock of its serialized form. Raises InvalidSchedule."""
        kind = given.part("type")
        if kind.value not in _KINDS:
            raise kind.fault(f"must be one of {', '.join(_KINDS)}, not {kind.shown}.")
        start, end = (_moment(given.part(name)) for name in ("start_date", "end_date"))
        if start is not None and end is not None and end.instant < start.instant:
            raise given.part("end_date").fault("the end is before the start.")
        return cls(
            place=given.field,
            timing=_timing(given, kind.value, start),
            gifts=Gifts.read(given),
            start=start,
            end=end,
        )

    def sharing(self, work: SharedWork) -> "Clock":
        """Return the clock for a look at several clocks, whose rules share the work of the look."""
        if not isinstance(self.timing, RRuleTiming):
            return self
        return replace(self, timing=replace(self.timing, shared=work))

    def check(self) -> None:
        """Raise InvalidSchedule if the clock has a timing that names no time, or that cannot be followed."""
        looks = (self._followed(after) for after in (_RECENT, _BEFORE_ALL))
        if all(next(look, None) is None for look in looks):
            raise self._fault(self.timing.PART, "names no time.")

    def events(self, after: datetime) -> Iterator[Event]:
        """Yield the events after an instant, in order and each once. Raises InvalidSchedule."""
        if self.start is not None:
            after = max(after, self.start.instant - _MICROSECOND)
        for event in self._followed(after):
            if self.end is not None and event.instant > self.end.instant:
                return
            yield event

    def _followed(self, after: datetime) -> Iterator[Event]:
        """Yield the events of the timing. Raises InvalidSchedule, also where a library of calendars fails."""
        try:
            for event in self.timing.events(after):
                # Filters and adjustments look at days behind an event, and Python's calendar ends.
                if event.instant.year > LATEST_YEAR:
                    return
                yield event
        except InvalidSchedule as fault:
            raise self._fault(fault.field, fault.reason) from None
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            reason = f"its times cannot be found: {type(error).__name__}."
            raise self._fault(self.timing.PART, reason) from error

    def _fault(self, part: str, reason: str) -> InvalidSchedule:
        return InvalidSchedule(f"{self.place}.{part}", reason)


def _timing(given: Given, kind: str, start: Moment | None) -> Timing:
    match kind:
        case "IntervalClock":
            return IntervalTiming.read(given, start)
        case "CronClock":
            return CronTiming.read(given, start)
        case "RRuleClock":
            return RRuleTiming.read(given)
    return DatesTiming.read(given)


def _moment(given: Given) -> Moment | None:
    return None if given.is_null else given.moment()
