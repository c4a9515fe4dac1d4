"""Waiting flow runs in the order of their creation, merged from the queue and the list of planned runs.

The queue is in the order of start times. `domain.flow_runs.far_times` tells why the two lists together are
enough.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush, merge
from typing import Final

from domain.flow_runs.far_times import AT_ONCE, is_planned
from domain.ids import created_from_id, first_id_at

# Ids are exact to the microsecond, so a run can lie at the edge of AT_ONCE. This reach is wider, and may read
# one entry in vain.
_REACH: Final = AT_ONCE + timedelta(milliseconds=1)


def by_creation(
    queue: Iterable[tuple[datetime, str]], planned: Iterable[str], *, descending: bool
) -> Iterator[str]:
    """Yield the ids of all waiting runs in the order of creation. Read each list only as far as it is used.

    `queue` has the start times and ids of all waiting runs, in the order of start times. Planned runs and
    entries without an id, which are no runs, are skipped there. `planned` has the ids of the planned runs, in
    the order of creation. Both lists have the direction of the result.
    """
    sign = -1 if descending else 1
    streams = _unplanned(queue, sign), ((_rank(run_id, sign), run_id) for run_id in planned)
    return (run_id for _, run_id in merge(*streams) if run_id)


def _unplanned(queue: Iterable[tuple[datetime, str]], sign: int) -> Iterator[tuple[int, str]]:
    """Yield the ranks and ids of unplanned runs, and between them ranks without an id.

    No later rank is smaller than a rank without an id. So a merge with another stream reads the queue only
    until it is sure which run comes first.
    """
    held: list[tuple[int, str]] = []
    for due, run_id in queue:
        if run_id and not is_planned(created_from_id(run_id), due):
            heappush(held, (_rank(run_id, sign), run_id))
        reached = _rank(first_id_at(due - sign * _REACH), sign)
        while held and held[0][0] < reached:
            yield heappop(held)
        yield reached, ""
    while held:
        yield heappop(held)


def _rank(run_id: str, sign: int) -> int:
    return sign * int(run_id.replace("-", ""), 16)
