"""Waiting runs of some flows in the order of their starts, looked for at the beginning of the queue.

No index lists the waiting runs of a flow or project by their starts. If these are a good part of all that
wait, the first of them are among the first of the queue. So the first part of the queue is looked at. Only if
it does not fill the page, all waiting runs of the flows are found, read and sorted.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final

from domain.errors import BadUserInput, TooMuchWork
from domain.flow_runs.flow_runs import FlowRun
from operations.context import Context
from operations.reads.plans.flow_runs.horizons import WITHIN
from operations.reads.plans.flow_runs.planned_starts import is_beyond, planned_anew
from operations.reads.plans.flow_runs.shared_runs import Candidates
from operations.reads.plans.flow_runs.waiting_plans import starts_between
from operations.reads.plans.flow_runs.walks import Walk
from operations.reads.plans.search import BATCH, Plan, Search
from operations.reads.plans.spans import Span
from operations.reads.where.constraints import allowed, below, bounds

# The column of the times that runs were planned for.
BY_PLAN: Final = "scheduled_start_time"
# How many runs of the queue are read at first, for each row of the page and at least, and how many if one of
# these is found. Each costs half a read unit.
FOR_EACH: Final = 2
FIRST: Final = 16
MORE: Final = 64
# How many are read in all, if the flows have more waiting runs than that: to read these would cost more.
MOST: Final = 200
# Up to so many waiting runs of single flows are all read. Of more, the queue tells which come first.
FEW: Final = 40
# How many keys of the queue are looked at. Most are those of runs that are read.
MAX_KEYS: Final = 1_000
# A page of more rows is not looked for in the queue.
_LARGEST_PAGE: Final = 100


def may_probe(context: Context, search: Search) -> bool:
    """Return True if a list by start wants a small page that the first of the queue may fill.

    Lists side by side share what they read, and a key leads to its run. So these need no queue.
    """
    if search.owner is not None or context.compared is not None or search.is_part or search.reach is not None:
        return False
    if allowed(search.where, "idempotency_key") is not None:
        return False
    if search.complete and search.order[0].path[0] == BY_PLAN:
        return False
    return search.enough is not None and 0 < search.enough <= _LARGEST_PAGE


def plan_by_start(
    context: Context, search: Search, span: Span, find_all: Callable[[], Candidates]
) -> Plan[FlowRun]:
    """Find waiting runs in the first part of the queue, else among all candidates.

    Single flows have few waiting runs, as a rule, so that all of theirs are read unless they are many.
    """
    probe = QueueProbe(context, search, span, find_all)
    tried = "index by_status, the first in the order they start"
    if _names_flows_one_by_one(search):
        path = probe.find_all()
        if not probe.has_many:
            tried = path
    return Plan(tried, probe.batches(), progress=probe)


def _names_flows_one_by_one(search: Search) -> bool:
    of_flow = below(search.where, "flow")
    names = ("id", "flow_group_id", "version_group_id", "name")
    return any(allowed(search.where, name) is not None for name in ("flow_id", "flow_group_id")) or any(
        allowed(of_flow, name) is not None for name in names
    )


class QueueProbe:
    """A look at the first part of the queue, and what else a list needs if that does not fill its page.

    A page is full once it has its rows and no run to come has the start of the last one that was read, since
    a run with that start may come before it by the further terms of the order. A page by the times that runs
    were planned for is full when the queue is half an hour beyond its last row: only what was planned anew is
    further from its place, and the response says so.
    """

    def __init__(
        self, context: Context, search: Search, span: Span, find_all: Callable[[], Candidates]
    ) -> None:
        self._context, self._search, self._span, self._find_all = context, search, span, find_all
        self._first = max(FIRST, FOR_EACH * (search.enough or 0))
        self._walk = Walk(context, context.most_rows)
        self._queue: Iterator[tuple[datetime, str]] | None = None
        self._all: Iterator[str] | None = None
        self._seen: set[str] = set()
        self._edge: datetime | None = None
        self._column, self._descending = search.order[0].path[0], search.order[0].descending
        self._last: datetime | None = None
        self._known: frozenset[str] | None = None
        self._keys = self._found = 0
        self._is_done = self._is_cut = False
        self.has_many = False

    def found(self, rows: int) -> None:
        """Note how many rows of the list were found so far."""
        self._found = rows
        self._walk.found(rows)

    def fill(self, last: Any) -> None:
        """Note the time of the last row by which the list is ordered."""
        self._last = last

    def facts(self) -> dict[str, Any]:
        """Return how many runs the current part has looked at."""
        return self._walk.facts()

    def find_all(self) -> str:
        """Begin the list of all candidates, and return its path. They are many if they are more than MOST."""
        found = self._find_all()
        first = list(islice(found.ids, MOST + 1))
        self.has_many = len(first) > MOST
        if FEW < len(first) <= MOST:
            self._known = frozenset(first)
        self._all = chain(first, found.ids)
        return f"{found.path}, all, to be sorted"

    def batches(self) -> Iterator[list[FlowRun]]:
        """Read the runs of the queue, and then, if these do not do, all others."""
        if self._all is None:
            yield from self._probed(MORE, in_vain=self._first)
            if self._is_done:
                return
            self._context.plans.append(f"flow_run: {self.find_all()}")
        if (self.has_many or self._known is not None) and not self._is_cut:
            yield from self._probed(MOST, in_vain=MOST)
            if self._is_done:
                return
        left = (run_id for run_id in self._all or () if run_id not in self._seen)
        self._walk = Walk(self._context, self._context.most_rows)
        yield from self._walk.batches(self._search, left, BATCH, by_creation=True)

    def _probed(self, most: int, *, in_vain: int) -> Iterator[list[FlowRun]]:
        """Read runs of the queue until so many were read in all, or so many `in_vain`."""
        most = min(most, self._context.most_rows)
        first = min(max(self._first, len(self._seen)), most)
        if self._queue is None:
            self._queue = self._starts(first)
        self._walk = Walk(self._context, most)
        yield from self._walk.batches(self._search, self._ids(most, in_vain), first, by_creation=False)

    def _starts(self, rows: int) -> Iterator[tuple[datetime, str]]:
        earliest, latest = bounds(self._search.where, self._column)
        reach = WITHIN if self._column == BY_PLAN else timedelta(0)
        times = earliest and earliest - reach, latest and latest + reach
        return starts_between(self._context, times, descending=self._descending, rows=rows)

    def _ids(self, most: int, in_vain: int) -> Iterator[str]:
        """Yield ids of the queue, and note when the page is full or the queue at its end."""
        while (entry := self._next()) is not None:
            start, run_id = entry
            if self._is_full(start):
                self._end(is_whole=False)
                return
            if len(self._seen) >= (most if self._found else min(most, in_vain)):
                self._queue = chain([entry], self._queue or ())
                return
            self._seen.add(run_id)
            self._edge = start
            yield run_id
        if not self._is_cut:
            self._end(is_whole=bounds(self._search.where, self._column) == (None, None))

    def _end(self, *, is_whole: bool) -> None:
        """Note that the queue has told all that the page needs; `is_whole` if all of it was looked at."""
        self._is_done = True
        if self._column == BY_PLAN and not is_whole:
            self._context.left_out.append(planned_anew(BY_PLAN))

    def _is_full(self, start: datetime) -> bool:
        if self._column == BY_PLAN:
            return self._last is not None and is_beyond(start, self._last, descending=self._descending)
        is_only = len(self._search.order) == 1
        return self._found >= (self._search.enough or 0) and (is_only or start != self._edge)

    def _is_candidate(self, run_id: str) -> bool:
        if not run_id or run_id not in self._span or run_id in self._seen:
            return False
        return self._known is None or run_id in self._known

    def _next(self) -> tuple[datetime, str] | None:
        """Return the next run of the queue in the span; None at its end, or if too much lies before it."""
        try:
            for start, run_id in self._queue or ():
                self._keys += 1
                if self._is_candidate(run_id):
                    return start, run_id
                if self._keys >= MAX_KEYS:
                    self._is_cut = True
                    return None
        except TooMuchWork:
            raise
        except BadUserInput:  # too many sets of labels, or too many keys: all candidates may still be found
            self._is_cut = True
        return None
