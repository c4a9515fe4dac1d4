"""The occurrences that one step of a schedule's upkeep takes, and those that it leaves for later."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.schedules.calendar import Occurrence
from domain.schedules.rules.ruled import RuledSchedule
from domain.schedules.rules.rules import CatchUp
from domain.schedules.rules.skips import SkipReason
from domain.schedules.runs.digests import gifts_digest
from domain.schedules.runs.records import Made, ScheduleRecord
from domain.schedules.runs.skipped import LATEST, SkippedByRule
from domain.schedules.schedules import Schedule

# So many runs are kept ready, if they are due within the horizon.
AHEAD: Final = 10
# So many of the largest runs stay below the 4 MB of a transaction.
MOST_RUNS: Final = 5
# A transaction has a hundred writes at most, of which the runs of the same step take some.
MOST_SKIPS: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    """How far ahead runs are made.

    horizon  beyond it only the next run is made
    lead     all runs are made that are due within this time, because the next tick comes later
    """

    horizon: timedelta
    lead: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """The occurrences that need runs now, those that are skipped, and how far the schedule is decided.

    `missed` is the last missed one, while no later one is known. `next_look` is None if the schedule has no
    further occurrences.
    """

    wanted: tuple[Occurrence, ...]
    skipped: tuple[SkippedByRule, ...]
    missed: Occurrence | None
    until: datetime
    next_look: datetime | None


class Taking:
    """The occurrences that one step takes, one after the other.

    A missed occurrence that gets a run only if it is the last one is held until the next one is known.
    """

    def __init__(
        self, record: ScheduleRecord, kept: RuledSchedule, now: datetime, settings: ScheduleSettings
    ) -> None:
        self._rules, self._now, self._settings = kept.rules, now, settings
        self._ends = kept.ends
        self._known = {(made.event, made.gifts) for made in record.made}
        self._ahead = sorted(made.time for made in record.made if made.time > now and made.has_run)
        most = kept.rules.max_runs
        self._runs_left = None if most is None else most - record.counted
        self._wanted: list[Occurrence] = []
        self._skipped: list[SkippedByRule] = []
        self._missed = None if record.missed is None else _held(record.missed, kept.schedule)

    def take(self, occurrence: Occurrence, skip: SkipReason | None) -> datetime | None:
        """Take an occurrence into the step. If it is not for this step, return from when on it is needed."""
        if _name(occurrence) in self._known:
            return None
        if self._ends and (occurrence.time > self._now or not self.take_missed()):
            return self._now
        is_missed = self._ends or occurrence.time <= self._now - LATEST
        if not is_missed and not self.take_missed():
            return self._now
        if skip is None and self._runs_left is not None and self._runs_left <= len(self._wanted):
            skip = SkipReason.LIMIT
        if skip is not None:
            return self._skip(occurrence, skip)
        return self._take_missed(occurrence) if is_missed else self._want(occurrence)

    def take_missed(self) -> bool:
        """Take the missed occurrence that is held, if any. Return False if there is no room for it."""
        if self._missed is not None and not self._take_held(self._missed):
            return False
        self._missed = None
        return True

    def _take_held(self, missed: Occurrence) -> bool:
        return self._skip(missed, SkipReason.MISSED) is None if self._ends else self._add(missed)

    def step(self, until: datetime, next_look: datetime | None) -> Step:
        """Return the step with the occurrences that were taken."""
        return Step(tuple(self._wanted), tuple(self._skipped), self._missed, until, next_look)

    def _take_missed(self, occurrence: Occurrence) -> datetime | None:
        catch_up = CatchUp.NONE if self._ends else self._rules.catch_up
        if occurrence.time < self._now - self._rules.catch_up_window or catch_up is CatchUp.NONE:
            return self._skip(occurrence, SkipReason.MISSED)
        if catch_up is CatchUp.ALL:
            return None if self._add(occurrence) else self._now
        if self._missed is not None and self._skip(self._missed, SkipReason.MISSED) is not None:
            return self._now
        self._missed = occurrence
        self._known.add(_name(occurrence))
        return None

    def _skip(self, occurrence: Occurrence, reason: SkipReason) -> datetime | None:
        needed = self._skipped_from(occurrence.time, reason)
        if needed > self._now:
            return needed
        if len(self._skipped) == MOST_SKIPS:
            return self._now
        self._skipped.append(SkippedByRule(occurrence, reason))
        self._known.add(_name(occurrence))
        return None

    def _skipped_from(self, time: datetime, reason: SkipReason) -> datetime:
        """Return from when on an occurrence is noted as skipped.

        Runs behind an excluded day are made as early as others. Whether a schedule is paused, or has had its
        runs, is known only when the time comes.
        """
        match reason:
            case SkipReason.EXCLUDED:
                return time - self._settings.horizon
            case SkipReason.PAUSED | SkipReason.LIMIT:
                return time - self._settings.lead
        return self._now

    def _want(self, occurrence: Occurrence) -> datetime | None:
        needed = needed_at(occurrence.time, self._ahead, self._now, self._settings)
        if needed > self._now:
            return needed
        return None if self._add(occurrence) else self._now

    def _add(self, occurrence: Occurrence) -> bool:
        if len(self._wanted) == MOST_RUNS:
            return False
        self._wanted.append(occurrence)
        self._known.add(_name(occurrence))
        if occurrence.time > self._now:
            self._ahead = sorted([*self._ahead, occurrence.time])
        return True


def needed_at(time: datetime, ahead: list[datetime], now: datetime, settings: ScheduleSettings) -> datetime:
    """Return from when on a run that is due at `time` is needed, given the times of the runs ahead."""
    if not ahead:
        return now
    fewer = ahead[-AHEAD] if len(ahead) >= AHEAD else now
    return min(time - settings.lead, max(fewer, time - settings.horizon), ahead[-1])


def _name(occurrence: Occurrence) -> tuple[datetime, str]:
    """Return the name of an occurrence, which stays when the spread moves it."""
    return occurrence.event, gifts_digest(occurrence.gifts)


def _held(missed: Made, schedule: Schedule) -> Occurrence | None:
    """Return the missed occurrence of a record; None if the schedule no longer has its clock."""
    for number, clock in enumerate(schedule.clocks):
        if gifts_digest(clock.gifts) == missed.gifts:
            return Occurrence(time=missed.time, event=missed.event, zone=UTC, clock=number, gifts=clock.gifts)
    return None
