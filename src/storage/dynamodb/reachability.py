"""The state of the table as one process last saw it, so that health checks cost no call each.

A health check needs no token. So whoever knows the address decides how many there are.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

# Seconds for which a response of the table counts. A failure counts for nobody who asks after it.
KEPT: Final = 1.0


class Reachability:
    """Checks of the table, shared by all threads of a process.

    One thread at a time asks the table. A thread that comes meanwhile waits for the same response or error,
    so that a table that does not respond has one caller, however many threads wait.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asking: Future[None] | None = None
        self._responded: float | None = None

    def check(self, ask: Callable[[], None]) -> None:
        """Call `ask`, unless it succeeded within the last second. Raises the errors of `ask`."""
        with self._lock:
            now = self._clock()
            if self._responded is not None and now - self._responded < KEPT:
                return
            others, own = self._asking, Future[None]()
            if others is None:
                self._asking = own
        if others is not None:
            others.result()
            return
        try:
            ask()
        except BaseException as error:
            self._end(None)
            own.set_exception(error)
            raise
        self._end(self._clock())
        own.set_result(None)

    def _end(self, responded: float | None) -> None:
        with self._lock:
            self._asking, self._responded = None, responded
