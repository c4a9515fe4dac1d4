"""Runs that wait, in the order of their creation.

The queue is in the order of start times. Most runs may start when they are created and wait for an agent
alone: among these both orders are the same, but for AT_ONCE. The others are planned for a time of their own,
and only of them a list by creation is kept.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush, merge
from typing import Final

from domain.ids import created_from_id, first_id_at

# How far from its creation a run may be due without being planned: clocks, and a schedule that calls late.
AT_ONCE: Final = timedelta(minutes=1)
# Ids are compared, which are exact to the microsecond; what lies beyond may be read once too often.
_REACH: Final = AT_ONCE + timedelta(milliseconds=1)


def is_planned(created: datetime, due: datetime) -> bool:
    """Whether a run waits for another time than that of its creation."""
    return abs(due - created) > AT_ONCE


def by_creation(
    queue: Iterable[tuple[datetime, str]], planned: Iterable[str], *, descending: bool
) -> Iterator[str]:
    """The ids of all runs that wait, in the order of creation, each side read only as far as it is used.

    `queue` has start times and ids of all, in the order of start times; what is planned is passed over there,
    and what has no id, being no run. `planned` has the ids of the planned ones, in the order of creation.
    Both run in the direction asked for.
    """
    sign = -1 if descending else 1
    streams = _unplanned(queue, sign), ((_rank(each, sign), each) for each in planned)
    return (identifier for _, identifier in merge(*streams) if identifier)


def _unplanned(queue: Iterable[tuple[datetime, str]], sign: int) -> Iterator[tuple[int, str]]:
    """Ranks and ids of what is not planned, and between them ranks without one: nothing before those follows.

    So a merge with another stream reads on only when what it has is not sure to come first.
    """
    held: list[tuple[int, str]] = []
    for due, identifier in queue:
        if identifier and not is_planned(created_from_id(identifier), due):
            heappush(held, (_rank(identifier, sign), identifier))
        reached = _rank(first_id_at(due - sign * _REACH), sign)
        while held and held[0][0] < reached:
            yield heappop(held)
        yield reached, ""
    while held:
        yield heappop(held)


def _rank(identifier: str, sign: int) -> int:
    return sign * int(identifier.replace("-", ""), 16)
