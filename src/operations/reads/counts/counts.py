"""Counting runs by the keys of an index: where these tell all that the filter asks, no run is read."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.states import KIND_OF, Kind
from domain.flows.flows import Flow
from domain.ids import first_id_at, time_ordered_id
from domain.times import EPOCH
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.shared_keys import shared_ids
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.run_plans import MAX_FOLLOWED_FLOWS, ranges_of_version
from operations.reads.plans.search import BATCH, MAX_ROWS, at_most
from operations.reads.plans.spans import SKEW, Span
from operations.reads.plans.waiting_plans import ids_by_creation
from operations.reads.where.constraints import allowed, conjunction

# How many waiting runs a count of a span of time goes through: they are not in one list by creation.
MAX_WAITING: Final = 5_000
# How many keys one count may look at.
MAX_COUNTED_KEYS: Final = 100_000
_MOMENT: Final = timedelta(microseconds=1)
# The comparisons whose meaning the keys of an index tell whole.
_TOLD: Final = {
    "created": {"_eq", "_gt", "_gte", "_lt", "_lte"},
    "tenant_id": {"_eq"},
    **{name: {"_eq", "_in"} for name in ("flow_id", "flow_group_id", "state")},
}
_UNFINISHED: Final = {name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED}


@dataclass(frozen=True, slots=True)
class Count:
    """What is to be counted: ranges of keys, all of which match, and the filters of runs that must be read.

    `known` is how many were found already, less those that must be taken off: the runs whose keys are in
    `others`. No run is in two of them.
    """

    ranges: list[Any]
    rest: list[Where] = field(default_factory=list)
    known: int = 0
    others: list[Any] = field(default_factory=list)


def plan_count(context: Context, where: Where | None, owner: Any = None) -> Count | None:
    """Choose what to count; None when the filter asks what no key tells.

    Of the states, the keys tell those which end a run, except Success; of the others only whether they do.
    """
    clauses = conjunction(where)
    if clauses is None or not all(_told(context, name, value) for name, value in clauses):
        return None
    span = exact_span(where)
    return Count([]) if span is None else _within(context, where, span, owner)


def _within(context: Context, where: Where | None, span: Span, owner: Any) -> Count | None:
    lists = context.store.run_lists
    states, flow_ids, groups = (allowed(where, name) for name in ("state", "flow_id", "flow_group_id"))
    if flow_ids is None and groups is None:
        if states is None:
            return Count(lists.of_tenant(span.lower, span.upper))
        return _in_states(context, states, where, span)
    if None not in (flow_ids, groups) or len(flow_ids or groups or ()) > MAX_FOLLOWED_FLOWS:
        return None
    if flow_ids is None:
        ranges = [each for group in groups or () for each in lists.of_group(group, span.lower, span.upper)]
        return Count(ranges) if states is None else _compared(context, where, states, ranges, span, "")
    known = [owner] if flow_ids == [getattr(owner, "id", None)] else context.store.flows.get(flow_ids)
    if states is None:
        return _of_flows(context, known, where, span)
    ranges = [each for flow in known for each in ranges_of_version(context, flow, span)]
    return _compared(context, where, states, ranges, span, _own_from(known))


def _compared(
    context: Context, where: Where | None, states: list[str], ranges: list[Any], span: Span, own_from: str
) -> Count | None:
    """Runs of a flow in some states; those before the id `own_from` may be another version's."""
    if "Success" in states:
        return _compared_all_but(context, states, ranges, span, own_from)
    rest: list[Where] = []
    known = 0
    for ends in (True, False):
        some = [name for name in states if name in KIND_OF and (name not in _UNFINISHED) is ends]
        ids, compared = shared_ids(context, ranges, some, span) if some else (set(), True)
        sure = {each for each in ids if each >= own_from} if ends and compared else set()
        known += len(sure)
        if unsure := sorted(ids - sure):
            wanted = at_most(MAX_ROWS, unsure, "flow_run_aggregate", "created")
            rest.append({"_and": [where or {}, {"id": {"_in": wanted}}]})
    context.plans.append(f"flow_run: {known:,} counted by comparing the keys of flow and state")
    return Count([], rest, known)


def _compared_all_but(
    context: Context, states: list[str], ranges: list[Any], span: Span, own_from: str
) -> Count | None:
    """All runs of a flow but those in other states; None when they must be read."""
    others = set(KIND_OF) - set(states)
    if own_from or (others & _UNFINISHED and not others >= _UNFINISHED):
        return None
    ids, compared = shared_ids(context, ranges, sorted(others), span)
    return Count(ranges, known=-len(ids)) if compared else None


def _own_from(flows: list[Flow]) -> str:
    """The first id from which on all runs of the group are this version's; one beyond all ids if none is."""
    if len(flows) != 1 or flows[0].archived:
        return "~"
    since = flows[0].alone_since
    return first_id_at(since + SKEW) if since else ""


