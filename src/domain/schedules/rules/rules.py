"""The rules that a schedule may be told beside its times. Without any, a schedule behaves as in Core."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from domain.flow_runs.run_rules import Overlap, RunRules
from domain.json_types import JsonObject
from domain.schedules.clocks.given import Given, InvalidSchedule

# The bounds of rules. A look at a calendar bears them.
LONGEST_LATE: Final = timedelta(days=365)
LONGEST_WINDOW: Final = timedelta(days=31)
LONGEST_SPREAD: Final = timedelta(days=1)
MOST_FAILURES: Final = 1_000
MOST_EXCLUDED: Final = 1_000
MOST_RUNS: Final = 1_000_000_000
# How far back `last` and `all` catch up if no window is given.
DEFAULT_WINDOW: Final = timedelta(days=1)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NAMES: Final = (
    *("overlap", "late_after", "catch_up", "catch_up_window", "pause_after_failures"),
    *("spread", "excluded_dates", "max_runs"),
)


class CatchUp(Enum):
    """The occurrences that get runs although no tick came in time: none, the last one, or all."""

    NONE = "none"
    LAST = "last"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRules:
    """The rules of the schedule of a flow group, each off by default.

    overlap               what becomes of a run that is to begin while another one is not over
    late_after            how long after it was due a run may still begin; None is for ever
    catch_up              which missed occurrences get runs, and
    catch_up_window       how far back
    pause_after_failures  after how many failed runs in a row the schedule is paused; None is never
    spread                each schedule is moved by an offset of its own below this span
    excluded_dates        the days on which nothing runs, in the zones of the clocks
    max_runs              after how many runs the schedule ends; None is never
    """

    overlap: Overlap = Overlap.ALLOW
    late_after: timedelta | None = None
    catch_up: CatchUp = CatchUp.NONE
    catch_up_window: timedelta = DEFAULT_WINDOW
    pause_after_failures: int | None = None
    spread: timedelta = timedelta(0)
    excluded_dates: frozenset[date] = frozenset()
    max_runs: int | None = None

    @property
    def of_runs(self) -> RunRules | None:
        """The rules that the runs get; None if they need none."""
        rules = RunRules(
            overlap=self.overlap,
            late_after=self.late_after,
            counts_failures=self.pause_after_failures is not None,
        )
        return None if rules == RunRules() else rules

    @classmethod
    def read(cls, stored: JsonObject | None, field: str = "rules") -> "ScheduleRules":
        """Return the rules of their JSON form: spans in seconds, dates as texts. Raises InvalidSchedule."""
        given = Given(stored or {}, field)
        for name in given.object():
            if name not in _NAMES:
                raise InvalidSchedule(
                    field, f"there is no rule {name[:60]!r}; there are {', '.join(_NAMES)}."
                )
        return cls(
            overlap=_choice(given.part("overlap"), Overlap.ALLOW),
            late_after=_seconds(given.part("late_after"), LONGEST_LATE, None),
            catch_up=_choice(given.part("catch_up"), CatchUp.NONE),
            catch_up_window=_seconds(given.part("catch_up_window"), LONGEST_WINDOW, DEFAULT_WINDOW),
            pause_after_failures=_number(given.part("pause_after_failures"), MOST_FAILURES),
            spread=_seconds(given.part("spread"), LONGEST_SPREAD, timedelta(0), least=0),
            excluded_dates=frozenset(map(_date, given.part("excluded_dates").parts(MOST_EXCLUDED))),
            max_runs=_number(given.part("max_runs"), MOST_RUNS),
        )

    def as_json(self) -> JsonObject:
        """Return the JSON form that `read` reads, without the rules that are off."""
        default = ScheduleRules()
        values = {name: getattr(self, name) for name in _NAMES}
        return {name: _plain(value) for name, value in values.items() if value != getattr(default, name)}


def _choice(given: Given, default: Any) -> Any:
    kind = type(default)
    if given.is_null:
        return default
    names = [choice.value for choice in kind]
    if given.value not in names:
        raise given.fault(f"must be one of {', '.join(names)}, not {given.shown}.")
    return kind(given.value)


def _seconds(given: Given, most: timedelta, default: Any, *, least: int = 1) -> Any:
    if given.is_null:
        return default
    return timedelta(seconds=given.whole(least, int(most.total_seconds())))


def _number(given: Given, most: int) -> int | None:
    return None if given.is_null else given.whole(1, most)


def _date(given: Given) -> date:
    # `fromisoformat` alone would read weeks, too.
    text = given.text() if _DATE.fullmatch(given.text()) else ""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise given.fault(f"is no date such as 2026-12-24: {given.shown}.") from None


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case timedelta():
            return int(value.total_seconds())
        case frozenset():
            return sorted(day.isoformat() for day in value)
    return value
