"""The preview of a schedule: what comes next, in local time and in UTC, with a remark if it is not plain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from domain.schedules.calendar import Look
from domain.schedules.clocks.cron_timing import CronTiming
from domain.schedules.clocks.rrule_timing import RRuleTiming
from domain.schedules.clocks.zones import local, offsets
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.ruled import Ruled, RuledSchedule, ruled_occurrences, spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.rules.skips import SkipReason
from domain.schedules.schedules import Schedule
from domain.times import format_interval, format_time

MOST_PREVIEWED: Final = 100
# How many events one preview examines, because filters may let hardly any pass: a schedule of each minute
# sees beyond a weekend. Events of rules, and of many clocks with rare times, may take ten times as long.
_MOST_EVENTS: Final = 5_000
_MOST_SLOW_EVENTS: Final = 1_000
_FEW_CRON_CLOCKS: Final = 3
# No zone has ever left out more than a day.
_LONGEST_GAP: Final = timedelta(hours=25)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Previewed:
    """An occurrence that comes.

    time    when it is due, after the spread
    local   the same in its zone
    clock   the place of the clock among those of the schedule
    skip    why it will not run; None if it will
    remark  a clock change, the spread, or why it will not run, in words; None if it is plain
    """

    time: datetime
    local: datetime
    clock: int
    skip: SkipReason | None
    remark: str | None

    @property
    def zone(self) -> str:
        """The name of the zone."""
        zone = self.local.tzinfo
        return str(getattr(zone, "key", None) or zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A schedule as it would run: its rules, its pause, and how many runs it may still have, None for any.

    `name` tells it from others, so that it has its place in the spread; None if it is not saved.
    """

    schedule: Schedule
    rules: ScheduleRules
    pause: Pause | None = None
    name: str | None = None
    runs_left: int | None = None

    def look(self) -> Look:
        """Return a new look, with the events that it may examine."""
        timings = [clock.timing for clock in self.schedule.clocks]
        has_rules = any(isinstance(timing, RRuleTiming) for timing in timings)
        cron_clocks = sum(isinstance(timing, CronTiming) for timing in timings)
        is_slow = has_rules or cron_clocks > _FEW_CRON_CLOCKS
        return Look(left=_MOST_SLOW_EVENTS if is_slow else _MOST_EVENTS)

    def after(self, instant: datetime, look: Look) -> Iterator[Previewed]:
        """Yield the occurrences that are due after an instant, until the look is spent.

        Raises InvalidSchedule.
        """
        rules, left = self.rules, self.runs_left
        # What the spread moves beyond the instant is due after it.
        begin = instant if self.name is None else instant - spread_of(self.name, rules.spread)
        whole = RuledSchedule(name=self.name or "", schedule=self.schedule, rules=rules, pause=self.pause)
        for ruled in ruled_occurrences(whole, begin, look):
            occurrence = ruled.occurrence
            time = occurrence.time if self.name is not None else ruled.unmoved
            if time <= instant:
                continue
            skip = ruled.skip
            if skip is None and left is not None:
                skip, left = (None, left - 1) if left > 0 else (SkipReason.LIMIT, 0)
            remarks = filter(None, self._remarks(ruled, skip))
            yield Previewed(
                time, time.astimezone(occurrence.zone), occurrence.clock, skip, " ".join(remarks) or None
            )

    def _remarks(self, ruled: Ruled, skip: SkipReason | None) -> Iterator[str | None]:
        occurrence = ruled.occurrence
        yield _of_clock_change(ruled.unmoved, occurrence.zone)
        yield self._of_spread(occurrence.time - ruled.unmoved)
        match skip:
            case SkipReason.EXCLUDED:
                yield "It is left out, because its day is excluded."
            case SkipReason.PAUSED:
                until = None if self.pause is None else self.pause.until
                end = "" if until is None else f" until {format_time(until)}"
                yield f"It is left out, because the schedule is paused{end}."
            case SkipReason.LIMIT:
                yield f"It is left out, because the schedule ends after {self.rules.max_runs:,} runs."

    def _of_spread(self, moved: timedelta) -> str | None:
        if self.rules.spread and self.name is None:
            return f"The spread will move it by up to {format_interval(self.rules.spread)}."
        return f"The spread moves it by {format_interval(moved)}." if moved else None


def _of_clock_change(time: datetime, zone: tzinfo) -> str | None:
    """Return a remark if a time comes twice, or if times just before it are missing."""
    before, after = offsets(local(time, zone), zone)
    if after < before:
        which = "first" if time.astimezone(zone).utcoffset() == before else "second"
        return f"The clocks go back: this local time comes twice, and it is the {which}."
    gap = _offset(time, zone) - _offset(time - _LONGEST_GAP, zone)
    if gap <= timedelta(0) or _offset(time - gap, zone) == _offset(time, zone):
        return None
    end = local(_change_after(time - gap, time, zone), zone)
    return f"The clocks go forward: local times from {end - gap:%H:%M} to {end:%H:%M} are missing."


def _change_after(earlier: datetime, later: datetime, zone: tzinfo) -> datetime:
    """Return the instant of the one clock change between two instants, to the second."""
    while later - earlier > _SECOND:
        middle = earlier + (later - earlier) // 2
        if _offset(middle, zone) == _offset(earlier, zone):
            earlier = middle
        else:
            later = middle
    return later.replace(microsecond=0)


def _offset(time: datetime, zone: tzinfo) -> timedelta:
    return time.astimezone(zone).utcoffset() or timedelta()
