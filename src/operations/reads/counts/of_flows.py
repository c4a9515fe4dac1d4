"""The count of the runs of flows, by the index that lists runs by flow group."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.run_totals import LISTED_ENDS
from domain.flow_runs.states import KIND_OF
from domain.flows.flows import Flow
from domain.ids import created_from_id, first_id_at
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count
from operations.reads.counts.of_tenant import UNFINISHED, splits_unfinished
from operations.reads.counts.totals import Covered, covered
from operations.reads.plans.flow_runs.run_ranges import ranges_of_groups, ranges_of_version
from operations.reads.plans.flow_runs.shared_runs import WantedRuns, ids_in_both
from operations.reads.plans.flow_runs.statuses import statuses_of
from operations.reads.plans.search import MAX_ROWS
from operations.reads.plans.spans import SKEW, Span

# An id beyond the ids of all runs.
_NEVER: Final = "~"


@dataclass(frozen=True)
class _Runs:
    """The runs of flows in a span.

    ranges    returns the ranges of the runs in a span
    own_from  before this id, they may be runs of another version
    groups    the flow groups whose runs in the span are exactly these; None if they are other runs
    """

    context: Context
    ranges: Callable[[Span], Sequence[KeyRange]]
    span: Span
    own_from: str = ""
    groups: Sequence[str] | None = None

    @cached_property
    def total(self) -> Covered:
        """Return what totals tell of the runs."""
        if self.groups is None:
            return Covered.nothing(self.span)
        return covered(self.context, self.span, self.groups)

    def listed(self, span: Span, states: Sequence[str], *, exactly: bool = True) -> set[str]:
        """Return the ids of the runs in a span that are listed under some states other than Success.

        Each state that ends a run is listed by itself; any other state brings all runs that wait, or all that
        run.
        """
        wanted = WantedRuns(statuses_of(states), span)
        return ids_in_both(self.context, self.ranges(span), wanted, exactly=exactly)


def count_of_groups(
    context: Context, where: Where | None, groups: list[str], states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of flow groups, all of them or those in some states; None if they must be read."""
    runs = _of_groups(context, groups, span)
    return _all(runs) if states is None else _in_states(where, states, runs)


def count_of_flows(
    context: Context, where: Where | None, flows: list[Flow], states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of flows, all of them or those in some states; None if they must be read."""
    if states is None:
        return _of_versions(context, where, flows, span)
    own_from = _own_from(flows)
    if own_from != _NEVER and context.compared is None and not set(states) <= UNFINISHED:
        first = own_from or first_id_at(flows[0].created - SKEW)
        own = _of_groups(context, [flows[0].flow_group_id], span.within(first, None))
        if own.total.figures.runs:
            return _of_version(where, states, own, own_from)
    runs = _Runs(context, partial(_ranges_of_flows, context, flows), span, own_from)
    return _in_states(where, states, runs)


def _of_groups(context: Context, groups: list[str], span: Span) -> _Runs:
    return _Runs(context, partial(ranges_of_groups, context, groups), span, groups=groups)


def _ranges_of_flows(context: Context, flows: Sequence[Flow], span: Span) -> list[KeyRange]:
    return [part for flow in flows for part in ranges_of_version(context, flow, span)]


def _of_version(where: Where | None, states: list[str], own: _Runs, own_from: str) -> Count | None:
    """Count the runs of a version that is not archived in some states, some of which totals count.

    From a little after its registration on, all runs of its group are its own. Those from before are read.
    """
    count = _in_states(where, states, own)
    if count is None or not own_from or own.span.lower != own_from:
        return count
    before = {"_and": [where or {}, {"created": {"_lt": created_from_id(own_from)}}]}
    return replace(count, rest=[*count.rest, before])


def _all(runs: _Runs) -> Count:
    ranges = [part for span in runs.total.spans for part in runs.ranges(span)]
    return Count(ranges, known=runs.total.figures.runs)


def _in_states(where: Where | None, states: list[str], runs: _Runs) -> Count | None:
    if "Success" in states:
        return _all_but(states, runs)
    ended = [name for name in states if name in LISTED_ENDS]
    unfinished = [name for name in states if name in UNFINISHED]
    ids = {run_id for span in runs.total.spans for run_id in runs.listed(span, ended)} if ended else set()
    sure = {run_id for run_id in ids if run_id >= runs.own_from}
    known = len(sure) + (runs.total.ended(ended) if ended else 0)
    unsure = [ids - sure, runs.listed(runs.span, unfinished, exactly=False) if unfinished else ()]
    rest: list[Where] = []
    for some in map(sorted, unsure):
        parts = (some[start : start + MAX_ROWS] for start in range(0, len(some), MAX_ROWS))
        rest += [{"_and": [where or {}, {"id": {"_in": part}}]} for part in parts]
    runs.context.plans.append(f"flow_run: {known:,} counted by comparing the keys of flow and state")
    return Count(rest=rest, known=known)


def _all_but(states: list[str], runs: _Runs) -> Count | None:
    """Count all runs and take off those in other states, because no index lists successes alone."""
    others = set(KIND_OF) - set(states)
    if runs.own_from or splits_unfinished(others):
        return None
    total, everything = runs.total, _all(runs)
    if not total.figures.runs:
        return replace(everything, known=-len(runs.listed(runs.span, sorted(others))))
    ended, unfinished = sorted(others & LISTED_ENDS), sorted(others & UNFINISHED)
    taken = total.ended(ended)
    for names, spans in ((ended, total.spans), (unfinished, total.unfinished)):
        taken += sum(len(runs.listed(span, names)) for span in spans) if names else 0
    return replace(everything, known=everything.known - taken)


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
    known = 0
    for flow in flows:
        own: Where = {"_and": [where or {}, {"flow_id": {"_eq": flow.id}}]}
        if flow.archived:
            rest.append(own)
            continue
        first = flow.alone_since + SKEW if flow.alone_since else None
        part = span.within(first_id_at(first or flow.created - SKEW), None)
        if not part.is_empty:
            runs = _of_groups(context, [flow.flow_group_id], part)
            # Lists side by side share the totals of one span, but each version has a span of its own.
            count = _all(runs) if context.compared is None else Count(runs.ranges(part))
            ranges, known = [*ranges, *count.ranges], known + count.known
        if first is not None:
            rest.append({"_and": [own, {"created": {"_lt": first}}]})
    return Count(ranges, rest, known)
