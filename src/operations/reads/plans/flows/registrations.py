"""Keys of flows in the order of their registration, merged from lists by version."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Final

from domain.flows.flow_keys import FlowKey
from domain.ids import created_from_id, first_id_at
from domain.work import Work
from operations.reads.plans.spans import SKEW

# Units for a key that is held to be sorted.
_HELD: Final = 1.0


def merged_by_creation(streams: Sequence[Iterator[FlowKey]], *, descending: bool) -> Iterator[FlowKey]:
    """Yield the keys of several lists in the order of registration. Read each list only as far as it is used.

    Each list has the same direction. Its keys follow each other in time, but for the difference of clocks.
    """
    sign, numbers = -1 if descending else 1, count()
    held: list[tuple[int, int, FlowKey]] = []
    # No later key of a list has a smaller rank than its reach.
    reaches = [(-(1 << 128), next(numbers), stream) for stream in streams]
    heapify(reaches)
    while True:
        while reaches and not (held and held[0][0] < reaches[0][0]):
            _, number, stream = heappop(reaches)
            if (key := next(stream, None)) is not None:
                heappush(held, (_rank(key.id, sign), next(numbers), key))
                reach = first_id_at(created_from_id(key.id) - sign * SKEW)
                heappush(reaches, (_rank(reach, sign), number, stream))
        if not held:
            return
        yield heappop(held)[2]


def sorted_by_creation(work: Work, keys: Iterator[FlowKey], *, descending: bool) -> Iterator[FlowKey]:
    """Read all keys of a list, and yield them in the order of registration. Raises BadUserInput."""
    held = []
    for key in keys:
        work.draw(_HELD, "order_by")
        held.append(key)
    yield from sorted(held, key=lambda key: key.id, reverse=descending)


def _rank(identifier: str, sign: int) -> int:
    return sign * int(identifier.replace("-", ""), 16)
