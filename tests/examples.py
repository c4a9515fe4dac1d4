"""The number of cases that property tests try."""

import os
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TypeVar
from zlib import crc32

Place = TypeVar("Place")

# `make test` tries half of them; `make test-properties` thousands of the same; a fraction is a quick look.
_FACTOR = float(os.environ.get("EXAMPLES", "0.5"))
# So many places of a case are all tried, and of those behind them each third.
_FEW, _STEP = 5, 3


def examples(number: int) -> int:
    """Return the number of cases to try: this number, times the environment variable EXAMPLES."""
    return max(1, round(number * _FACTOR))


def alternate(places: Sequence[Place], seed: str) -> Sequence[Place]:
    """Return the first places and every third one after them, or all of them if EXAMPLES asks for more.

    The seed, such as the name of a case, decides which of the later ones. So all cases together try all.
    """
    return [place for number, place in enumerate(places, 1) if _is_tried(number, seed)]


def each_gap(seed: str) -> Iterator[int]:
    """Yield numbers from 1 without end, but as `alternate` does only every third one of the later."""
    return (number for number in count(1) if _is_tried(number, seed))


def _is_tried(number: int, seed: str) -> bool:
    return number <= _FEW or _FACTOR > 1 or (number + crc32(seed.encode())) % _STEP == 0
