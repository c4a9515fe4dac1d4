"""The fields of dateutil's rules. dateutil gives them no public names, so this module alone knows those."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

_IN_DATEUTIL: Final = {
    "frequency": "_freq",
    "interval": "_interval",
    "start": "_dtstart",
    "count": "_count",
    "positions": "_bysetpos",
    "months": "_bymonth",
    "weeks": "_byweekno",
    "easter": "_byeaster",
    "year_days": "_byyearday",
    "numbered_weekdays": "_bynweekday",
    "hours": "_byhour",
    "minutes": "_byminute",
    "seconds": "_bysecond",
}
_read: Final = attrgetter(*_IN_DATEUTIL.values())


@dataclass(frozen=True, slots=True)
class RuleFields:
    """The fields of a rule, as dateutil has completed them: None or empty is what the rule does not limit."""

    frequency: int
    interval: int
    start: datetime
    count: int | None
    positions: Collection[int] | None
    months: Iterable[int] | None
    weeks: Collection[int] | None
    easter: Collection[int] | None
    year_days: Iterable[int] | None
    numbered_weekdays: tuple[Any, ...] | None
    hours: Iterable[int] | None
    minutes: Iterable[int] | None
    seconds: Iterable[int] | None


def fields_of(rule: Any) -> RuleFields:
    """Return the fields of a rule."""
    return RuleFields(**dict(zip(_IN_DATEUTIL, _read(rule), strict=True)))


def with_fields(rule: Any, changed: dict[str, object]) -> Any:
    """Return a copy of a rule with other fields, which dateutil then takes as they are."""
    copy = rule.replace()
    for name, value in changed.items():
        setattr(copy, _IN_DATEUTIL[name], value)
    return copy
