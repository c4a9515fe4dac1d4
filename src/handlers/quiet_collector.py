"""A pause of the garbage collector during the start of a function, which imports this module first.

A start makes a hundred thousand objects that all stay; the collector would examine them 200 times. It takes
25 to 50 of the 200 to 250 ms of the imports.
"""

import gc
from collections.abc import Callable
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


def give_back() -> None:
    """Give freed memory back to the system, because C's allocator keeps what a large request had.

    Errors are in cycles with the values that they came from, so they are collected first. Systems whose
    allocator has no such call are left alone.
    """
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    from ctypes import CDLL  # noqa: PLC0415  (hardly ever needed)

    return getattr(CDLL(None), "malloc_trim", None)
