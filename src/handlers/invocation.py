"""What a handler uses of the second argument that Lambda gives it."""

from collections.abc import Callable
from typing import Protocol


class LambdaContext(Protocol):
    """The context of one invocation."""

    @property
    def aws_request_id(self) -> str: ...

    def get_remaining_time_in_millis(self) -> int: ...


def client_has_left(context: LambdaContext) -> Callable[[], bool]:
    """Return a function that tells if nobody waits for the response; Lambda never says so."""
    has_left: Callable[[], bool] = getattr(context, "client_has_left", _unknown)
    return has_left


def time_left(context: LambdaContext, reserve: float) -> Callable[[], float]:
    """Return a function that returns the seconds in which the handler may still work.

    `reserve` is what it needs afterwards, for its response and its log.
    """
    return lambda: context.get_remaining_time_in_millis() / 1000 - reserve


def _unknown() -> bool:
    return False
