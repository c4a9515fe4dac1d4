"""When a failed request is sent again, and how long after."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flow_runs.errors import FlowRunsError, Repeat, ServiceError

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently a request is repeated; all times are seconds.

    retries        further attempts after the first
    first_wait     upper bound of the first wait; each later bound is twice the one before
    longest_wait   no bound grows beyond it, and a service that asks for more is not waited for
    sleep, chance  how to wait, and a number in [0, 1) that spreads the waits of many clients
    """

    retries: int = 4
    first_wait: float = 0.25
    longest_wait: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], Answer], *, idempotent: bool) -> Answer:
        """Call `attempt` until it answers, or until its error forbids another try; then raise that error.

        `idempotent` says that carrying the request out twice does no harm.
        """
        maybe_done = False
        for number in range(self.retries + 1):
            try:
                return attempt()
            except FlowRunsError as error:
                maybe_done = error.maybe_done = maybe_done or error.maybe_done
                wait = self._wait(error, number)
                if wait is None or not _may_repeat(error, idempotent=idempotent):
                    raise
            self.sleep(wait)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _wait(self, error: FlowRunsError, number: int) -> float | None:
        """Choose the time until the next attempt; None when there is to be none."""
        if number >= self.retries:
            return None
        wait: float = min(self.longest_wait, self.first_wait * 2**number) * self.chance()
        asked = error.retry_after if isinstance(error, ServiceError) else None
        if asked is None:
            return wait
        # The spread comes on top, so that clients who were told the same time don't come back together.
        return asked + wait if asked <= self.longest_wait else None


def _may_repeat(error: FlowRunsError, *, idempotent: bool) -> bool:
    """Whether this error lets the same request be sent again."""
    return error.repeat is Repeat.ALWAYS or (idempotent and error.repeat is Repeat.IF_IDEMPOTENT)
