"""CPU time of many acts in turn, so that whatever else the machine does meets them all alike."""

import gc
import statistics
import sys
from collections.abc import Callable, Mapping
from time import process_time_ns

Act = Callable[[], object]
# Acts that follow each other, as the layers of a request do: an act that repeats itself instead finds all
# that it needs in the processor's caches, and takes a third less.
Cycle = Mapping[str, Act]

# A cycle is repeated until it takes this long.
LEAST_NS = 10_000_000
WARM_UP = 3


def milliseconds(
    cycles: Mapping[str, Cycle], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """The median milliseconds of CPU, all threads included, that each act takes, of so many rounds."""
    repeats = {name: _repeats(cycle) for name, cycle in cycles.items()}
    samples: dict[str, dict[str, list[float]]] = {
        name: {act: [] for act in cycle} for name, cycle in cycles.items()
    }
    gc.collect()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for name, cycle in cycles.items():
            for act, nanoseconds in _time(cycle, repeats[name]).items():
                samples[name][act].append(nanoseconds / repeats[name] / 1e6)
    return {
        name: {act: statistics.median(found) for act, found in acts.items()} for name, acts in samples.items()
    }


def each_by_itself(
    ways: Mapping[str, Cycle], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """The same for acts of which each is repeated by itself; those of one name follow each other."""
    names = {act: None for acts in ways.values() for act in acts}
    alone = {f"{way}/{act}": {way: ways[way][act]} for act in names for way in ways}
    found = milliseconds(alone, rounds, say)
    return {way: {act: found[f"{way}/{act}"][way] for act in acts} for way, acts in ways.items()}


def _repeats(cycle: Cycle) -> int:
    _time(cycle, WARM_UP)
    return max(1, LEAST_NS // max(1, sum(_time(cycle, 1).values())))


def _time(cycle: Cycle, repeats: int) -> dict[str, int]:
    taken = dict.fromkeys(cycle, 0)
    for _ in range(repeats):
        for name, act in cycle.items():
            began = process_time_ns()
            act()
            taken[name] += process_time_ns() - began
    return taken


def progress(text: str) -> None:
    """Overwrite the line of progress on stderr, if somebody watches."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
