"""CPU time of many acts in turn, so that other work of the machine affects all acts alike."""

import gc
import statistics
import sys
from collections.abc import Callable, Mapping
from time import process_time_ns

Act = Callable[[], object]
# Acts that follow each other, as the layers of a request do. An act that is repeated alone finds its data in
# the caches of the processor, and takes a third less.
Cycle = Mapping[str, Act]

# A cycle is repeated until it takes this long.
MIN_NS = 10_000_000
WARM_UP = 3


def milliseconds(
    cycles: Mapping[str, Cycle], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Return the median milliseconds of CPU of each act over the rounds, with all threads."""
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


def each_alone(
    groups: Mapping[str, Cycle], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Return the same for acts that are each repeated alone; acts of one name follow each other."""
    names = {act: None for acts in groups.values() for act in acts}
    alone = {f"{group}/{act}": {group: groups[group][act]} for act in names for group in groups}
    found = milliseconds(alone, rounds, say)
    return {group: {act: found[f"{group}/{act}"][group] for act in acts} for group, acts in groups.items()}


def _repeats(cycle: Cycle) -> int:
    _time(cycle, WARM_UP)
    return max(1, MIN_NS // max(1, sum(_time(cycle, 1).values())))


def _time(cycle: Cycle, repeats: int) -> dict[str, int]:
    taken = dict.fromkeys(cycle, 0)
    for _ in range(repeats):
        for name, act in cycle.items():
            began = process_time_ns()
            act()
            taken[name] += process_time_ns() - began
    return taken


def progress(text: str) -> None:
    """Overwrite the line of progress on stderr, if that is a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
