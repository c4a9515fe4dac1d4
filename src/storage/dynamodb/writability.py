"""Whether what this process writes comes through: a full disk lets everything else go on.

A write that fails is noticed by who sent it. Whether writes come through again is tried by a write of its own
while nobody else writes, and only then: as long as all is well, it costs nothing to ask.
"""

import threading
import time
from collections.abc import Callable
from typing import Final

from domain.errors import ApiError, cause_of, described

# Seconds. Whoever asks more often is told what was found last.
TRIED_EVERY: Final = 5.0

Tell = Callable[[str | None], None]


class Writability:
    """What is known of the writes of one process, by all its threads.

    `tell` is called once when writes begin to fail, with the cause, and once with None when one came through
    again.
    """

    def __init__(self, tell: Tell = lambda _: None) -> None:
        self.tell = tell
        self._failure: ApiError | None = None
        self._tried = 0.0
        self._lock = threading.Lock()

    def failed(self, error: ApiError) -> None:
        """Note that a write could not be made, however often it was sent."""
        with self._lock:
            known, self._failure = self._failure, error
        if known is None:
            self.tell(described(cause_of(error)))

    def came_through(self) -> None:
        """Note that a write was made."""
        if self._failure is None:  # nearly always, so it must cost nothing
            return
        with self._lock:
            known, self._failure = self._failure, None
        if known is not None:
            self.tell(None)

    def check(self, write: Callable[[], None]) -> None:
        """Raise ApiError while writes fail; `write` is called to see whether they still do."""
        failure = self._failure
        if failure is None:
            return
        if time.monotonic() - self._tried >= TRIED_EVERY:
            self._tried = time.monotonic()
            write()
            return
        raise ApiError("The store cannot be written.") from failure
