"""CPU time of many acts in turn, so that whatever else the machine does meets them all alike."""

import gc
import statistics
import sys
from collections.abc import Callable, Mapping
from time import process_time_ns
from typing import TypeVar

Act = Callable[[], object]
Name = TypeVar("Name")

# An act is repeated until it takes this long, far above what reading the clock costs.
LEAST_NS = 10_000_000
WARM_UP = 3


def milliseconds(acts: Mapping[Name, Act], rounds: int, say: Callable[[str], None]) -> dict[Name, float]:
    """The median milliseconds of CPU, all threads included, that each act takes, of so many rounds."""
    repeats = {name: _repeats(act) for name, act in acts.items()}
    samples: dict[Name, list[float]] = {name: [] for name in acts}
    gc.collect()
    for number in range(rounds):
        if number % 10 == 0:
            say(f"round {number} of {rounds}")
        for name, act in acts.items():
            act()
            samples[name].append(_time(act, repeats[name]) / repeats[name] / 1e6)
    return {name: statistics.median(found) for name, found in samples.items()}


def _repeats(act: Act) -> int:
    for _ in range(WARM_UP):
        act()
    return max(1, LEAST_NS // max(1, _time(act, 1)))


def _time(act: Act, repeats: int) -> int:
    began = process_time_ns()
    for _ in range(repeats):
        act()
    return process_time_ns() - began


def progress(text: str) -> None:
    """Overwrite the line of progress on stderr, if somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
