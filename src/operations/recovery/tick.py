"""One tick of recovery: it looks at runs until its time is over, and leaves the rest to the next tick.

A tick keeps its state in the table alone, and changes a run only under the version that it read. So a tick
may die at any point, or overlap with another tick, without harm.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from domain.concurrency.limits import LimitKind
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.run_totals import Series
from domain.parts import Part
from domain.recovery.cursor import RecoveryCursor, next_cursor
from domain.recovery.follow_ups import LONGEST_REQUEST, FollowUp, Removal
from domain.recovery.rules import RecoverySettings
from operations.concurrency.counting import count
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flows.removals import finish_removal
from operations.recovery.attempts import Result, attempt, walk
from operations.recovery.following_up import MarkedRun, follow_up
from operations.recovery.live_runs import LiveRuns
from operations.recovery.silent_runs import recover
from operations.recovery.tallies import count_tallies
from operations.recovery.tick_view import TickView
from operations.recovery.totals import count_totals

MAX_RUNS_A_TICK: Final = 20_000
# One marked run may have left much work. Its follow-up leaves this share of the remaining time to the others.
_OTHERS_SHARE: Final = 0.9
# A tick keeps no more faults, because the first ones tell what is wrong.
_MAX_FAULTS: Final = 10


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one tick: the seconds until it should end, and the number of runs that it looks at."""

    time_left: Callable[[], float]
    runs: int = MAX_RUNS_A_TICK


@dataclass(slots=True)
class Summary:
    """The results of one tick.

    `counts` has the number of runs that were looked at, and the numbers of changes by their results. `left`
    says that work is left to the next tick. `faults` are errors that concern one run each, by the run's id.
    """

    counts: Counter[str] = field(default_factory=lambda: Counter(looked_at=0))
    left: bool = False
    faults: dict[str, Exception] = field(default_factory=dict)


def tick(context: Context, settings: RecoverySettings, bounds: Bounds) -> Summary:
    """Continue where the last tick stopped. Raises ApiError when the database cannot answer."""
    return tick_from(context, settings, bounds, context.store.recovery_cursor.read())


def tick_from(
    context: Context,
    settings: RecoverySettings,
    bounds: Bounds,
    before: RecoveryCursor | None,
    unbroken_since: datetime | None = None,
) -> Summary:
    """Continue where the last tick stopped, whose cursor was read. Raises ApiError."""
    cursor = next_cursor(before, context.now(), context.token(), settings.interval, unbroken_since)
    if not context.store.recovery_cursor.begin(cursor, before):
        return Summary(left=True)  # another tick began at the same moment, and does the same work
    return _Tick(context, settings, bounds, cursor).run()


