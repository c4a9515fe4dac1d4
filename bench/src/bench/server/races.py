"""Two who change one run at once: how often both are told that they did."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from bench.server.jobs import Request, Side

_HEADERS = {"content-type": "application/json"}


class Racer:
    """One of two clients, on a connection of its own that is open before the race."""

    def __init__(self, side: Side, port: int, barrier: Barrier) -> None:
        self._side, self._barrier = side, barrier
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def wins(self, request: Request) -> bool:
        """Send when the other does."""
        self._connection.connect()
        self._barrier.wait(timeout=60)
        try:
            self._connection.request(request.method, request.path, request.body, _HEADERS)
            response = self._connection.getresponse()
            return self._side.accepted(response.status, response.read())
        finally:
            self._connection.close()


def race(side: Side, port: int) -> dict[str, Counter[int]]:
    """Race each pair; answers for each kind how often none, one or both were accepted."""
    barrier = Barrier(2)
    first, second = Racer(side, port, barrier), Racer(side, port, barrier)
    counts: dict[str, Counter[int]] = {}
    with ThreadPoolExecutor(2) as threads:
        for name, pairs in side.races().items():
            counts[name] = Counter()
            for one, other in pairs:
                begun = threads.submit(first.wins, one), threads.submit(second.wins, other)
                counts[name][sum(each.result() for each in begun)] += 1
    return counts
