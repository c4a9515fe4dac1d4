"""Runs one of whose times is far from their creation: these have lists of their own.

Most flow runs are due when they are created, start soon and end soon. Among these, the order of starts and of
ends is that of creation, give or take a little. Only for the others lists are kept.
"""

from datetime import datetime, timedelta
from typing import Final

# A run may be due this long before or after its creation without being planned, because clocks differ and
# because a schedule may call late.
AT_ONCE: Final = timedelta(minutes=1)
# A run that ends later than this after its creation has ended late.
SOON: Final = timedelta(minutes=30)


def is_planned(created: datetime, due: datetime) -> bool:
    """Return True if a run is due at another time than that of its creation."""
    return abs(due - created) > AT_ONCE


def ends_late(created: datetime, ended: datetime) -> bool:
    """Return True if a run ended long after its creation: it was planned, or waited, or took long."""
    return ended - created > SOON
