"""The tasks of a flow in an order in which they can be worked on."""

from collections import deque
from collections.abc import Collection, Sequence

from domain.flows.edges import Edge


def in_order(numbers: Collection[int], edges: Sequence[Edge]) -> list[int]:
    """Return the numbers of tasks so that each comes after those that it depends on.

    No runner can work on a flow whose edges go in a circle. The tasks of a circle come last, by number.
    """
    waits_for, leads_to = dict.fromkeys(numbers, 0), dict[int, list[int]]()
    for edge in edges:
        up, down = edge.upstream.number, edge.downstream.number
        if up in waits_for and down in waits_for:
            waits_for[down] += 1
            leads_to.setdefault(up, []).append(down)
    free = deque(number for number in sorted(numbers) if not waits_for[number])
    order: list[int] = []
    while free:
        order.append(number := free.popleft())
        for down in leads_to.get(number, ()):
            waits_for[down] -= 1
            if not waits_for[down]:
                free.append(down)
    return order + sorted(set(numbers) - set(order))
