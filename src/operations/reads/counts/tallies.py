"""Numbers by the hour or the day that recovery keeps for those who look at them."""

from collections.abc import Sequence
from datetime import datetime

from domain.flow_runs.run_counts import RunCounts
from domain.flow_runs.run_tallies import Subject
from domain.flow_runs.run_totals import Period
from operations.context import Context


def kept_counts(
    context: Context, subject: Subject, periods: Sequence[Period], now: datetime
) -> list[RunCounts] | None:
    """Return the numbers of a subject from its tally, for these periods; None if no tally is usable.

    Note that somebody asked for them, so that recovery goes on to count them.
    """
    tally = context.store.run_tallies.of(subject)
    counts = tally.counts() if tally is not None and tally.is_usable(now) else None
    if tally is None or counts is None:
        return None
    if tally.is_to_note(now):
        context.store.run_tallies.note(subject, now)
    known = {one.start: one for one in counts}
    context.plans.append("flow_run: counted before, for all who ask")
    # A period that has begun since had no run when they were counted.
    return [known.get(period.start) or RunCounts(period, tally.counted) for period in periods]
