"""The count of the runs of flows, by the index that lists runs by flow group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.states import KIND_OF
from domain.flows.flows import Flow
from domain.ids import first_id_at
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count
from operations.reads.counts.of_tenant import UNFINISHED, splits_unfinished
from operations.reads.plans.run_ranges import ranges_of_groups, ranges_of_version
from operations.reads.plans.search import MAX_ROWS
from operations.reads.plans.shared_runs import Listing, ids_in_both
from operations.reads.plans.spans import SKEW, Span
from operations.reads.plans.statuses import statuses_of

# An id beyond the ids of all runs.
_NEVER: Final = "~"


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of flows in a span; before the id `own_from`, they may be runs of another version."""

    ranges: Sequence[KeyRange]
    span: Span
    own_from: str = ""


def count_of_groups(
    context: Context, where: Where | None, groups: list[str], states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of flow groups, all of them or those in some states; None if they must be read."""
    ranges = ranges_of_groups(context, groups, span)
    return Count(ranges) if states is None else _in_states(context, where, states, _Runs(ranges, span))


def count_of_flows(
    context: Context, where: Where | None, flows: list[Flow], states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of flows, all of them or those in some states; None if they must be read."""
    if states is None:
        return _of_versions(context, where, flows, span)
    ranges = [part for flow in flows for part in ranges_of_version(context, flow, span)]
    return _in_states(context, where, states, _Runs(ranges, span, _own_from(flows)))


def _in_states(context: Context, where: Where | None, states: list[str], runs: _Runs) -> Count | None:
    if "Success" in states:
        return _all_but(context, states, runs)
    rest: list[Where] = []
    known = 0
    for finished in (True, False):
        some = [name for name in states if name in KIND_OF and (name not in UNFINISHED) is finished]
        ids = _listed(context, runs, some, exactly=finished) if some else set[str]()
        sure = {run_id for run_id in ids if run_id >= runs.own_from} if finished else set()
        known += len(sure)
        unsure = sorted(ids - sure)
        parts = (unsure[start : start + MAX_ROWS] for start in range(0, len(unsure), MAX_ROWS))
        rest += [{"_and": [where or {}, {"id": {"_in": part}}]} for part in parts]
    context.plans.append(f"flow_run: {known:,} counted by comparing the keys of flow and state")
    return Count(rest=rest, known=known)


def _all_but(context: Context, states: list[str], runs: _Runs) -> Count | None:
    """Count all runs and take off those in other states, because no index lists successes alone."""
    others = set(KIND_OF) - set(states)
    if runs.own_from or splits_unfinished(others):
        return None
    return Count(runs.ranges, known=-len(_listed(context, runs, sorted(others))))


def _listed(context: Context, runs: _Runs, states: list[str], *, exactly: bool = True) -> set[str]:
    """Return the ids of the runs of flows that are listed under some states other than Success.

    Each state that ends a run is listed by itself; any other state brings all runs that wait, or all that
    run.
    """
    listing = Listing(statuses_of(states), runs.span)
    return ids_in_both(context, runs.ranges, listing, exactly=exactly)


def _own_from(flows: list[Flow]) -> str:
    """Return the first id from which on all runs of the group are runs of this version.

    It is an id beyond all ids if there is no such run.
    """
    if len(flows) != 1 or flows[0].archived:
        return _NEVER
    since = flows[0].alone_since
    return first_id_at(since + SKEW) if since else ""


def _of_versions(context: Context, where: Where | None, flows: list[Flow], span: Span) -> Count:
    """Count the runs of versions: the runs of a version that is not archived are the newest of its group.

    Around its registration, clocks that differ may have mixed them with runs of the version before, so these
    are read. The runs of an archived version are read, too.
    """
    ranges: list[KeyRange] = []
    rest: list[Where] = []
    for flow in flows:
        own: Where = {"_and": [where or {}, {"flow_id": {"_eq": flow.id}}]}
        if flow.archived:
            rest.append(own)
            continue
        first = flow.alone_since + SKEW if flow.alone_since else None
        part = span.within(first_id_at(first) if first else None, None)
        if not part.is_empty:
            ranges += context.store.run_lists.of_group(flow.flow_group_id, part.lower, part.upper)
        if first is not None:
            rest.append({"_and": [own, {"created": {"_lt": first}}]})
    return Count(ranges, rest)
