"""Imported first by every function: starting is not interrupted by looks for cycles of garbage.

What a start makes, a hundred thousand objects, stays; the collector would look at them all, 200 times.
"""

import gc
from functools import cache
from typing import Final

# A request leaves few cycles: what so many objects take, some megabytes, may wait.
_THRESHOLD: Final = 50_000

gc.set_threshold(1_000_000)


@cache
def settle() -> None:
    """End the quiet, once: what there is now is never looked at again, and the rest from time to time."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
