"""Going through live runs to count those that are Running already for a concurrency limit."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.concurrency.limits import LimitKind
from operations.context import Context
from operations.flow_runs.cancelling import HasTime

# How many live runs one request counts. For a limit of a tag, each of them costs a query of its task runs.
MOST_OF_ONE_REQUEST: Final = {LimitKind.LABEL: 1_000, LimitKind.TAG: 200}
_BATCH: Final = {LimitKind.LABEL: 100, LimitKind.TAG: 16}


class Bounded:
    """A `HasTime` that returns False after a number of calls."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self) -> bool:
        """Return True if the count may continue."""
        self._left -= 1
        return self._left >= 0


def count_at_once(context: Context, kind: LimitKind, limit_id: str) -> None:
    """Count as far as one request may; recovery continues the count. Raises ApiError."""
    count(context, kind, limit_id, Bounded(MOST_OF_ONE_REQUEST[kind] // _BATCH[kind]))


def count(context: Context, kind: LimitKind, limit_id: str, has_time: HasTime) -> bool:
    """Continue the count of a limit, if one is due; return False if `has_time` ended it before its end.

    A count may be interrupted anywhere, and two may run at once, because a run that has a slot gets no second
    one. Raises ApiError.
    """
    limits = context.store.limits
    for limit in limits.get(kind, [limit_id]):
        counting = limit.counting
        if counting is None or not counting.is_due(context.now()):
            return True
        reached = counting.after
        ids = _run_ids(context, kind, counting.after)
        # A live run may have a follow-up, too. Twice in a batch, it would be twice in a transaction.
        while batch := list(dict.fromkeys(islice(ids, _BATCH[kind]))):
            if not has_time():
                limits.set_counting(limit, counting.advanced_to(reached))
                return False
            if not limits.count(limit, batch):
                return True  # the limit was deleted
            reached = max(reached or "", batch[-1])
        limits.set_counting(limit, counting.next_count())
    return True


def _run_ids(context: Context, kind: LimitKind, after: str | None) -> Iterator[str]:
    """Yield the ids of live runs in their order, then those of runs that may have left Running task runs."""
    lists, store = context.store.run_lists, context.store
    yield from lists.ids(lists.live(after), descending=False)
    if kind is LimitKind.TAG:
        yield from (follow_up.flow_run_id for follow_up in store.follow_ups.due(context.now()))
