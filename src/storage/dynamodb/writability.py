"""The state of this process' writes: with a full disk they fail while everything else goes on.

The sender of a failed write notices the failure. The end of it is found by a trial write, which is made only
while writes fail. As long as they succeed, a check costs nothing.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from domain.errors import ApiError, cause_of, described

# Seconds between two trial writes. A check in between repeats the last result.
TRIED_EVERY: Final = 5.0

# Reports the cause of failing writes, or None when they succeed again.
Report = Callable[[str | None], None]


class Writability:
    """The state of the writes of one process, shared by all its threads.

    `report` is called once with the cause when writes begin to fail, and once with None when a write succeeds
    again.
    """

    def __init__(self, report: Report = lambda _: None) -> None:
        self.report = report
        self._failure: ApiError | None = None
        self._tried = 0.0
        self._lock = threading.Lock()

    def failed(self, error: ApiError) -> None:
        """Note that a write failed in all its attempts."""
        with self._lock:
            known, self._failure = self._failure, error
        if known is None:
            self.report(described(cause_of(error)))

    def succeeded(self) -> None:
        """Note that a write succeeded."""
        if self._failure is None:  # the usual case, which must cost nothing
            return
        with self._lock:
            known, self._failure = self._failure, None
        if known is not None:
            self.report(None)

    def check(self, write: Callable[[], None]) -> None:
        """Raise ApiError while writes fail. Calls `write` now and then to find out if they still do."""
        failure = self._failure
        if failure is None:
            return
        if time.monotonic() - self._tried >= TRIED_EVERY:
            self._tried = time.monotonic()
            write()
            return
        raise ApiError("The store cannot be written.") from failure
