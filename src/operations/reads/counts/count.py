"""The plan of a count: the keys to be counted, and the runs to be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.flow_runs.key_ranges import KeyRange
from operations.reads.arguments import Where


@dataclass(frozen=True, slots=True)
class Count:
    """The number of runs that a filter lets through, as a sum whose parts have no run in common.

    Add the number of keys in `ranges`, the number of runs that pass one of the filters in `rest` and must be
    read, and `known`. Take off the number of keys in `others`. `known` is negative if more runs must be taken
    off than were found.
    """

    ranges: Sequence[KeyRange] = ()
    rest: Sequence[Where] = ()
    known: int = 0
    others: Sequence[KeyRange] = ()
