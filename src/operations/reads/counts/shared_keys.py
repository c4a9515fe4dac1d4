"""Runs of a flow in some states, found by comparing the keys of two indexes: no index lists them together."""

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from domain.errors import BadUserInput
from domain.flow_runs.states import KIND_OF
from operations.context import Context
from operations.reads.plans.run_plans import listed_under
from operations.reads.plans.search import MAX_ROWS
from operations.reads.plans.spans import Span

# How many keys of either index are compared.
MAX_COMPARED: Final = 5_000
# So many keys of each range are read at once: most comparisons need no second page.
_PAGE: Final = 1_000


def shared_ids(
    context: Context, of_flow: list[Any], states: Sequence[str], span: Span
) -> tuple[set[str], bool]:
    """The ids of runs that are in these ranges of a flow, and listed under these states or their like.

    States that end a run are listed by themselves; for any other, all that wait or run come with it. Where
    one index has too many keys to be compared and the other few, it answers the few, and False as they are
    not compared. Raises BadUserInput when both have too many.
    """
    lists = context.store.run_lists
    statuses = dict.fromkeys(status for name in states if name in KIND_OF for status in listed_under(name))
    in_states = [
        each
        for status in statuses
        for each in (
            lists.waiting() if status == "waiting" else lists.in_status(status, span.lower, span.upper)
        )
    ]
    found = context.store.parallel([partial(_ids, context, each) for each in (of_flow, in_states)])
    fewer, more = sorted(found, key=len)
    if len(more) <= MAX_COMPARED:
        return fewer & more, True
    if len(fewer) <= min(MAX_ROWS, MAX_COMPARED):
        return fewer, False
    raise BadUserInput(
        f"flow_run_aggregate: more than {MAX_COMPARED:,} runs would have to be compared, of the flow and in "
        "such states. Count them in ranges of created."
    )


def _ids(context: Context, ranges: list[Any]) -> set[str]:
    ids = context.store.run_lists.ids(ranges, descending=True, first_page=_PAGE)
    return set(islice(ids, MAX_COMPARED + 1))
