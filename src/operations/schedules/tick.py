"""One tick of the schedules: each that needs work gets it, until the time is over.

Ticks may overlap, because each begins with another shard of the list, and a schedule is changed only as it
was read. One that fails stops no other.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from operations.context import Context
from operations.recovery.attempts import attempt

_BATCH: Final = 100
# A tick keeps no more faults, because the first ones tell what is wrong.
_MAX_FAULTS: Final = 10
_MINUTE: Final = 60


@dataclass(slots=True)
class SchedulesSummary:
    """The results of one tick.

    `counts` has the numbers of schedules that were looked at, of runs that were made and removed, and of
    schedules that make no runs because of a fault. `left` says that work is left to the next tick. `faults`
    are errors that concern one schedule each, by the id of its flow group.
    """

    counts: Counter[str] = field(default_factory=Counter)
    left: bool = False
    faults: dict[str, Exception] = field(default_factory=dict)


def keep_up_all(context: Context, time_left: Callable[[], float]) -> SchedulesSummary:
    """Do what schedules need now. Raises ApiError when the database cannot answer."""
    summary, now = SchedulesSummary(), context.now()
    first_shard = int(now.timestamp()) // _MINUTE
    due = context.store.schedules.due(now, first_shard)
    while batch := list(islice(due, _BATCH)):
        if time_left() <= 0:
            summary.left = True
            break
        _look_at(context, batch, lambda: time_left() > 0, summary)
    return summary


def _look_at(
    context: Context, group_ids: list[str], has_time: Callable[[], bool], summary: SchedulesSummary
) -> None:
    # Only a tick that finds work needs the calendar.
    from operations.schedules.upkeep import keep_up  # noqa: PLC0415

    calls = [partial(keep_up, context, group_id, has_time) for group_id in group_ids]
    results = context.store.parallel([partial(attempt, call, has_time) for call in calls])
    summary.counts["looked_at"] += len(group_ids)
    for group_id, result in zip(group_ids, results, strict=True):
        if isinstance(result, Exception):
            summary.counts["faults"] += 1
            if len(summary.faults) < _MAX_FAULTS:
                summary.faults[group_id] = result
        elif result is None:
            summary.left = True
        else:
            summary.counts.update(result)
