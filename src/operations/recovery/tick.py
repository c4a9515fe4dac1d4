"""Recovery, one tick of it: looks at runs as far as time allows, and leaves the rest to the next.

Nothing is remembered but in the table, and whatever is changed is changed under the version that was read: a
tick may die anywhere, or overlap with another, and does no harm by it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from domain.concurrency.limits import LimitKind
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from domain.recovery.cursor import Watch, next_watch
from domain.recovery.follow_ups import LONGEST_REQUEST, FollowUp, Removal
from domain.recovery.rules import Parameters
from operations.concurrency.counting import count
from operations.context import Context
from operations.flow_runs.cancelling import GoOn
from operations.flows.removals import finish_removal
from operations.recovery.following_up import Marked, follow_up
from operations.recovery.live_runs import LiveRuns
from operations.recovery.reviving import revive

MAX_RUNS_A_TICK: Final = 20_000
_BATCH: Final = 100
# What is left behind of one run may be much: it leaves so much of the time that is left to others.
_OTHERS_SHARE: Final = 0.9
# Of these no tick keeps more: the first ones tell what is wrong.
_MAX_FAULTS: Final = 10

Result = Counter[str] | Exception
Each = TypeVar("Each")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one tick may do: `time_left` tells the seconds until it should end; `runs` it may look at."""

    time_left: Callable[[], float]
    runs: int = MAX_RUNS_A_TICK


@dataclass(slots=True)
class Summary:
    """What one tick did.

    `counts` has how many runs were looked at, and how many changed, by what they became. `left` says that
    some were left to the next tick. `faults` are errors that concern one run each, by its id.
    """

    counts: Counter[str] = field(default_factory=lambda: Counter(looked_at=0))
    left: bool = False
    faults: dict[str, Exception] = field(default_factory=dict)


def tick(context: Context, parameters: Parameters, bounds: Bounds) -> Summary:
    """Go on where the last tick stopped. Raises ApiError when the database cannot answer."""
    before = context.store.watches.read()
    watch = next_watch(before, context.now(), context.token(), parameters.interval)
    if not context.store.watches.begin(watch, before):
        return Summary(left=True)  # another tick began at the same moment, and does the same
    return _Tick(context, parameters, bounds, watch).run()


