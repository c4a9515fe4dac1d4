"""Going through live runs to count those who are Running already for a concurrency limit."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.concurrency.limits import LimitKind
from operations.context import Context
from operations.flow_runs.cancelling import GoOn

# Of how many live runs one request looks at the labels, or at the task runs, which is a query for each.
MOST_OF_ONE_REQUEST: Final = {LimitKind.LABEL: 1_000, LimitKind.TAG: 200}
_BATCH: Final = {LimitKind.LABEL: 100, LimitKind.TAG: 16}


class Bounded:
    """Says no after so many times."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self) -> bool:
        """Whether to go on."""
        self._left -= 1
        return self._left >= 0


def count_at_once(context: Context, kind: LimitKind, limit_id: str) -> None:
    """Count as far as one request may; recovery goes on. Raises ApiError."""
    count(context, kind, limit_id, Bounded(MOST_OF_ONE_REQUEST[kind] // _BATCH[kind]))


def count(context: Context, kind: LimitKind, limit_id: str, go_on: GoOn) -> bool:
    """Go on with a limit's count, if one is due; answers whether it came to an end before `go_on` said no.

    It may be cut anywhere and be made twice at once: whoever has a slot gets no second one. Raises ApiError.
    """
    limits = context.store.limits
    for limit in limits.get(kind, [limit_id]):
        counting = limit.counting
        if counting is None or not counting.is_due(context.now()):
            return True
        reached = counting.after
        ids = _ids(context, kind, counting.after)
        # One that is live may be followed up as well. Twice in a batch it would be twice in a transaction.
        while batch := list(dict.fromkeys(islice(ids, _BATCH[kind]))):
            if not go_on():
                limits.come_to(limit, counting.come_to(reached))
                return False
            if not limits.count(limit, batch):
                return True  # it is gone
            reached = max(reached or "", batch[-1])
        limits.come_to(limit, counting.come_to_end())
    return True


def _ids(context: Context, kind: LimitKind, after: str | None) -> Iterator[str]:
    """Live runs in the order of their ids; then those that may have left task runs that are Running."""
    lists, store = context.store.run_lists, context.store
    yield from lists.ids(lists.live(after), descending=False)
    if kind is LimitKind.TAG:
        yield from (each.flow_run_id for each in store.follow_ups.due(context.now()))
