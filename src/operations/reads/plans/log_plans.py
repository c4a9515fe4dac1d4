"""Plans for logs: of the flow run that the filter names, in the order of their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.errors import BadUserInput, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.task_runs.logs import SPAN, KeptEntry, each_once
from domain.task_runs.task_runs import TaskRun
from domain.times import format_time
from operations.context import Context
from operations.reads.plans.holders import led_by_ids
from operations.reads.plans.search import Plan, Search, at_most
from operations.reads.where.constraints import allowed, bounds, tells_all
from operations.task_runs.task_runs import find_address

# How many entries one query may look at.
MAX_LOGS: Final = 20_000
# … and how many characters of what they say: several times as much as an answer may have.
MAX_CHARACTERS: Final = 32_000_000
MAX_FLOW_RUNS: Final = 25
_TOLD: Final = ("flow_run_id", "timestamp")
# A batch holds what gathered in some seconds: a short list needs few.
_FIRST_BATCHES: Final = 25


@led_by_ids("flow_run_id", lambda ids: {"flow_run_id": {"_in": ids}})
def plan_logs(context: Context, search: Search) -> Plan:
    """The logs of a flow run, or of a task run among them. Raises BadUserInput without either."""
    ids = _flow_run_ids(context, search)
    if ids is None:
        raise BadUserInput("log: this query needs a filter on flow_run_id, task_run_id or id.")
    in_order = len(ids) == 1 and (not search.order or search.order[0].path == ("timestamp",))
    descending = in_order and bool(search.order) and search.order[0].descending
    if in_order and search.unlimited and tells_all(search.where, _TOLD):
        path = "of flow runs, the newest"
        return Plan(path, _newest(context, search, ids[0], descending=descending), in_order=True)
    batches = (
        batch
        for each in at_most(MAX_FLOW_RUNS, ids, "log", "flow_run_id")
        for batch in _of_flow_run(context, search, each, in_order=in_order, descending=descending)
    )
    return Plan(f"of flow runs, {'as they come' if in_order else 'to be sorted'}", batches, in_order)


def _flow_run_ids(context: Context, search: Search) -> list[str] | None:
    if isinstance(search.owner, FlowRun):
        return [search.owner.id]
    if isinstance(search.owner, TaskRun):
        return [search.owner.flow_run_id]
    if (ids := allowed(search.where, "flow_run_id")) is not None:
        return ids
    task_run_ids = allowed(search.where, "task_run_id")
    if task_run_ids is None:
        return None
    found = []
    for each in task_run_ids:
        try:
            found.append(find_address(context, each).flow_run_id)
        except NotFound:
            continue
    return list(dict.fromkeys(found))


def _newest(context: Context, search: Search, flow_run_id: str, *, descending: bool) -> Iterator[list[Any]]:
    """As many of the newest entries as may be looked at. Whoever follows a run reads on where it is."""
    found: list[KeptEntry] = []
    for settled, read_to, read in _settled(context, search, flow_run_id, descending=True):
        found += settled
        if read.is_too_much and not found:  # not even one batch can be shown
            raise _too_much()
        if read.is_too_much:
            context.left_out.append(f"log: entries of flow run {flow_run_id} until {format_time(read_to)}.")
            break
    yield each_once(found if descending else found[::-1])


def _of_flow_run(
    context: Context, search: Search, flow_run_id: str, *, in_order: bool, descending: bool
) -> Iterator[list[Any]]:
    """Entries in order, as soon as no earlier (or later) one can follow."""
    size = _FIRST_BATCHES if search.enough and in_order else None
    pages = _settled(context, search, flow_run_id, descending=descending, page_size=size)
    for settled, _, read in pages:
        if read.is_too_much:
            raise _too_much()
        # What is equal to another was said at the same time, so both are settled at once.
        yield each_once(settled)


def _too_much() -> BadUserInput:
    return BadUserInput(
        f"log: this query would have to look at more than {MAX_LOGS:,} entries, or {MAX_CHARACTERS:,} "
        "characters of messages. Narrow it with a range of timestamp, or take a limit with "
        "order_by: {timestamp: asc}."
    )


@dataclass(slots=True)
class _Read:
    """What was looked at so far."""

    entries: int = 0
    characters: int = 0

    @property
    def is_too_much(self) -> bool:
        return self.entries > MAX_LOGS or self.characters > MAX_CHARACTERS


def _settled(
    context: Context, search: Search, flow_run_id: str, *, descending: bool, page_size: int | None = None
) -> Iterator[tuple[list[KeptEntry], datetime, _Read]]:
    """Entries in order page by page, with the time up to which all are there, and what was looked at."""
    pages = context.store.logs.read(
        flow_run_id,
        *bounds(search.where, "timestamp"),
        descending=descending,
        now=context.now(),
        page_size=page_size,
    )
    waiting: list[KeptEntry] = []
    read = _Read()
    read_to = context.now()
    for page in pages:
        read.entries += len(page.entries)
        read.characters += sum(len(kept.entry.message) for kept in page.entries)
        read_to = page.read_to
        waiting = sorted([*waiting, *page.entries], key=_order, reverse=descending)
        settled = sum(1 for each in waiting if _is_settled(each, page.read_to, descending=descending))
        yield waiting[:settled], read_to, read
        waiting = waiting[settled:]
    yield waiting, read_to, _Read()


def _order(kept: KeptEntry) -> tuple[datetime, str, int]:
    return kept.order


def _is_settled(kept: KeptEntry, read_to: datetime, *, descending: bool) -> bool:
    """Whether everything before an entry was read, once the batches up to a time were."""
    if descending:
        return kept.entry.timestamp > read_to
    return kept.entry.timestamp < read_to - SPAN
