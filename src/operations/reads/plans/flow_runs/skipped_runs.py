"""Runs that a walk passes over by their keys, because lists of their own tell that they are not wanted.

Live and planned runs are among the newest, however few runs are wanted of these. A key costs a twentieth of
a run.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from operations.context import Context
from operations.reads.plans.flow_runs.shared_runs import WantedRuns
from operations.reads.plans.flow_runs.statuses import unfinished_statuses
from operations.reads.plans.search import Search, share
from operations.reads.where.constraints import allowed

# For the type checker alone, because importing the ports would make every start slower.
if TYPE_CHECKING:
    from domain.flow_runs.key_ranges import KeyRange

# How many keys of these lists a walk reads. They may lie close together, or far apart.
MAX_KEYS: Final = 2_000


def without_unwanted(
    context: Context, search: Search, wanted: WantedRuns, ids: Iterator[str], rows: int
) -> Iterator[str]:
    """Return ids of a walk, those behind the first `rows` without the runs that are not wanted.

    The lists of these are not read if the first rows fill the page.
    """
    if unfinished_statuses(allowed(search.where, "state")):
        return ids
    lists, span = context.store.run_lists, wanted.span
    ranges = [*lists.in_status("live", span.lower or "0", span.upper), *lists.planned(span.lower, span.upper)]
    return chain(islice(ids, rows), _without(context, ranges, ids, rows, descending=wanted.descending))


def without_planned(
    context: Context, wanted: WantedRuns, ids: Iterator[str], rows: int, *, or_live: bool
) -> Iterator[str]:
    """Return ids of a walk, those behind the first `rows` without planned runs, `or_live` ones neither."""
    lists, span = context.store.run_lists, wanted.span
    live = lists.in_status("live", span.lower or "0", span.upper) if or_live else []
    ranges = [*live, *lists.planned(span.lower, span.upper)]
    return chain(islice(ids, rows), _without(context, ranges, ids, rows, descending=wanted.descending))


def _without(
    context: Context, ranges: "Sequence[KeyRange]", ids: Iterator[str], rows: int, *, descending: bool
) -> Iterator[str]:
    """Yield the ids that are not in these ranges, as far as MAX_KEYS tell. Both are in the same order."""
    page = share(rows, len(ranges))
    keys = islice(context.store.run_lists.ids(ranges, descending=descending, first_page=page), MAX_KEYS)
    unwanted = None
    for run_id in ids:
        while unwanted is None or (unwanted > run_id if descending else unwanted < run_id):
            unwanted = next(keys, None)
            if unwanted is None:
                yield run_id
                yield from ids
                return
        if unwanted != run_id:
            yield run_id
