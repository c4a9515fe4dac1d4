"""The retries of failed requests: their conditions, their number and their waits."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flow_runs.errors import FlowRunsError, Retry, ServiceError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """The number of retries of a request, and the waits between them in seconds.

    retries        attempts after the first
    first_wait     upper bound of the first wait; each later bound is twice the bound before
    longest_wait   upper bound of all waits; if the service asks for a longer wait, the request fails. A
                   tenant's budget of requests is new after a minute at most, which is the default
    sleep          function that waits
    chance         function that returns a number in [0, 1), which spreads the waits of many clients
    """

    retries: int = 4
    first_wait: float = 0.25
    longest_wait: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], Result], *, idempotent: bool) -> Result:
        """Call `attempt` until it succeeds, and return its result. Raise its error if that forbids a retry.

        `idempotent` says that the request may be carried out twice without harm.
        """
        maybe_done = False
        for number in range(self.retries + 1):
            try:
                return attempt()
            except FlowRunsError as error:
                maybe_done = error.maybe_done = maybe_done or error.maybe_done
                wait = self._wait(error, number)
                if wait is None or not _may_retry(error, idempotent=idempotent):
                    raise
            self.sleep(wait)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def _wait(self, error: FlowRunsError, number: int) -> float | None:
        """Return the seconds until the next attempt, None if there is no next attempt."""
        if number >= self.retries:
            return None
        wait: float = min(self.longest_wait, self.first_wait * 2**number) * self.chance()
        asked = error.retry_after if isinstance(error, ServiceError) else None
        if asked is None:
            return wait
        # Add the spread, so that clients with the same Retry-After do not come back at the same moment.
        return asked + wait if asked <= self.longest_wait else None


def _may_retry(error: FlowRunsError, *, idempotent: bool) -> bool:
    """Return True if the same request may be sent again after this error."""
    return error.retry is Retry.ALWAYS or (idempotent and error.retry is Retry.IF_IDEMPOTENT)
