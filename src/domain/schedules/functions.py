"""Filters and adjustments of schedules: Core's own functions, by the names that it serializes.

Filters look at the local time in the zone of the clock; times are compared as instants.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from domain.schedules.clocks.given import Given
from domain.schedules.clocks.zones import Event, second_or_moved

Filter = Callable[[Event], bool]
Adjustment = Callable[[Event], Event]
# Reads one argument of a function.
Read = Callable[[Given], Any]

_FILTERS: Final = "prefect.schedules.filters."
_ADJUSTMENTS: Final = "prefect.schedules.adjustments."
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
# Two days, which a clock change may make longer: a zone has once left a day out.
_LONGEST_WEEKEND: Final = timedelta(days=4)
_LONGEST_ADDED: Final = 366 * 86_400.0


def read_filter(given: Given) -> Filter:
    """Return the filter of its serialized form. Raises InvalidSchedule."""
    found: Filter = _read(given, _FILTERS, _KNOWN_FILTERS)
    return found


def read_adjustment(given: Given) -> Adjustment:
    """Return the adjustment of its serialized form. Raises InvalidSchedule."""
    found: Adjustment = _read(given, _ADJUSTMENTS, _KNOWN_ADJUSTMENTS)
    return found


def shift_of(adjustment: Adjustment) -> tuple[timedelta, timedelta]:
    """Return the least and the most by which an adjustment moves an event."""
    if isinstance(adjustment, partial):
        (span,) = adjustment.args
        return span, span
    return timedelta(0), _LONGEST_WEEKEND


def _read(
    given: Given, prefix: str, known: Mapping[str, tuple[Callable[..., Any], Mapping[str, Read]]]
) -> Any:
    name = given.part("fn")
    function = known.get(name.text().removeprefix(prefix)) if name.text().startswith(prefix) else None
    if function is None:
        raise name.fault(f"is not known: {name.shown}. Core's own are {', '.join(sorted(known))}.")
    call, arguments = function
    kwargs = given.part("kwargs")
    if not arguments:
        return call
    return partial(call, *(read(kwargs.part(argument)) for argument, read in arguments.items()))


def _number(least: int, most: int) -> Read:
    return lambda given: given.whole(least, most)


def _instant(given: Given) -> datetime:
    moment = Given(_coded(given, "//datetime:"), given.field).time()
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _time(given: Given) -> time:
    try:
        return time.fromisoformat(_coded(given, "//time:")).replace(tzinfo=None)
    except ValueError:
        raise given.fault(f"is no time of the day: {given.shown}.") from None


def _span(given: Given) -> timedelta:
    try:
        seconds = float(_coded(given, "//timedelta:"))
    except ValueError:
        seconds = float("nan")
    if not -_LONGEST_ADDED <= seconds <= _LONGEST_ADDED:
        raise given.fault(f"must be a number of seconds, a year's at most, not {given.shown}.")
    return timedelta(seconds=seconds)


def _coded(given: Given, code: str) -> str:
    text = given.text()
    if not text.startswith(code):
        raise given.fault(f"must begin with {code}, as Core writes it, and does not: {given.shown}.")
    return text.removeprefix(code)


def _on_datetime(instant: datetime, event: Event) -> bool:
    return event.instant == instant


def _between_datetimes(start: datetime, end: datetime, event: Event) -> bool:
    return start <= event.instant <= end


def _on_date(month: int, day: int, event: Event) -> bool:
    return (event.wall.month, event.wall.day) == (month, day)


def _between_dates(start_month: int, start_day: int, end_month: int, end_day: int, event: Event) -> bool:
    date, start, end = (event.wall.month, event.wall.day), (start_month, start_day), (end_month, end_day)
    return start <= date <= end if start_month <= end_month else date >= start or date <= end


def _at_time(at: time, event: Event) -> bool:
    return event.wall.time() == at


def _between_times(start: time, end: time, event: Event) -> bool:
    at = event.wall.time()
    return start <= at <= end if start <= end else at >= start or at <= end


def _is_weekday(event: Event) -> bool:
    return event.wall.weekday() < _SATURDAY


def _is_weekend(event: Event) -> bool:
    return not _is_weekday(event)


def _is_month_end(event: Event) -> bool:
    return (event.wall + _DAY).day == 1


def _is_month_start(event: Event) -> bool:
    return event.wall.day == 1


def _is_day_of_week(day: int, event: Event) -> bool:
    # Core's own text counts from Sunday, but its code counts from Monday.
    return event.wall.weekday() == day


def _add(span: timedelta, event: Event) -> Event:
    return event._replace(instant=event.instant + span)


def _next_weekday(event: Event) -> Event:
    while not _is_weekday(event):
        event = event._replace(instant=second_or_moved(event.wall + _DAY, event.zone))
    return event


_MONTH, _DAY_OF_MONTH = _number(1, 12), _number(1, 31)
_KNOWN_FILTERS: Final[Mapping[str, tuple[Callable[..., bool], Mapping[str, Read]]]] = {
    "on_datetime": (_on_datetime, {"dt": _instant}),
    "between_datetimes": (_between_datetimes, {"start": _instant, "end": _instant}),
    "on_date": (_on_date, {"month": _MONTH, "day": _DAY_OF_MONTH}),
    "between_dates": (
        _between_dates,
        {"start_month": _MONTH, "start_day": _DAY_OF_MONTH, "end_month": _MONTH, "end_day": _DAY_OF_MONTH},
    ),
    "at_time": (_at_time, {"t": _time}),
    "between_times": (_between_times, {"start": _time, "end": _time}),
    "is_weekday": (_is_weekday, {}),
    "is_weekend": (_is_weekend, {}),
    "is_month_end": (_is_month_end, {}),
    "is_month_start": (_is_month_start, {}),
    "is_day_of_week": (_is_day_of_week, {"day_of_week": _number(0, 6)}),
}
_KNOWN_ADJUSTMENTS: Final[Mapping[str, tuple[Callable[..., Event], Mapping[str, Read]]]] = {
    "add": (_add, {"interval": _span}),
    "next_weekday": (_next_weekday, {}),
}
