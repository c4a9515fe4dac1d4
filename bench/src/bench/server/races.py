"""Races of two clients that change one run at the same time, and how many of the two are accepted."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from bench.server.jobs import Request, Side

_HEADERS = {"content-type": "application/json"}


class Racer:
    """One of two clients, whose own connection is open before the race."""

    def __init__(self, side: Side, port: int, barrier: Barrier) -> None:
        self._side, self._barrier = side, barrier
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def wins(self, request: Request) -> bool:
        """Send a request at the same time as the other client, and return True if it is accepted."""
        self._connection.connect()
        self._barrier.wait(timeout=60)
        try:
            self._connection.request(request.method, request.path, request.body, _HEADERS)
            response = self._connection.getresponse()
            return self._side.accepted(response.status, response.read())
        finally:
            self._connection.close()


def race(side: Side, port: int) -> dict[str, Counter[int]]:
    """Race each pair, and count for each race how often none, one or both were accepted."""
    barrier = Barrier(2)
    first, second = Racer(side, port, barrier), Racer(side, port, barrier)
    counts: dict[str, Counter[int]] = {}
    with ThreadPoolExecutor(2) as threads:
        for name, pairs in side.races().items():
            counts[name] = Counter()
            for one, other in pairs:
                wins = threads.submit(first.wins, one), threads.submit(second.wins, other)
                counts[name][sum(won.result() for won in wins)] += 1
    return counts
