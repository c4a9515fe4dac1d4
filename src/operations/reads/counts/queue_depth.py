"""The depth of the queue: how many runs are due and not taken, by the keys of the queue alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import BadUserInput
from domain.queue.queue import TooManySets
from operations.context import Context
from operations.reads.due_runs import due_runs

# How many due runs are counted one by one, unless somebody asks for more. Who has more of them wants to know
# that, and hardly how many.
COUNTED: Final = 100
MAX_COUNTED: Final = 1_000
# The longest time after which a run is late.
_LONGEST: Final = timedelta(days=365)
# The keys of each shard that are read first: as many as cost little more than one.
_PAGE: Final = 32
# Units for a key.
_KEY: Final = 2.0


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """The runs that are due: their number, how many are late, and the earliest start.

    `is_complete` is False if there are more.
    """

    due: int
    late: int
    earliest: datetime | None
    is_complete: bool


def queue_depth(context: Context, late_after: int, most: int) -> QueueDepth:
    """Count the runs that are due and that no agent has taken, up to `most`, the longest due first.

    A run is late if it was due more than `late_after` seconds ago. Raises BadUserInput.
    """
    if not 1 <= most <= MAX_COUNTED:
        raise BadUserInput(
            f"queue_depth: most must be from 1 to {MAX_COUNTED:,}, not {most}.", {"field": "most"}
        )
    if not 0 <= late_after <= _LONGEST.total_seconds():
        raise BadUserInput(
            f"queue_depth: late_after must be from 0 to {_LONGEST.total_seconds():,.0f}, not {late_after}.",
            {"field": "late_after"},
        )
    now = context.now()
    if context.caller.projects is None:
        starts, is_complete = _of_tenant(context, now, most)
    else:
        starts, is_complete = _of_projects(context, now, most)
    late_before = now - timedelta(seconds=late_after)
    late = sum(1 for start in starts if start < late_before)
    context.plans.append(f"queue: {len(starts):,} that are due")
    return QueueDepth(len(starts), late, starts[0] if starts else None, is_complete)


def _of_projects(context: Context, now: datetime, most: int) -> tuple[list[datetime], bool]:
    """Return the starts of the due runs of the caller's projects, and True if these are all."""
    found = due_runs(context, now, most + 1)
    starts = [start for run in found if (start := run.state.due(run.latest.timestamp)) is not None]
    return starts[:most], len(found) <= most


def _of_tenant(context: Context, now: datetime, most: int) -> tuple[list[datetime], bool]:
    """Return the starts of the due runs, up to `most`, and True if these are all."""
    starts: list[datetime] = []
    is_complete = True
    try:
        for number, (start, run_id) in enumerate(
            context.store.queue.starts((None, now), descending=False, first_page=min(most, _PAGE))
        ):
            context.work.draw(_KEY, "queue_depth")
            if number >= most:
                is_complete = False
                break
            if run_id and start <= now:
                starts.append(start)
    except TooManySets:
        raise BadUserInput(
            "queue_depth: runs wait with so many different sets of labels that they cannot be counted."
        ) from None
    return starts, is_complete
