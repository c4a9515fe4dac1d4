"""The plan for logs: of the flow run that the filter names, in the order of their times."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.logs import SPAN, Horizon, KeptEntry, without_repeats
from domain.task_runs.task_runs import TaskRun
from domain.times import format_time
from operations.access.project_limits import own_run_ids
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.plans.task_runs.holders import with_holders
from operations.reads.where.constraints import Bounds, allowed, bounds, demands, tells_all
from operations.task_runs.task_runs import find_addresses

# How many entries one query may look at.
MAX_LOGS: Final = 20_000
# … and how many characters of their messages: several times as many as a response may have.
MAX_CHARACTERS: Final = 32_000_000
MAX_FLOW_RUNS: Final = 25
# The columns that the plan itself decides, and the relation that is the same for all entries of one run.
DECIDED_COLUMNS: Final = ("flow_run_id", "timestamp", "flow_run")
# How many batches a short list reads at first: a batch holds the entries of some seconds.
FIRST_BATCHES: Final = 8
# Units that an entry takes, each comparison with it, and each of its fields in the response. So a list ends
# before its request is refused.
_ROW: Final = 1.0
_COMPARISON: Final = 2.0
_FIELD: Final = 3.5
# The same as `KeptEntry.order`, which takes several times as long for thousands of entries.
_ORDER: Final = attrgetter("entry.timestamp", "token", "place")


@with_holders("log", "flow_run_id", lambda ids: {"flow_run_id": {"_in": ids}})
def plan_logs(context: Context, search: Search) -> Plan[KeptEntry]:
    """Find the logs of a flow run, or of a task run in it. Raises BadUserInput without either."""
    ids = flow_run_ids(context, search)
    if ids is None:
        raise BadUserInput("log: this query needs a filter on flow_run_id, task_run_id or id.")
    in_order = len(ids) == 1 and (not search.order or search.order[0].path == ("timestamp",))
    descending = in_order and bool(search.order) and search.order[0].descending
    if in_order and search.unlimited and tells_all(search.where, DECIDED_COLUMNS):
        path = "of flow runs, the newest"
        return Plan(path, _newest(context, search, ids[0], descending=descending), in_order=True)
    batches = (
        batch
        for flow_run_id in bounded(MAX_FLOW_RUNS, ids, "log", "flow_run_id")
        for batch in _of_flow_run(context, search, flow_run_id, in_order=in_order, descending=descending)
    )
    return Plan(f"of flow runs, {'as they come' if in_order else 'to be sorted'}", batches, in_order)


def flow_run_ids(context: Context, search: Search) -> list[str] | None:
    """Return the flow runs whose logs a list may have; None if its filter leads to none."""
    if isinstance(search.owner, FlowRun):
        return [search.owner.id]
    if isinstance(search.owner, TaskRun):
        return [search.owner.flow_run_id]
    if (ids := allowed(search.where, "flow_run_id")) is not None:
        return own_run_ids(context, ids) if len(ids) <= MAX_FLOW_RUNS else ids
    task_run_ids = allowed(search.where, "task_run_id")
    if task_run_ids is None:
        return None
    found = find_addresses(context, bounded(MAX_ROWS, task_run_ids, "log", "task_run_id"))
    return own_run_ids(context, [address.flow_run_id for address in found.values()])


def _newest(
    context: Context, search: Search, flow_run_id: str, *, descending: bool
) -> Iterator[list[KeptEntry]]:
    """Return as many of the newest entries as may be looked at, and as the request has room for.

    A client that follows a run reads the newest entries, so older ones may be left out.
    """
    found: list[KeptEntry] = []
    times = bounds(search.where, "timestamp")
    comparisons = sum(len(comparison) for _, comparison in demands(search.where))
    each = _ROW + _COMPARISON * comparisons + _FIELD * search.width
    for page in pages_of(context, flow_run_id, times, descending=True):
        found += page.complete
        room = context.work.rows_left(each)
        if (page.is_too_much and not found) or room < 1:  # not even one batch can be shown
            raise _too_much()
        if page.is_too_much or len(found) > room:
            cut = found[int(min(room, len(found))) :]
            until = cut[0].entry.timestamp if cut else page.read_to
            del found[len(found) - len(cut) :]
            context.left_out.append(f"log: entries of flow run {flow_run_id} until {format_time(until)}.")
            break
    yield without_repeats(found if descending else found[::-1])


def _of_flow_run(
    context: Context, search: Search, flow_run_id: str, *, in_order: bool, descending: bool
) -> Iterator[list[KeptEntry]]:
    """Return entries in order, as soon as no earlier (or later) entry can follow."""
    size = FIRST_BATCHES if search.enough and in_order else None
    is_first = True
    times = bounds(search.where, "timestamp")
    for page in pages_of(context, flow_run_id, times, descending=descending, page_size=size):
        if page.is_too_much:
            raise _too_much()
        # Equal entries have the same time, so they are complete at once.
        found = without_repeats(page.complete)
        if size is None or search.enough is None:
            yield found
            continue
        # Only the entries that fill the page are rows; the others draw what their decoding costs.
        if is_first:
            context.work.draw_decoded(max(0, len(found) - search.enough), in_vain=True)
        is_first = is_first and not found
        yield from in_batches(found, search.enough)


def _too_much() -> BadUserInput:
    return BadUserInput(
        f"log: this query would have to look at more than {MAX_LOGS:,} entries, or {MAX_CHARACTERS:,} "
        "characters of messages. Narrow it with a range of timestamp, or take a limit with "
        "order_by: {timestamp: asc}."
    )


@dataclass(frozen=True, slots=True)
class LogPart:
    """Entries in order, of which none is missing; the time up to which the log was read; the work so far."""

    complete: list[KeptEntry]
    read_to: datetime
    entries: int = 0
    characters: int = 0

    @property
    def is_too_much(self) -> bool:
        return self.entries > MAX_LOGS or self.characters > MAX_CHARACTERS


def pages_of(
    context: Context,
    flow_run_id: str,
    times: Bounds,
    *,
    descending: bool,
    page_size: int | None = None,
    horizon: Horizon | None = None,
) -> Iterator[LogPart]:
    """Return the entries of a flow run between two times page by page, in order, up to a horizon."""
    pages = context.store.logs.read(
        flow_run_id,
        times,
        descending=descending,
        now=context.now(),
        page_size=page_size,
        horizon=horizon,
    )
    waiting: list[KeptEntry] = []
    entries, characters = 0, 0
    read_to = context.now()
    for page in pages:
        entries += len(page.entries)
        context.work.draw_decoded(len(page.entries))
        characters += page.characters
        read_to = page.read_to
        waiting = sorted([*waiting, *page.entries], key=_ORDER, reverse=descending)
        count = bisect_left(waiting, True, key=partial(_may_follow, read_to, descending))
        yield LogPart(waiting[:count], read_to, entries, characters)
        waiting = waiting[count:]
        if horizon is not None:
            waiting = horizon.cut(waiting, descending=descending)
        context.work.draw_decoded(0)  # lists side by side may have used up the budget
    yield LogPart(waiting, read_to)


def _may_follow(read_to: datetime, descending: bool, kept: KeptEntry) -> bool:
    """Return True if an entry may come before this one once the batches up to a time were read."""
    if descending:
        return kept.entry.timestamp <= read_to
    return kept.entry.timestamp >= read_to - SPAN