class _Tick:
    def __init__(self, context: Context, parameters: Parameters, bounds: Bounds, watch: Watch) -> None:
        self._context, self._parameters, self._bounds, self._watch = context, parameters, bounds, watch
        self._now = watch.at
        self._summary = Summary()

    def run(self) -> Summary:
        # What was left behind may be much: it gets half of the time, so that live runs have theirs.
        half = self._bounds.time_left() / 2
        has_half = partial(self._has_more_than, half)
        self._count_for_limits(has_half)
        self._follow_up(has_half)
        self._finish_removals(has_half)
        # As long as nobody can have been silent for too long, there is nothing to look at.
        if self._watch.since < self._now - self._parameters.patience:
            self._look_at_live_runs()
        return self._summary

    def _has_more_than(self, seconds: float) -> bool:
        return self._bounds.time_left() > seconds

    def _has_time(self) -> bool:
        return self._has_more_than(0)

    def _count_for_limits(self, go_on: GoOn) -> None:
        """Go on with the counts of limits that no request has brought to their end."""
        for kind, limit_id in self._context.store.limits.counted():
            result = _attempt(partial(self._count, kind, limit_id, go_on), go_on)
            self._summary.left = self._summary.left or result is None
            self._note_all([limit_id], [result])

    def _count(self, kind: LimitKind, limit_id: str, go_on: GoOn) -> Counter[str]:
        self._summary.left = not count(self._context, kind, limit_id, go_on) or self._summary.left
        return Counter()

    def _follow_up(self, go_on: GoOn) -> None:
        latest = self._now - self._parameters.heartbeat_timeout
        before = self._watch.marked
        marked = self._context.store.follow_ups.due(latest, before)
        last, left = _walk(marked, partial(self._look_at_marked, latest, go_on), self._bounds.runs, go_on)
        self._come_to(replace(self._watch, marked=[before, *last][-1] if left else None), left=left)

    def _finish_removals(self, go_on: GoOn) -> None:
        """Go on with deletions by turns, a piece of each, so that none keeps the others waiting."""
        latest = self._now - max(self._parameters.heartbeat_timeout, 2 * LONGEST_REQUEST)
        waiting = self._finish_a_piece_of_each(self._context.store.removals.due(latest), go_on)
        while waiting:
            waiting = self._finish_a_piece_of_each(waiting, go_on)

    def _finish_a_piece_of_each(self, removals: Iterable[Removal], go_on: GoOn) -> list[Removal]:
        """Answers of which more is left, and can be done in this tick."""
        waiting: list[Removal] = []
        for removal in removals:
            result = _attempt(partial(self._finish_a_piece, removal, go_on, waiting), go_on)
            self._note_all([removal.id], [result])
            if result is None:
                self._summary.left = True
                return []
        return waiting

    def _finish_a_piece(self, removal: Removal, go_on: GoOn, waiting: list[Removal]) -> Counter[str]:
        done: Counter[str] = Counter()
        if not finish_removal(self._context, removal, go_on, done):
            waiting.append(removal)
        return done

    def _look_at_live_runs(self) -> None:
        lists, after = self._context.store.run_lists, self._watch.after
        ids = (each for each in lists.ids(lists.live(after), descending=False) if each != after)
        last, left = _walk(ids, self._look_at, self._bounds.runs, self._has_time)
        self._come_to(replace(self._watch, after=[after, *last][-1] if left else None), left=left)

    def _come_to(self, watch: Watch, *, left: bool) -> None:
        self._summary.left = self._summary.left or left
        if watch != self._watch:
            self._context.store.watches.come_to(watch)
            self._watch = watch

    def _look_at_marked(self, latest: datetime, go_on: GoOn, batch: list[FollowUp]) -> list[FollowUp]:
        """Look at these marked runs; answers those for which there was no time, in their order."""
        ids, store = [each.flow_run_id for each in batch], self._context.store
        runs = {
            run.id: run for run in store.flow_runs.get(ids, (Part.HISTORY, Part.HEARTBEAT), consistent=True)
        }
        found = [each for each in store.follow_ups.get(ids) if each.at <= latest]
        calls = [partial(self._follow_up_one, each, runs.get(each.flow_run_id), go_on) for each in found]
        results = store.parallel([partial(_attempt, call, go_on) for call in calls])
        self._note_all([each.flow_run_id for each in found], results)
        left = {each.flow_run_id for each, result in zip(found, results, strict=True) if result is None}
        return [each for each in batch if each.flow_run_id in left]

    def _follow_up_one(self, marker: FollowUp, run: FlowRun | None, go_on: GoOn) -> Counter[str]:
        marked = Marked(
            follow_up=marker,
            run=run,
            parameters=self._parameters,
            watch=self._watch,
            now=self._now,
            go_on=self._share_of(go_on),
        )
        return follow_up(self._context, marked)

    def _share_of(self, go_on: GoOn) -> GoOn:
        """Go on while this one, which begins now, has not used its share of the time.

        As each takes a share of what is left, some is left to all that follow.
        """
        left_at = self._bounds.time_left() * _OTHERS_SHARE
        return lambda: go_on() and self._has_more_than(left_at)

    def _look_at(self, batch: list[str]) -> list[str]:
        """Look at these live runs; answers those for which there was no time, in their order."""
        cases = LiveRuns(self._context, self._parameters, self._watch, self._has_time).cases(batch)
        calls = [partial(revive, self._context, case) for case in cases]
        results = self._context.store.parallel([partial(_attempt, call, self._has_time) for call in calls])
        left = [case.run.id for case, result in zip(cases, results, strict=True) if result is None]
        self._note_all([case.run.id for case in cases], results)
        self._summary.counts["looked_at"] += batch.index(left[0]) if left else len(batch)
        return left

    def _note_all(self, flow_run_ids: list[str], results: list[Result | None]) -> None:
        for flow_run_id, result in zip(flow_run_ids, results, strict=True):
            if isinstance(result, Exception):
                self._summary.counts["faults"] += 1
                if len(self._summary.faults) < _MAX_FAULTS:
                    self._summary.faults[flow_run_id] = result
            elif result is not None:
                self._summary.counts.update(result)


def _walk(
    found: Iterator[Each], look_at: Callable[[list[Each]], list[Each]], most: int, go_on: GoOn
) -> tuple[list[Each], bool]:
    """Look at what was found, a batch at a time; answers the last ones, and whether some were left.

    `look_at` answers for which of a batch there was no time.
    """
    last: list[Each] = []
    looked_at = 0
    while batch := list(islice(found, min(_BATCH, most - looked_at))):
        left = look_at(batch) if go_on() else batch
        if left:
            return batch[: batch.index(left[0])] or last, True
        last, looked_at = batch, looked_at + len(batch)
    return last, next(found, None) is not None


def _attempt(call: Callable[[], Counter[str]], go_on: GoOn) -> Result | None:
    """The call's result, or its error: what is wrong with one run must not keep the others waiting.

    None when there is no time left for it.
    """
    try:
        return call() if go_on() else None
    except Exception as error:  # noqa: BLE001
        return error
