"""Counting totals: hour by hour as they settle, and again what has changed since it was counted.

A total is counted from the runs themselves, or added up from the totals of shorter times. It is stored with
the time at which this pass began. Marks tell if a change may have come since, so a pass may die at any point
or overlap with another one.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Final

from domain.flow_runs.run_totals import (
    FEW,
    GRACE,
    OF_TENANT,
    SETTLED_AFTER,
    Level,
    Marks,
    Period,
    Series,
    Total,
    TotalOf,
)
from domain.ids import created_from_id
from domain.times import EPOCH
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.recovery.run_counter import OutOfTime, RunCounter, TooLarge, added

# The next look comes so long after one that has left nothing.
PAUSE: Final = timedelta(minutes=10)
# After so many runs a pass begins no further hour.
RUNS_A_PASS: Final = 10_000
# What was counted so long ago is not stored, because a mark may have come and gone.
_LONGEST_PASS: Final = timedelta(minutes=5)
_LONGER: Final = (Level.DAY, Level.MONTH)


def count_totals(context: Context, series: Series, now: datetime, has_time: HasTime) -> Series:
    """Count what has no total yet, and what has changed. Return how far the counting has come."""
    return _Pass(context, series, now, has_time).run()


class _Pass:
    def __init__(self, context: Context, series: Series, now: datetime, has_time: HasTime) -> None:
        self._context, self._series, self._now = context, series, now
        self._totals = context.store.run_totals
        self._marks: Marks = self._totals.marks(consistent=True)
        self._counter = RunCounter(context, self._marks, now, has_time)
        self._first, self._reached = series.first, series.reached or EPOCH
        self._began, self._seen = self._reached, Counter[Period]()

    def run(self) -> Series:
        look = self._now
        with suppress(OutOfTime):
            self._count_again()
            self._go_on()
            look += PAUSE
        return replace(self._series, first=self._first, reached=self._reached, look=look)

    def _go_on(self) -> None:
        """Count hour after hour with runs. Raises OutOfTime."""
        settled = Period.of(Level.HOUR, self._now - SETTLED_AFTER).start
        if self._reached >= settled:
            return
        for hour, ids in groupby(self._counter.ids(self._reached, settled), _hour_of):
            if self._counter.read >= RUNS_A_PASS:
                raise OutOfTime
            self._first = self._first or hour.start
            runs = sum(1 for _ in islice(ids, FEW))
            with suppress(TooLarge):
                if runs >= FEW:
                    self._seal(hour, self._reached)
                    runs += sum(1 for _ in ids)
                for level in _LONGER:
                    self._seen[Period.of(level, hour.start)] += runs
                self._seal_longer(hour, hour.end)
            self._reached = hour.end
        with suppress(TooLarge):
            self._seal_longer(None, settled)
        self._reached = settled

    def _seal_longer(self, hour: Period | None, end: datetime) -> None:
        """Count the days and months that end until then, unless they are known to have few runs."""
        self._counter.check_time()
        for level in _LONGER:
            begun = Period.of(level, self._reached)
            ended = [begun] if begun.start < self._reached else []
            ended += [Period.of(level, hour.start)] if hour is not None else []
            for period in dict.fromkeys(ended):
                is_small = period.start >= self._began and self._seen[period] < FEW
                if period.end <= end and not is_small:
                    self._seal(period)

    def _count_again(self) -> None:
        """Count again what was marked long enough ago, and remove the marks that every total has seen.

        A mark is removed by a later pass than the one that counts, so that who reads meanwhile has an old
        total with the mark, or a new one. Raises OutOfTime.
        """
        due = [(hour, at) for hour, at in self._marks.hours if self._is_due(at)]
        right: set[Period] = set()
        for level in Level:
            for period in dict.fromkeys(Period.of(level, hour) for hour, _ in due):
                with suppress(TooLarge):
                    if self._is_right(period):
                        right.add(period)
                    elif period.end <= self._reached and all(map(self._is_due, self._marked(period))):
                        self._seal(period)
        for hour, at in due:
            if all(Period.of(level, hour) in right for level in Level):
                self._counter.check_time()
                self._totals.forget(hour, at)

    def _is_due(self, at: datetime) -> bool:
        return at + GRACE < self._now

    def _marked(self, period: Period) -> list[datetime]:
        return [at for _, at in self._marks.within(period)]

    def _is_right(self, period: Period) -> bool:
        """Return True if no total of a period is stored that may be wrong."""
        self._counter.check_time()
        stored = (self._stored(of, period) for of in TotalOf)
        return all(total is None or self._marks.allow(total) for total in stored)

    def _seal(self, period: Period, begins: datetime | None = None) -> None:
        """Count a period if it has no total that is right, unless it has very few runs.

        No run was created between `begins` and the period. Raises OutOfTime, TooLarge.
        """
        self._counter.check_time()
        stored = [self._stored(of, period) for of in TotalOf]
        known = [total for total in stored if total is not None]
        if len(known) == len(stored) and all(map(self._marks.allow, known)):
            return
        total = self._counter.total(period, min([begins or period.start, *(total.begins for total in known)]))
        if total.runs < FEW and not known:
            return
        if self._context.now() - self._now > _LONGEST_PASS:
            raise OutOfTime
        of_tenant = added(total.figures())
        self._totals.put(TotalOf.GROUPS, total)
        self._totals.put(TotalOf.TENANT, replace(total, figures=lambda: {OF_TENANT: of_tenant}))

    def _stored(self, of: TotalOf, period: Period) -> Total | None:
        found = self._totals.stored(of, period.level, period.start, period.end, consistent=True)
        return found[0] if found else None


def _hour_of(flow_run_id: str) -> Period:
    return Period.of(Level.HOUR, created_from_id(flow_run_id))
