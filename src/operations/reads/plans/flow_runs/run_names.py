"""Flow runs by name: a made-up name leads to the ids of one second, and an index lists all other names."""

from collections.abc import Callable, Sequence
from heapq import merge
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.random_names import ids_by_made_up_name, made_up_name
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flow_runs import shared_runs
from operations.reads.plans.flow_runs.shared_runs import Candidates, WantedRuns, candidates, ids_in_ranges
from operations.reads.plans.search import share
from operations.reads.plans.spans import Span
from operations.reads.where.constraints import allowed

# How many names a plan looks up, because each may cost two queries a shard.
MAX_NAMES: Final = 50

FindRanges = Callable[[], Sequence[KeyRange] | None]


def names_to_look_up(context: Context, where: Where | None) -> list[str] | None:
    """Return the names that runs may have by a filter; None if they may have any, or too many.

    None also while runs of an earlier release may not be listed under their names yet.
    """
    names = allowed(where, "name") if context.store.is_current else None
    return None if names is None or len(names) > MAX_NAMES else names


def named_ranges(context: Context, names: Sequence[str], span: Span) -> list[KeyRange]:
    """Return the ranges of the runs to which these names were given."""
    lists = context.store.run_lists
    return [part for name in names for part in lists.named(name, span.lower, span.upper)]


def ids_of_made_up_names(context: Context, names: Sequence[str], span: Span) -> list[str]:
    """Return the ids of runs whose made-up name is one of these, the oldest first.

    Such a run may have been given another name since.
    """
    lists, wanted = context.store.run_lists, set(names)
    seconds = {bounds for name in names if (bounds := ids_by_made_up_name(name)) is not None}
    parts = [part for bounds in sorted(seconds) if not (part := span.within(*bounds)).is_empty]
    ranges = [one for part in parts for one in lists.of_tenant(part.lower, part.upper)]
    found = lists.ids(ranges, descending=False)
    return [run_id for run_id in found if made_up_name(run_id) in wanted]


def runs_with_names(
    context: Context, names: Sequence[str], wanted: WantedRuns, rows: int, find_flows: FindRanges | None
) -> Candidates:
    """Return the ids among which all runs with these names are.

    `find_flows` returns the ranges of the flows that the filter names as well. If many runs have the names,
    these are compared with the runs in the statuses, or with those of the flows.
    """
    made_up = ids_of_made_up_names(context, names, wanted.span)
    if wanted.descending:
        made_up.reverse()
    ranges = named_ranges(context, names, wanted.span)
    given = _given(context, ranges, wanted, rows, find_flows)
    ids = merge(given.ids, made_up, reverse=wanted.descending) if made_up else given.ids
    return Candidates(ids, given.path, is_whole=given.is_whole)


def _given(
    context: Context,
    ranges: Sequence[KeyRange],
    wanted: WantedRuns,
    rows: int,
    find_flows: FindRanges | None,
) -> Candidates:
    """Return the ids of the runs to which the names were given, or of fewer that may match."""
    begun = ids_in_ranges(context, ranges, wanted)
    own = begun.all_ids
    if own is not None and (len(own) <= shared_runs.FEW or (wanted.statuses is None and find_flows is None)):
        return Candidates(iter(own), "index by_name, which has few", is_whole=True)
    if wanted.statuses is not None:
        found = candidates(context, wanted, lambda: ranges, "by_name")
        if found is not None:
            return found
    flows = find_flows() if find_flows is not None else None
    lists = context.store.run_lists
    if flows is not None:
        both = lists.shared(ids_in_ranges(context, flows, wanted), begun, ())
        return Candidates(both, f"indexes by_flow, {len(flows)} ranges, and by_name, compared")
    ids = lists.ids(ranges, descending=wanted.descending, first_page=share(rows, len(ranges)))
    return Candidates(ids, f"index by_name, {len(ranges)} ranges")
