"""Counting tallies anew while somebody looks at them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.run_tallies import FEW_KEYS, Tally
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.recovery.attempts import Result, attempt

# How many tallies one tick counts, because each may look at 100,000 keys of runs.
MOST: Final = 20


def count_tallies(context: Context, now: datetime, has_time: HasTime) -> Iterator[Result | None]:
    """Count the tallies that are due, those first that were asked for last. Yield the result of each."""
    due = [tally for tally in context.store.run_tallies.all() if tally.is_due(now)]
    for tally in sorted(due, key=lambda one: one.asked, reverse=True)[:MOST]:
        yield attempt(partial(_count, context, tally), has_time)


def _count(context: Context, tally: Tally) -> Counter[str]:
    """Count a tally anew. Forget one that is no longer worth it, or that a request would be refused."""
    from operations.reads.counts.over_time import count_anew  # noqa: PLC0415  (few tenants need it)

    counted = context.now()
    try:
        found = count_anew(context, tally.subject)
    except BadUserInput:
        context.store.run_tallies.forget(tally)
        return Counter()
    if found.keys <= FEW_KEYS:
        context.store.run_tallies.forget(tally)
    else:
        context.store.run_tallies.replace(tally.subject, found.counts, counted)
    return Counter()
