"""Later starts of recurrence rules, because dateutil begins at the start of a rule each time."""

from datetime import datetime, timedelta
from typing import Any, Final

from domain.schedules.clocks.rrule_fields import RuleFields, fields_of
from domain.schedules.clocks.rrule_work import (
    HOURLY,
    MINUTELY,
)

_MINUTES: Final = 60
_MONTHS_OF_YEAR, _SHORTEST_MONTH = 12, 28
_DAILY: Final = 3
# By the number of a frequency in dateutil: WEEKLY, DAILY, HOURLY, MINUTELY.
_STEPS: Final = {
    2: timedelta(weeks=1),
    _DAILY: timedelta(days=1),
    HOURLY: timedelta(hours=1),
    MINUTELY: timedelta(minutes=1),
}


def with_later_start(rule: Any, after: datetime) -> Any:
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
        rule = _later_by_months(rule, fields, after)
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


def _later_by_months(rule: Any, fields: RuleFields, after: datetime) -> Any:
    """Return a rule of months or years with a later start, if each month has the day of its start."""
    start, months = fields.start, fields.interval * (1 if fields.frequency else _MONTHS_OF_YEAR)
    passed = ((after.year - start.year - 1) * _MONTHS_OF_YEAR) // months * months
    if passed <= 0 or start.day > _SHORTEST_MONTH:
        return rule
    years, month = divmod(start.month - 1 + passed, _MONTHS_OF_YEAR)
    return rule.replace(dtstart=start.replace(year=start.year + years, month=month + 1))