class _Tick:
    def __init__(
        self, context: Context, settings: RecoverySettings, bounds: Bounds, cursor: RecoveryCursor
    ) -> None:
        self._context, self._settings, self._bounds, self._cursor = context, settings, bounds, cursor
        self._now = cursor.at
        self._summary = Summary()

    def run(self) -> Summary:
        # Counts, follow-ups and removals may be much work. They get half of the time, and live runs the rest.
        half = self._bounds.time_left() / 2
        has_half = partial(self._has_more_than, half)
        self._count_for_limits(has_half)
        self._follow_up(has_half)
        self._finish_removals(has_half)
        # As long as no run can have been silent for too long, there is no live run to look at.
        if self._cursor.since < self._now - self._settings.patience:
            self._look_at_live_runs()
        self._count_totals()
        for result in count_tallies(self._context, self._now, self._has_time):
            self._note_results(["tallies"], [result])
        return self._summary

    def _has_more_than(self, seconds: float) -> bool:
        return self._bounds.time_left() > seconds

    def _has_time(self) -> bool:
        return self._has_more_than(0)

    def _view(self, has_time: HasTime) -> TickView:
        return TickView(self._settings, self._cursor, has_time)

    def _count_for_limits(self, has_time: HasTime) -> None:
        """Continue the counts of limits that no request has finished."""
        for kind, limit_id in self._context.store.limits.counted():
            result = attempt(partial(self._count, kind, limit_id, has_time), has_time)
            self._note_left(left=result is None)
            self._note_results([limit_id], [result])

    def _count(self, kind: LimitKind, limit_id: str, has_time: HasTime) -> Counter[str]:
        self._note_left(left=not count(self._context, kind, limit_id, has_time))
        return Counter()

    def _follow_up(self, has_time: HasTime) -> None:
        """Do the work that marked runs have left."""
        latest = self._now - self._settings.heartbeat_timeout
        before = self._cursor.marked
        due = self._context.store.follow_ups.due(latest, before)
        last, left = walk(due, partial(self._look_at_marked, latest, has_time), self._bounds.runs, has_time)
        self._note_left(left=left)
        self._advance_to(replace(self._cursor, marked=[before, *last][-1] if left else None))

    def _finish_removals(self, has_time: HasTime) -> None:
        """Continue the deletions of flows and projects, a piece of each by turns so that none waits."""
        latest = self._now - max(self._settings.heartbeat_timeout, 2 * LONGEST_REQUEST)
        unfinished = self._finish_a_piece_of_each(self._context.store.removals.due(latest), has_time)
        while unfinished:
            unfinished = self._finish_a_piece_of_each(unfinished, has_time)

    def _finish_a_piece_of_each(self, removals: Iterable[Removal], has_time: HasTime) -> list[Removal]:
        """Return the removals that are unfinished and can be continued in this tick."""
        unfinished: list[Removal] = []
        for removal in removals:
            result = attempt(partial(self._finish_a_piece, removal, has_time, unfinished), has_time)
            self._note_results([removal.id], [result])
            if result is None:
                self._note_left(left=True)
                return []
        return unfinished

    def _finish_a_piece(self, removal: Removal, has_time: HasTime, unfinished: list[Removal]) -> Counter[str]:
        done: Counter[str] = Counter()
        if not finish_removal(self._context, removal, has_time, done):
            unfinished.append(removal)
        return done

    def _look_at_live_runs(self) -> None:
        lists, after = self._context.store.run_lists, self._cursor.after
        ids = (run_id for run_id in lists.ids(lists.live(after), descending=False) if run_id != after)
        last, left = walk(ids, self._look_at_live, self._bounds.runs, self._has_time)
        self._note_left(left=left)
        self._advance_to(replace(self._cursor, after=[after, *last][-1] if left else None))

    def _count_totals(self) -> None:
        """Count the runs of the hours that are over, in half of the time that is left."""
        series = self._cursor.totals
        if series is None or not series.is_due(self._now):
            return
        has_half = partial(self._has_more_than, self._bounds.time_left() / 2)
        result = attempt(partial(self._count_some, series, has_half), has_half)
        self._note_results(["totals"], [result])

    def _count_some(self, series: Series, has_time: HasTime) -> Counter[str]:
        counted = count_totals(self._context, series, self._now, has_time)
        self._note_left(left=counted.look == self._now)
        self._advance_to(replace(self._cursor, totals=counted))
        return Counter()

    def _advance_to(self, cursor: RecoveryCursor) -> None:
        """Store the cursor if it has changed."""
        if cursor != self._cursor:
            self._context.store.recovery_cursor.advance_to(cursor)
            self._cursor = cursor

    def _look_at_marked(self, latest: datetime, has_time: HasTime, batch: list[FollowUp]) -> list[FollowUp]:
        """Follow up a batch of marked runs. Return those for which there was no time, in their order."""
        store, ids = self._context.store, [marker.flow_run_id for marker in batch]
        found = store.flow_runs.get(ids, (Part.TYPES, Part.HEARTBEAT), consistent=True)
        runs = {run.id: run for run in found}
        markers = [marker for marker in store.follow_ups.get(ids) if marker.at <= latest]
        calls = [
            partial(self._follow_up_one, marker, runs.get(marker.flow_run_id), has_time) for marker in markers
        ]
        results = store.parallel([partial(attempt, call, has_time) for call in calls])
        ids = [marker.flow_run_id for marker in markers]
        self._note_results(ids, results)
        left = {flow_run_id for flow_run_id, result in zip(ids, results, strict=True) if result is None}
        return [marker for marker in batch if marker.flow_run_id in left]

    def _follow_up_one(self, marker: FollowUp, run: FlowRun | None, has_time: HasTime) -> Counter[str]:
        return follow_up(self._context, MarkedRun(marker, run, self._view(self._share_of(has_time))))

    def _share_of(self, has_time: HasTime) -> HasTime:
        """Return a check that ends the work which begins now after its share of the time that is left.

        Each follow-up takes a share of what is left. So some time is left to all that begin later.
        """
        left_at = self._bounds.time_left() * _OTHERS_SHARE
        return lambda: has_time() and self._has_more_than(left_at)

    def _look_at_live(self, batch: list[str]) -> list[str]:
        """Recover the silent ones of a batch of live runs. Return those for which there was no time."""
        silent_runs = LiveRuns(self._context, self._view(self._has_time)).silent_runs(batch)
        calls = [partial(recover, self._context, silent) for silent in silent_runs]
        results = self._context.store.parallel([partial(attempt, call, self._has_time) for call in calls])
        ids = [silent.run.id for silent in silent_runs]
        left = [run_id for run_id, result in zip(ids, results, strict=True) if result is None]
        self._note_results(ids, results)
        self._summary.counts["looked_at"] += batch.index(left[0]) if left else len(batch)
        return left

    def _note_left(self, *, left: bool) -> None:
        """Note that a step has left work. A later step without left work does not take that back."""
        self._summary.left = self._summary.left or left

    def _note_results(self, ids: list[str], results: list[Result | None]) -> None:
        for identifier, result in zip(ids, results, strict=True):
            if isinstance(result, Exception):
                self._summary.counts["faults"] += 1
                if len(self._summary.faults) < _MAX_FAULTS:
                    self._summary.faults[identifier] = result
            elif result is not None:
                self._summary.counts.update(result)
