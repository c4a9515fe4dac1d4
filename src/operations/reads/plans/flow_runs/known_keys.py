"""The run that an idempotency key stands for, which is the newest of its flow with that key."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import chain, islice
from typing import Final

from domain.flow_runs.idempotency import CLIENT_KEY_LIFETIME
from domain.flows.flow_keys import FlowSpan
from domain.ids import created_from_id
from domain.times import format_time
from operations.context import Context
from operations.reads.plans.flow_runs.run_ranges import ranges_by_flow
from operations.reads.plans.flow_runs.shared_runs import Candidates, WantedRuns
from operations.reads.plans.flows.project_plans import named_project_ids
from operations.reads.plans.search import BATCH, Search, share
from operations.reads.plans.spans import SKEW
from operations.reads.where.constraints import allowed, below

# How many older runs of the flow a list looks at after the run of the key. A key is used again only after it
# was forgotten, so that hardly any older run has it, and no index tells which.
OLDER: Final = 80
# In how many versions of flows with one name a key is looked up: each costs half a read unit.
MAX_VERSIONS: Final = 50
# In how many projects these versions are looked up, because each costs a query.
_MAX_PROJECTS: Final = 10


def runs_with_key(context: Context, search: Search, wanted: WantedRuns) -> Candidates | None:
    """Return the run of an idempotency key of one flow, then some older runs of the flow, or all of them.

    All are returned if nothing may be left out; else the response tells what is. The flow is one version, or
    all versions of one name. None if the filter does not name one key and one flow, or nothing is stored of
    the key any more.
    """
    keys = allowed(search.where, "idempotency_key")
    if keys is None or len(keys) != 1 or not wanted.descending:
        return None
    flows = _flow_ids(context, search)
    if not flows:
        return None
    named = context.store.flow_runs.named_by(flows, keys[0])
    found = sorted((run_id for run_id in named if run_id in wanted.span), reverse=True)
    if not found or (len(flows) > 1 and not _is_recent(context, found[0])):
        return None
    older = _older(context, search, wanted, found)
    return Candidates(chain(found[:1], older), "by idempotency key, then index by_flow")


def _is_recent(context: Context, newest: str) -> bool:
    """Return True if no other version can have a newer run whose key was forgotten since."""
    return created_from_id(newest) + CLIENT_KEY_LIFETIME > context.now() + SKEW


def _flow_ids(context: Context, search: Search) -> list[str] | None:
    """Return the flows of which a key may be, which are in its scopes; None if they are too many."""
    of_flow = below(search.where, "flow")
    flows = allowed(search.where, "flow_id")
    flows = allowed(of_flow, "id") if flows is None else flows
    if flows is not None:
        return flows if len(flows) == 1 else None
    names = allowed(of_flow, "name")
    if names is None or len(names) != 1:
        return None
    projects: Sequence[str | None] | None = named_project_ids(context, of_flow)
    if projects is not None and len(projects) > _MAX_PROJECTS:
        return None
    spans = [FlowSpan(project_id, names[0]) for project_id in ([None] if projects is None else projects)]
    most = MAX_VERSIONS + 1
    keys = context.store.flow_lists.keys(spans, descending=True, by_version=True, first_page=most)
    versions = [key.id for key in islice(keys, most)]
    return versions if len(versions) < most else None


def _older(context: Context, search: Search, wanted: WantedRuns, found: Sequence[str]) -> Iterator[str]:
    """Yield the runs of the flow that are older than the newest one with the key, in their order.

    The index is read only if they are needed. The key stands for the runs that were `found`, in a version
    each.
    """
    newest, *others = found
    span = wanted.span.within(None, newest)
    ranges = ranges_by_flow(context, search, span)
    if ranges is None:
        ranges = context.store.run_lists.of_tenant(span.lower, span.upper)
    may_leave_out = (search.unlimited or search.enough is not None) and not search.complete
    rows = share(OLDER if may_leave_out else BATCH, len(ranges))
    ids = context.store.run_lists.ids(ranges, descending=True, first_page=rows)
    if not may_leave_out:
        yield from ids
        return
    yield from merge(others, islice(ids, OLDER + 1), reverse=True)  # the first is that of the key
    if (beyond := next(ids, None)) is not None:
        context.left_out.append(
            f"flow_run: runs that were created before {format_time(created_from_id(beyond))} with the same "
            "idempotency_key, which was forgotten since."
        )
