"""A pause of the garbage collector during the start of a function, which imports this module first.

A start makes a hundred thousand objects that all stay; the collector would examine them 200 times. It takes
25 to 50 of the 200 to 250 ms of the imports.
"""

import gc
from functools import cache
from typing import Final

# A request leaves few cycles, so the few megabytes of as many objects may wait for their collection.
_THRESHOLD: Final = 50_000

gc.set_threshold(1_000_000)


@cache
def settle() -> None:
    """End the pause, once: never examine the present objects again, and new objects from time to time."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
