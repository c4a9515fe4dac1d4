"""The count of a tenant's runs in some states, by the index that lists runs by status."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.states import KIND_OF, Kind
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Count
from operations.reads.counts.totals import Covered, covered
from operations.reads.plans.flow_runs.waiting_plans import ids_by_creation
from operations.reads.plans.search import BATCH
from operations.reads.plans.spans import EVERYTHING, Span

# The most waiting runs that a count between two times reads, because no single list has them by creation.
MAX_WAITING: Final = 5_000
UNFINISHED: Final = {name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED}


def count_of_tenant(
    context: Context, where: Where | None, states: list[str] | None, span: Span
) -> Count | None:
    """Count the runs of the tenant, all of them or those in some states; None if they must be read."""
    if states is None:
        total = covered(context, span)
        return Count(_of_tenant(context, total.spans), known=total.figures.runs)
    if "Success" in states:
        return _all_but(context, states, span)
    finished = [name for name in states if KIND_OF.get(name) is Kind.FINISHED]
    ended = covered(context, span) if finished else Covered.nothing(span)
    ranges = _in_statuses(context, finished, ended.spans)
    known = ended.ended(finished)
    unfinished = [name for name in states if name in UNFINISHED]
    if set(unfinished) == UNFINISHED and (waiting := _waiting(context, span)) is not None:
        live = _in_statuses(context, ["live"], [span])
        return Count([*ranges, *live, *waiting.ranges], known=known + waiting.known)
    rest = {"_and": [where or {}, {"state": {"_in": unfinished}}]}
    return Count(ranges, [rest] if unfinished else [], known=known)


def _all_but(context: Context, states: list[str], span: Span) -> Count | None:
    """Count all runs and take off those in other states, because no index lists successes alone.

    None if only some of the unfinished states are asked for, because keys do not tell these apart.
    """
    others = set(KIND_OF) - set(states)
    if splits_unfinished(others):
        return None
    total = covered(context, span)
    ended = sorted(others - UNFINISHED)
    everything = Count(
        _of_tenant(context, total.spans),
        known=total.figures.runs - total.ended(ended),
        others=_in_statuses(context, ended, total.spans),
    )
    if not others & UNFINISHED:
        return everything
    waiting = [_waiting(context, part) for part in ([span] if span == EVERYTHING else total.unfinished)]
    if None in waiting:
        return None
    found = [part for part in waiting if part is not None]
    live = _in_statuses(context, ["live"], total.unfinished)
    return replace(
        everything,
        known=everything.known - sum(part.known for part in found),
        others=[*everything.others, *live, *(key_range for part in found for key_range in part.ranges)],
    )


def splits_unfinished(states: set[str]) -> bool:
    """Return True if some of the unfinished states are among these, but not all."""
    return bool(states & UNFINISHED) and not states >= UNFINISHED


def _of_tenant(context: Context, spans: Sequence[Span]) -> list[KeyRange]:
    of_tenant = context.store.run_lists.of_tenant
    return [part for span in spans for part in of_tenant(span.lower, span.upper)]


def _in_statuses(context: Context, statuses: list[str], spans: Sequence[Span]) -> list[KeyRange]:
    in_status = context.store.run_lists.in_status
    return [
        part for status in statuses for span in spans for part in in_status(status, span.lower, span.upper)
    ]


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