def count_keys(context: Context, ranges: list[Any]) -> int:
    """How many keys are in these ranges. Raises BadUserInput beyond MAX_COUNTED_KEYS."""
    counted = context.store.run_lists.count(ranges, MAX_COUNTED_KEYS)
    if counted > MAX_COUNTED_KEYS:
        raise BadUserInput(
            f"flow_run_aggregate: there are more than {MAX_COUNTED_KEYS:,} to count. "
            "Count them in ranges of created."
        )
    context.plans.append(f"flow_run: {counted:,} counted by the keys of {len(ranges)} ranges")
    return counted


def _told(context: Context, name: str, comparison: Any) -> bool:
    if name not in ENTITIES["flow_run"].columns:  # a relation, which asks at least that there is such a row
        return False
    if name == "tenant_id" and comparison.get("_eq") != context.tenant.id:
        return False
    return set(comparison) <= _TOLD.get(name, set())


def exact_span(where: Where | None) -> Span | None:
    """The ids of exactly the runs that a filter on `created` lets through; None when there can be none."""
    lowest: datetime = EPOCH
    highest: datetime | None = None
    for name, comparison in conjunction(where) or ():
        for operator, operand in comparison.items() if name == "created" else ():
            if operator in ("_gt", "_gte", "_eq"):
                lowest = max(lowest, operand + _MOMENT if operator == "_gt" else operand)
            if operator in ("_lt", "_lte", "_eq"):
                last = operand - _MOMENT if operator == "_lt" else operand
                highest = last if highest is None else min(highest, last)
    if highest is not None and highest < lowest:
        return None
    return Span(
        None if lowest == EPOCH else first_id_at(lowest), None if highest is None else _last_id_at(highest)
    )


def _last_id_at(instant: datetime) -> str:
    return time_ordered_id(instant, -1)


def _in_states(context: Context, states: list[str], where: Where | None, span: Span) -> Count | None:
    if "Success" in states:
        return _all_but(context, states, span)
    lists = context.store.run_lists
    ended = [name for name in states if KIND_OF.get(name) is Kind.FINISHED]
    ranges = [each for name in ended for each in lists.in_status(name, span.lower, span.upper)]
    waiting = [name for name in states if name in _UNFINISHED]
    if set(waiting) == _UNFINISHED and (queued := _waiting(context, span)) is not None:
        live = lists.in_status("live", span.lower, span.upper)
        return Count([*ranges, *live, *queued.ranges], known=queued.known)
    return Count(ranges, [{"_and": [where or {}, {"state": {"_in": waiting}}]}] if waiting else [])


def _all_but(context: Context, states: list[str], span: Span) -> Count | None:
    """All runs but those in other states: successes are listed among all of them alone.

    None when only some of the states that do not end a run are asked for: keys do not tell these apart.
    """
    lists = context.store.run_lists
    others = set(KIND_OF) - set(states)
    if others & _UNFINISHED and not others >= _UNFINISHED:
        return None
    ended = sorted(others - _UNFINISHED)
    found = Count(lists.of_tenant(span.lower, span.upper))
    found.others.extend(each for name in ended for each in lists.in_status(name, span.lower, span.upper))
    if others & _UNFINISHED:
        queued = _waiting(context, span)
        if queued is None:
            return None
        found.others.extend([*lists.in_status("live", span.lower, span.upper), *queued.ranges])
        return replace(found, known=-queued.known)
    return found


def _waiting(context: Context, span: Span) -> Count | None:
    """What waits and was created in a span; None when that is too much to go through."""
    if span == Span(None, None):
        return Count(context.store.run_lists.waiting())
    ids = ids_by_creation(context, span, descending=True, rows=BATCH)
    try:
        known = sum(1 for _ in islice(ids, MAX_WAITING + 1))
    except BadUserInput:
        return None
    if known > MAX_WAITING:
        return None
    context.plans.append(f"flow_run: {known:,} that wait counted by their ids")
    return Count([], known=known)


def _of_flows(context: Context, flows: list[Flow], where: Where | None, span: Span) -> Count:
    found = Count([])
    for flow in flows:
        _add_flow(context, flow, where, span, found)
    return found


def _add_flow(context: Context, flow: Flow, where: Where | None, span: Span, found: Count) -> None:
    """The runs of a version that is not archived are the newest of its group.

    Around its start, clocks that differ may have mixed them with those of the version before: these are
    read. So are those of an archived version.
    """
    own: Where = {"_and": [where or {}, {"flow_id": {"_eq": flow.id}}]}
    if flow.archived:
        found.rest.append(own)
        return
    first = flow.alone_since + SKEW if flow.alone_since else None
    part = span.within(first_id_at(first) if first else None, None)
    if not part.is_empty:
        found.ranges.extend(context.store.run_lists.of_group(flow.flow_group_id, part.lower, part.upper))
    if first is not None:
        found.rest.append({"_and": [own, {"created": {"_lt": first}}]})
