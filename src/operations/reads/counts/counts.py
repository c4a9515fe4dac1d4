"""The count of runs by the keys of an index: no run is read if the keys tell all that the filter asks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.key_ranges import KeyRange
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count, Counting, ReadNumber
from operations.reads.counts.of_flows import count_of_flows, count_of_groups
from operations.reads.counts.of_names import count_of_names
from operations.reads.counts.of_tenant import UNFINISHED, count_of_tenant
from operations.reads.plans.flow_runs.horizons import ENDS
from operations.reads.plans.flow_runs.run_ranges import MAX_FOLLOWED_FLOWS, known_flows
from operations.reads.plans.flow_runs.shared_runs import known_ids
from operations.reads.plans.flows.flow_counts import groups_by_places
from operations.reads.plans.spans import created_span
from operations.reads.where.constraints import allowed, below, conjunction

# How many flow groups a count follows. Each costs a query a shard; a list would read their runs as well.
MAX_COUNTED_GROUPS: Final = 100
# How many keys one count may look at.
MAX_COUNTED_KEYS: Final = 100_000
# The comparisons that the keys of an index decide.
_DECIDED_BY_KEYS: Final = {
    "created": {"_eq", "_gt", "_gte", "_lt", "_lte"},
    "tenant_id": {"_eq"},
    **{name: {"_eq", "_in"} for name in ("flow_id", "flow_group_id", "state", "name")},
}


def count_runs(
    context: Context, where: Where | None, owner: object | None, read_number: ReadNumber
) -> int | None:
    """Count the runs that a settled filter lets through; None if all have to be read. Raises BadUserInput."""
    count = plan_count(context, where, owner)
    if count is None:
        return None
    total = count.known + (count_keys(context, count.ranges) if count.ranges else 0)
    # A run that changes between the two counts may be in only one of them.
    total = max(0, total - (count_keys(context, count.others) if count.others else 0))
    return total + sum(map(read_number, count.rest))


def plan_count(context: Context, where: Where | None, owner: object | None = None) -> Count | None:
    """Plan the count of a settled filter; None if keys do not decide the filter.

    Keys tell each state that ends a run, except Success. Of the other states they tell that the run has not
    ended.
    """
    clauses = conjunction(where)
    if clauses is not None and owner is None and any(name == "flow" for name, _ in clauses):
        return _of_places(context, where, clauses)
    if clauses is None or not all(_is_decided(context, name, value) for name, value in clauses):
        return None
    return _by_keys(context, where, owner)


def _by_keys(context: Context, where: Where | None, owner: object | None) -> Count | None:
    span = created_span(where)
    if span is None:
        return Count()
    states, flow_ids, groups = (allowed(where, name) for name in ("state", "flow_id", "flow_group_id"))
    if allowed(where, "name") is not None:
        others = states, flow_ids, groups
        return count_of_names(context, where, span) if others == (None, None, None) else None
    are_many = len(flow_ids or ()) > MAX_FOLLOWED_FLOWS or len(groups or ()) > MAX_COUNTED_GROUPS
    if are_many or (flow_ids is not None and groups is not None):
        return None
    if groups is not None:
        return count_of_groups(context, where, groups, states, span)
    if flow_ids is not None:
        return count_of_flows(context, where, known_flows(context, flow_ids, owner), states, span)
    return count_of_tenant(context, where, states, span)


def _of_places(context: Context, where: Where | None, clauses: list[tuple[str, Any]]) -> Count | None:
    """Count the runs of the flows of names and projects by the groups of these flows.

    Unfinished runs have to be read, so no group is looked for. So have the runs of a group that had other
    names or projects, too.
    """
    states = allowed(where, "state")
    if states is not None and set(states) <= UNFINISHED:
        return None
    groups = groups_by_places(context, below(where, "flow"))
    if groups is None:
        return None
    whole, shared = groups
    others = [{name: value} for name, value in clauses if name != "flow"]
    count = plan_count(context, {"_and": [*others, {"flow_group_id": {"_in": whole}}]})
    if count is None or not shared:
        return count
    return replace(count, rest=[*count.rest, {"_and": [where or {}, {"flow_group_id": {"_in": shared}}]}])


def _is_decided(context: Context, name: str, comparison: Any) -> bool:
    """Return True if keys decide a clause; they decide none on a relation."""
    if name == "tenant_id" and comparison.get("_eq") != context.tenant.id:
        return False
    return name in _DECIDED_BY_KEYS and set(comparison) <= _DECIDED_BY_KEYS[name]


def count_keys(context: Context, ranges: Sequence[KeyRange]) -> int:
    """Return the number of keys in these ranges. Raises BadUserInput beyond MAX_COUNTED_KEYS."""
    if (known := known_ids(context, ranges)) is not None:
        return len(known)
    counted = context.store.run_lists.count(ranges, MAX_COUNTED_KEYS)
    if counted > MAX_COUNTED_KEYS:
        raise BadUserInput(
            f"flow_run_aggregate: there are more than {MAX_COUNTED_KEYS:,} to count. "
            "Count them in ranges of created."
        )
    context.plans.append(f"flow_run: {counted:,} counted by the keys of {len(ranges)} ranges")
    return counted


def _has_ends(_where: Where | None, column: str) -> bool:
    return column in ENDS


COUNTING_OF_RUNS: Final = Counting(count_runs, has_ends=_has_ends)
