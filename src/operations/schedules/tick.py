"""One tick of the schedules: each that needs work gets it, until the time is over.

Ticks may overlap, because each begins with another shard of the list, and a schedule is changed only as it
was read. One that fails stops no other.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Final

from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.recovery.attempts import attempt

_BATCH: Final = 100
# A tick keeps no more faults, because the first ones tell what is wrong.
_MAX_FAULTS: Final = 10
_MINUTE: Final = 60

_Look = Callable[[Context, str, HasTime], Counter[str]]


@dataclass(slots=True)
class SchedulesSummary:
    """The results of one tick.

    `counts` has the numbers of schedules that were looked at, of runs that were made and removed, of
    occurrences that were missed, and of schedules that make no runs because of a fault. `left` says that work
    is left to the next tick. `faults` are errors that concern one schedule each, by the id of its flow group,
    or one backfill. `overdue` is for how long the schedule has needed work that has waited longest for it and
    got none.
    """

    counts: Counter[str] = field(default_factory=Counter)
    left: bool = False
    faults: dict[str, Exception] = field(default_factory=dict)
    overdue: timedelta = timedelta(0)


def keep_up_all(context: Context, time_left: Callable[[], float]) -> SchedulesSummary:
    """Do what schedules and backfills need now. Raises ApiError when the database cannot answer."""
    summary, now = SchedulesSummary(), context.now()
    first_shard = int(now.timestamp()) // _MINUTE
    due = context.store.schedules.due(now, first_shard)
    kept_up = _look_at_all(context, due, _keep_up, time_left, summary)
    # Without this question a tick knows that none is left, because it has read the list to its end.
    if summary.left or summary.faults:
        oldest = context.store.schedules.oldest_due(now, kept_up)
        summary.overdue = timedelta(0) if oldest is None else context.now() - oldest
    _look_at_all(context, context.store.backfills.due(now), _keep_up_backfill, time_left, summary)
    return summary


def _look_at_all(
    context: Context,
    due: Iterator[str],
    look: _Look,
    time_left: Callable[[], float],
    summary: SchedulesSummary,
) -> set[str]:
    """Look at each that is due. Return those whose look came to its end."""
    ended: set[str] = set()

    def has_time() -> bool:
        return time_left() > 0

    while batch := list(islice(due, _BATCH)):
        if not has_time():
            summary.left = True
            break
        calls = [partial(attempt, partial(look, context, each, has_time), has_time) for each in batch]
        results = context.store.parallel(calls)
        summary.counts["looked_at"] += len(batch)
        for each, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                summary.counts["faults"] += 1
                if len(summary.faults) < _MAX_FAULTS:
                    summary.faults[each] = result
            elif result is None:
                summary.left = True
            else:
                summary.counts.update(result)
                ended.add(each)
    return ended


# Only a tick that finds work needs the calendar.


def _keep_up(context: Context, group_id: str, has_time: HasTime) -> Counter[str]:
    from operations.schedules.upkeep import keep_up  # noqa: PLC0415

    return keep_up(context, group_id, has_time)


def _keep_up_backfill(context: Context, backfill_id: str, has_time: HasTime) -> Counter[str]:
    from operations.schedules.backfill_upkeep import keep_up_backfill  # noqa: PLC0415

    return keep_up_backfill(context, backfill_id, has_time)
