"""The count of a tenant's runs in some states, by the index that lists runs by status."""

from dataclasses import replace
from itertools import islice
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.states import KIND_OF, Kind
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count
from operations.reads.plans.search import BATCH
from operations.reads.plans.spans import EVERYTHING, Span
from operations.reads.plans.waiting_plans import ids_by_creation

# The most waiting runs that a count between two times reads, because no single list has them by creation.
MAX_WAITING: Final = 5_000
UNFINISHED: Final = {name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED}


def count_of_tenant(
    context: Context, where: Where | None, states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of the tenant, all of them or those in some states; None if they must be read."""
    if states is None:
        return Count(context.store.run_lists.of_tenant(span.lower, span.upper))
    if "Success" in states:
        return _all_but(context, states, span)
    finished = [name for name in states if KIND_OF.get(name) is Kind.FINISHED]
    ranges = _in_statuses(context, finished, span)
    unfinished = [name for name in states if name in UNFINISHED]
    if set(unfinished) == UNFINISHED and (waiting := _waiting(context, span)) is not None:
        live = _in_statuses(context, ["live"], span)
        return Count([*ranges, *live, *waiting.ranges], known=waiting.known)
    rest = {"_and": [where or {}, {"state": {"_in": unfinished}}]}
    return Count(ranges, [rest] if unfinished else [])


def _all_but(context: Context, states: list[str], span: Span) -> Count | None:
    """Count all runs and take off those in other states, because no index lists successes alone.

    None if only some of the unfinished states are asked for, because keys do not tell these apart.
    """
    others = set(KIND_OF) - set(states)
    if splits_unfinished(others):
        return None
    everything = Count(
        context.store.run_lists.of_tenant(span.lower, span.upper),
        others=_in_statuses(context, sorted(others - UNFINISHED), span),
    )
    if not others & UNFINISHED:
        return everything
    waiting = _waiting(context, span)
    if waiting is None:
        return None
    live = _in_statuses(context, ["live"], span)
    return replace(everything, known=-waiting.known, others=[*everything.others, *live, *waiting.ranges])


def splits_unfinished(states: set[str]) -> bool:
    """Return True if some of the unfinished states are among these, but not all."""
    return bool(states & UNFINISHED) and not states >= UNFINISHED


def _in_statuses(context: Context, statuses: list[str], span: Span) -> list[KeyRange]:
    lists = context.store.run_lists
    return [part for status in statuses for part in lists.in_status(status, span.lower, span.upper)]


def _waiting(context: Context, span: Span) -> Count | None:
    """Count the waiting runs that were created in a span; None if these are too many to go through."""
    if span == EVERYTHING:
        return Count(context.store.run_lists.waiting())
    ids = ids_by_creation(context, span, descending=True, rows=BATCH)
    try:
        known = sum(1 for _ in islice(ids, MAX_WAITING + 1))
    except BadUserInput:
        return None
    if known > MAX_WAITING:
        return None
    context.plans.append(f"flow_run: {known:,} that wait counted by their ids")
    return Count(known=known)
