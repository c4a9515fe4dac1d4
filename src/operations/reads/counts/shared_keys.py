"""Runs of a flow in some states, found by comparing the keys of two indexes: no index lists them together."""

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.key_ranges import KeyRange
from domain.flow_runs.states import KIND_OF
from operations.context import Context
from operations.reads.plans.run_plans import listed_under
from operations.reads.plans.search import MAX_ROWS
from operations.reads.plans.spans import Span

# How many keys of either index are compared.
MAX_COMPARED: Final = 5_000
# How many keys of each range are read at once: most comparisons need no second page.
_PAGE: Final = 1_000


def shared_ids(
    context: Context, of_flow: Sequence[KeyRange], states: Sequence[str], span: Span
) -> tuple[set[str], bool]:
    """Return the ids of the runs that are in these ranges of a flow and are listed under these states.

    Each state that ends a run is listed by itself; any other state brings all runs that wait, or all that
    run. If one index has too many keys to be compared and the other has few, the few are returned, with False
    because they are not compared. Raises BadUserInput if both indexes have too many.
    """
    statuses = dict.fromkeys(status for name in states if name in KIND_OF for status in listed_under(name))
    reads = [partial(_ids, context, of_flow), partial(_ids_in, context, tuple(statuses), span)]
    found = context.store.parallel(reads)
    fewer, more = sorted(found, key=len)
    if len(more) <= MAX_COMPARED:
        return fewer & more, True
    if len(fewer) <= min(MAX_ROWS, MAX_COMPARED):
        return fewer, False
    raise BadUserInput(
        f"flow_run_aggregate: more than {MAX_COMPARED:,} runs would have to be compared, of the flow and in "
        "such states. Count them in ranges of created."
    )


def _ids_in(context: Context, statuses: tuple[str, ...], span: Span) -> set[str]:
    """Return the ids of the tenant's runs in some statuses, which lists that are read side by side share."""
    compared = context.compared if context.compared is not None else {}
    if (statuses, span) not in compared:
        ranges = [part for status in statuses for part in _listed(context, status, span)]
        compared[statuses, span] = _ids(context, ranges)
    return compared[statuses, span]


def _listed(context: Context, status: str, span: Span) -> Sequence[KeyRange]:
    lists = context.store.run_lists
    return lists.waiting() if status == "waiting" else lists.in_status(status, span.lower, span.upper)


def _ids(context: Context, ranges: Sequence[KeyRange]) -> set[str]:
    ids = context.store.run_lists.ids(ranges, descending=True, first_page=_PAGE)
    return set(islice(ids, MAX_COMPARED + 1))
