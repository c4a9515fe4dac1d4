"""The counts of an entity, and the plan of one: the keys to be counted, and the runs to be read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.flow_runs.key_ranges import KeyRange
from operations.context import Context
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


# Reads the rows that pass a settled filter, and returns their number.
ReadNumber = Callable[[Where], int]


def _never(_where: Where | None, _column: str) -> bool:
    return False


def _unknown(_context: Context, _where: Where | None) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Counting:
    """The functions that count the rows which a settled filter lets through.

    `rows` counts them, `names` counts their different names; each returns None if all rows have to be read.
    `rows` is also given the row that the list belongs to, if it is a nested list.
    `has_ends` is True if lists by a column have the rows, so that its smallest and its largest value cost two
    short lists.
    """

    rows: Callable[[Context, Where | None, object | None, ReadNumber], int | None]
    names: Callable[[Context, Where | None], int | None] = _unknown
    has_ends: Callable[[Where | None, str], bool] = _never
