"""Runs that have not ended, as far as a page that is ordered by another time than their creation needs them.

The live ones are looked at one by one, because no key tells when a run started. Those that wait are in the
queue, by the time for which they wait: if a run waits again, that time is hardly ever before its last change.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, takewhile
from typing import Final

from domain.errors import BadUserInput, TooMuchWork
from domain.times import format_time
from operations.context import Context
from operations.reads.plans.flow_runs.horizons import WITHIN, Horizon
from operations.reads.plans.flow_runs.planned_starts import planned_anew
from operations.reads.plans.flow_runs.run_ranges import names_flows
from operations.reads.plans.flow_runs.shared_runs import WantedRuns
from operations.reads.plans.flow_runs.skipped_runs import without_planned
from operations.reads.plans.flow_runs.statuses import UNFINISHED, WAITING, unfinished_statuses
from operations.reads.plans.flow_runs.waiting_plans import ids_by_start, starts_between
from operations.reads.plans.search import BATCH, Search
from operations.reads.where.constraints import allowed, bounds

# How many runs that have not ended are looked at, if a page is ordered by another time than their creation.
MAX_UNFINISHED: Final = 200
# Up to so many waiting runs are all looked at.
FEW_WAITING: Final = 40
# Up to so many waiting runs of the flows that a filter names are all looked at.
FEW_OF_FLOWS: Final = 16
# How many keys of the queue are compared with these.
MAX_KEYS: Final = 1_000
_OF_QUEUE: Final = "state_start_time"
_MINUTES: Final = int(WITHIN.total_seconds()) // 60

# Returns the ids of the wanted runs in some statuses, in the order of creation.
FindIds = Callable[[Sequence[str]], Iterator[str]]


def at_most(context: Context, most: int | None, ids: Iterator[str]) -> Iterator[str]:
    """Yield up to `most` ids of runs that have not ended. If there are more, the response says so."""
    yield from islice(ids, most)
    if most is not None and next(ids, None) is not None:
        context.left_out.append(
            f"flow_run: runs that have not ended, but for {most} of them and those that were looked at "
            "anyway."
        )


@dataclass(frozen=True, slots=True)
class UnfinishedRuns:
    """The wanted runs that have not ended, for a page up to a horizon."""

    context: Context
    search: Search
    wanted: WantedRuns
    horizon: Horizon
    find: FindIds

    def beside(self, ids: Iterator[str], rows: int) -> Iterator[str]:
        """Return the ids of a walk, which ends at the horizon, and those of runs that have not ended.

        Waiting runs come when the page tells which of them may belong on it. `rows` fill the page.
        """
        context, horizon = self.context, self.horizon
        statuses = unfinished_statuses(allowed(self.search.where, "state"))
        if not statuses or not horizon.needs_unfinished:
            return horizon.until(ids, context.left_out)
        most = None if self.search.complete else MAX_UNFINISHED
        if most is None or not self._are_told_by_the_queue(statuses):
            return chain(at_most(context, most, self.find(statuses)), horizon.until(ids, context.left_out))
        live = at_most(context, most, self.find(["live"])) if "live" in statuses else iter(())
        if names_flows(self.search.where):
            return self._beside_those_of_flows(live, ids)
        if horizon.is_by_start:
            return chain(self._near_the_page(), self._taken(live), horizon.until(ids, context.left_out))
        if horizon.is_of_begun_runs:
            # A live run has no end unless it goes on again: these are looked at besides.
            or_live = horizon.column == "end_time"
            ids = without_planned(context, self.wanted, ids, rows, or_live=or_live)
        return chain(live, horizon.until(ids, context.left_out), self._waiting_again())

    def _are_told_by_the_queue(self, statuses: Sequence[str]) -> bool:
        if self.horizon.is_by_start and names_flows(self.search.where):
            return False
        return WAITING in statuses and self.context.store.is_current and self.horizon.tells_of_waiting

    def _beside_those_of_flows(self, live: Iterator[str], ids: Iterator[str]) -> Iterator[str]:
        """Return the ids of the walk through some flows, and those of their runs that have not ended."""
        ahead = self.find([WAITING])
        waiting = list(islice(ahead, MAX_UNFINISHED + 1))
        if self.horizon.is_of_begun_runs:
            passed = set(waiting)
            ids = (run_id for run_id in ids if run_id not in passed)
        walked = self.horizon.until(ids, self.context.left_out)
        return chain(live, walked, self._again_among(waiting, ahead))

    def _again_among(self, waiting: list[str], more: Iterator[str]) -> Iterator[str]:
        """Yield those of some waiting runs that may have changed since the last time on the page."""
        last = self.horizon.last
        if last is None:
            yield from chain(waiting, more)
        elif len(waiting) <= FEW_OF_FLOWS:
            yield from waiting
        else:
            queue = starts_between(self.context, self._times_since(last), descending=True, rows=BATCH)
            near = {run_id for _, run_id in islice(queue, MAX_KEYS)}
            yield from (run_id for run_id in waiting if run_id in near)
            self._tell_of_others(last)

    def _taken(self, live: Iterator[str]) -> Iterator[str]:
        """Yield the live runs, unless those on the page are all due so late that hardly any is taken yet."""
        last = self.horizon.last
        if last is None or not self.horizon.descending or last <= self.context.now() + WITHIN:
            yield from live
        elif next(live, None) is not None:
            self._leave_out(
                f"runs that have not ended and were taken more than {_MINUTES} minutes before the time for "
                "which they were planned"
            )

    def _near_the_page(self) -> Iterator[str]:
        """Yield the runs that wait for a time near those of the page, in their order, or all if few wait."""
        few, horizon = self._few_that_wait(), self.horizon
        if few is not None:
            yield from few
            return
        earliest, latest = bounds(self.search.where, horizon.column)
        times = earliest and earliest - WITHIN, latest and latest + WITHIN
        rows = self.search.enough or BATCH
        starts = starts_between(self.context, times, descending=horizon.descending, rows=rows)
        near = takewhile(lambda entry: not horizon.is_passed_by(entry[0]), starts)
        yield from at_most(self.context, MAX_UNFINISHED, self._in_span(run_id for _, run_id in near))
        if horizon.column != _OF_QUEUE:
            self.context.left_out.append(planned_anew(horizon.column))

    def _waiting_again(self) -> Iterator[str]:
        """Yield the waiting runs that may have started or changed since the last time on the page.

        A page that is full has told that time. If it is not full, the walk has come to all runs that it does
        not pass over.
        """
        last = self.horizon.last
        if last is None:
            yield from self.find(UNFINISHED) if self.horizon.is_of_begun_runs else ()
            return
        try:
            found = self._few_that_wait()
            if found is None:
                queue = starts_between(
                    self.context, self._times_since(last), descending=True, rows=FEW_WAITING
                )
                again = self._in_span(run_id for _, run_id in queue)
                found = list(at_most(self.context, MAX_UNFINISHED, again))
                self._tell_of_others(last)
        except TooMuchWork:
            raise
        except BadUserInput:  # the queue has too many sets of labels to be put into one order
            found = []
            self._tell_of_others(last)
        yield from found

    def _times_since(self, last: datetime) -> tuple[datetime, datetime]:
        """Return the times between which a run waits that has waited since then, as a rule."""
        return last - WITHIN, self.context.now() + WITHIN

    def _few_that_wait(self) -> list[str] | None:
        """Return all runs that wait; None if they are not few."""
        lists = self.context.store.run_lists
        if lists.count(lists.waiting(), FEW_WAITING) > FEW_WAITING:
            return None
        ids = ids_by_start(self.context, (None, None), descending=True, rows=FEW_WAITING)
        return list(self._in_span(ids))

    def _in_span(self, ids: Iterator[str]) -> Iterator[str]:
        return (run_id for run_id in ids if run_id in self.wanted.span)

    def _tell_of_others(self, last: datetime) -> None:
        column = self.horizon.column
        self._leave_out(
            f"runs that have waited since before {format_time(last - WITHIN)}, or wait for a time more than "
            f"{_MINUTES} minutes ahead, if their {column} is after {format_time(last)}"
        )

    def _leave_out(self, what: str) -> None:
        self.context.left_out.append(f"flow_run: {what}.")
