"""Recovery, one tick of it: looks at live runs as far as time allows, and leaves the rest to the next.

Nothing is remembered but in the table, and whatever is changed is changed under the version that was read: a
tick may die anywhere, or overlap with another, and does no harm by it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Final

from domain.flow_runs import FlowRun
from domain.recovery import NEEDS_PROCESS, Beat, Parameters, Switches
from domain.watches import Watch, next_watch
from operations.cancelling import GoOn
from operations.context import Context
from operations.flow_runs import finish_cancelling, get_flow_run
from operations.reviving import Case, is_before, is_dead, revive

MAX_RUNS: Final = 20_000
_BATCH: Final = 100
# Of these no tick keeps more: the first ones tell what is wrong.
_MAX_FAULTS: Final = 10

Result = Counter[str] | Exception


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one tick may do: `time_left` tells the seconds until it should end; `runs` it may look at."""

    time_left: Callable[[], float]
    runs: int = MAX_RUNS


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
        # Task runs to be cancelled may be many: they get half of the time, so that live runs have theirs.
        half = self._bounds.time_left() / 2
        self._finish_cancellations(lambda: self._bounds.time_left() > half)
        # As long as nobody can have been silent for too long, there is nothing to look at.
        if self._watch.since < self._now - self._parameters.patience:
            self._look_at_live_runs()
        return self._summary

    def _has_time(self) -> bool:
        return self._bounds.time_left() > 0

    def _finish_cancellations(self, go_on: GoOn) -> None:
        lists = self._context.store.run_lists
        for flow_run_id in lists.ids(lists.lingering(), descending=False):
            if not go_on():
                self._summary.left = True
                return
            self._note(flow_run_id, _attempt(partial(_finish_cancelling, self._context, flow_run_id, go_on)))

    def _look_at_live_runs(self) -> None:
        ids = self._live_ids()
        reached, looked_at = self._watch.after, 0
        while batch := list(islice(ids, min(_BATCH, self._bounds.runs - looked_at))):
            left = self._look_at(batch) if self._has_time() else batch
            if left:
                seen = batch[: batch.index(left[0])]
                self._come_to(seen[-1] if seen else reached, left=True)
                return
            reached, looked_at = batch[-1], looked_at + len(batch)
        more = next(ids, None) is not None
        self._come_to(reached if more else None, left=more)

    def _live_ids(self) -> Iterator[str]:
        lists, after = self._context.store.run_lists, self._watch.after
        return (each for each in lists.ids(lists.live(after), descending=False) if each != after)

    def _come_to(self, reached: str | None, *, left: bool) -> None:
        self._summary.left = self._summary.left or left
        if reached != self._watch.after:
            self._context.store.watches.come_to(self._watch.come_to(reached))

    def _look_at(self, batch: list[str]) -> list[str]:
        """Look at these runs; answers those for which there was no time, in their order."""
        beats = self._context.store.signs_of_life.newest(batch)
        cases = self._cases(self._suspects(batch, beats), beats)
        results = self._context.store.parallel([partial(self._revive, case) for case in cases])
        left = [case.run.id for case, result in zip(cases, results, strict=True) if result is None]
        for case, result in zip(cases, results, strict=True):
            if result is not None:
                self._note(case.run.id, result)
        self._summary.counts["looked_at"] += batch.index(left[0]) if left else len(batch)
        return left

    def _suspects(self, batch: list[str], beats: dict[str, Beat]) -> dict[str, bool]:
        """The runs to read, and whether each seems to have a dead task run; heartbeats clear most others."""
        deadline = self._now - self._parameters.patience
        silent = {
            each for each in batch if each not in beats or is_before(beats[each].at, self._watch, deadline)
        }
        asked = [each for each in batch if each not in silent and not beats[each].for_task_runs]
        answers = self._context.store.parallel([partial(self._has_dead, each, beats[each]) for each in asked])
        return dict.fromkeys(silent, False) | {
            each: True for each, has_dead in zip(asked, answers, strict=True) if has_dead
        }

    def _has_dead(self, flow_run_id: str, beat: Beat) -> bool:
        """Whether a run that is alive seems to have a task run that is not: the worker of one may have died.

        Heartbeats stay when a task run has ended, so old ones only give cause to look at the task runs.
        """
        signs, deadline = self._context.store.signs_of_life, self._now - self._parameters.heartbeat_timeout
        own = signs.of_task_runs(flow_run_id, consistent=False)
        if not any(is_before(at, self._watch, deadline) for at in own.values()):
            return False
        active = signs.active_task_runs(flow_run_id, consistent=False)
        return any(is_dead(each, beat.at, own, self._watch, deadline) for page in active for each in page)

    def _cases(self, suspects: dict[str, bool], beats: dict[str, Beat]) -> list[Case]:
        """Of the suspects those that need a process and seem to have none, as of now, in the order of ids."""
        if not suspects:
            return []
        runs = self._context.store.flow_runs.get(sorted(suspects), ("heartbeat",), consistent=True)
        cases = [self._case(run, beats.get(run.id)) for run in runs if run.state.type in NEEDS_PROCESS]
        cases = [case for case in cases if suspects[case.run.id] or case.is_silent]
        group_ids = sorted({case.run.flow_group_id for case in cases})
        groups = self._context.store.flows.groups(group_ids) if group_ids else []
        switches = {group.id: Switches.of(group.settings) for group in groups}
        return [replace(case, switches=switches.get(case.run.flow_group_id, case.switches)) for case in cases]

    def _case(self, run: FlowRun, beat: Beat | None) -> Case:
        return Case(
            run=run,
            has_own=beat is None or not beat.for_task_runs,
            parameters=self._parameters,
            watch=self._watch,
            now=self._now,
            go_on=self._has_time,
        )

    def _revive(self, case: Case) -> Result | None:
        """What became of one run; None when there is no time left for it."""
        return _attempt(partial(revive, self._context, case)) if self._has_time() else None

    def _note(self, flow_run_id: str, result: Result) -> None:
        if isinstance(result, Exception):
            self._summary.counts["faults"] += 1
            if len(self._summary.faults) < _MAX_FAULTS:
                self._summary.faults[flow_run_id] = result
        else:
            self._summary.counts.update(result)


def _attempt(call: Callable[[], Counter[str]]) -> Result:
    """The call's result, or its error: what is wrong with one run must not keep the others waiting."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001
        return error


def _finish_cancelling(context: Context, flow_run_id: str, go_on: GoOn) -> Counter[str]:
    run = get_flow_run(context, flow_run_id)
    done = run.state.type == "Cancelled" and finish_cancelling(context, run, go_on)
    return Counter(cancelled=1) if done else Counter()
