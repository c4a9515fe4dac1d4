"""Planned runs: waiting flow runs that are due at another time than that of their creation.

Most flow runs are due when they are created, and only wait for an agent. Among these the order of start times
is the order of creation, give or take AT_ONCE. The other flow runs are planned. Only for planned runs a list
by creation is kept.
"""

from datetime import datetime, timedelta
from typing import Final

# A run may be due this long before or after its creation without being planned, because clocks differ and
# because a schedule may call late.
AT_ONCE: Final = timedelta(minutes=1)


def is_planned(created: datetime, due: datetime) -> bool:
    """Return True if a run is due at another time than that of its creation."""
    return abs(due - created) > AT_ONCE
