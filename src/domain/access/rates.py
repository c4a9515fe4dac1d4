"""The budget of requests of a tenant: how many of a clock minute one process may answer without asking again.

A process takes a portion of the minute's budget at a time. So the table counts a twentieth of the budget with
one write, and no process of any number lets in more than all of them may.
"""

from datetime import datetime
from typing import Final

MINUTE: Final = 60
# How many portions a budget has, so that a minute takes about as many writes.
PORTIONS: Final = 20


def portion_of(budget: int) -> int:
    """Return how many requests a process takes at once of a budget."""
    return max(1, budget // PORTIONS)


def granted(portion: int, taken: int, budget: int) -> int:
    """Return how many requests of a portion are within the budget, of which so many are taken with it."""
    return max(0, portion - max(0, taken - budget))


def seconds_left(now: datetime) -> int:
    """Return in how many seconds the next minute begins: at least one."""
    return MINUTE - now.second
