"""The run that an idempotency key stands for, which is the newest of its flow with that key."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from domain.ids import created_from_id
from domain.times import format_time
from operations.context import Context
from operations.reads.plans.flow_runs.run_ranges import ranges_by_flow
from operations.reads.plans.flow_runs.shared_runs import Candidates, WantedRuns
from operations.reads.plans.search import BATCH, Search, share
from operations.reads.where.constraints import allowed, below

# How many older runs of the flow a list looks at after the run of the key. A key is used again only after it
# was forgotten, so that hardly any older run has it, and no index tells which.
OLDER: Final = 80


def runs_with_key(context: Context, search: Search, wanted: WantedRuns) -> Candidates | None:
    """Return the run of an idempotency key of one flow, then some older runs of the flow, or all of them.

    All are returned if nothing may be left out; else the response tells what is. None if the filter does not
    name one key and one flow, or nothing is stored of the key any more.
    """
    keys, flows = allowed(search.where, "idempotency_key"), _flow_ids(search)
    if keys is None or flows is None or len(keys) != 1 or len(flows) != 1 or not wanted.descending:
        return None
    newest = context.store.flow_runs.named_by(flows[0], keys[0])
    if newest is None or newest not in wanted.span:
        return None
    older = _older(context, search, wanted, newest)
    return Candidates(chain([newest], older), "by idempotency key, then index by_flow")


def _flow_ids(search: Search) -> list[str] | None:
    flows = allowed(search.where, "flow_id")
    return allowed(below(search.where, "flow"), "id") if flows is None else flows


def _older(context: Context, search: Search, wanted: WantedRuns, newest: str) -> Iterator[str]:
    """Yield the older runs of the flow, whose index is read only if they are needed."""
    ranges = ranges_by_flow(context, search, wanted.span.within(None, newest)) or ()
    may_leave_out = (search.unlimited or search.enough is not None) and not search.complete
    rows = share(OLDER if may_leave_out else BATCH, len(ranges))
    ids = context.store.run_lists.ids(ranges, descending=True, first_page=rows)
    if not may_leave_out:
        yield from ids
        return
    yield from islice(ids, OLDER + 1)  # the first is that of the key
    if (beyond := next(ids, None)) is not None:
        context.left_out.append(
            f"flow_run: runs that were created before {format_time(created_from_id(beyond))} with the same "
            "idempotency_key, which was forgotten since."
        )
